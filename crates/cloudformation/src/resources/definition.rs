//! What the OpenAPI definition of an API tells before it is imported: its version, its title and
//! its routes. Importing is the service's.

use super::text_of;
use crate::document::{Map, Node};
use crate::error::{Problem, TemplateError};
use crate::fields::Fields;
use crate::template::wrong_value;

pub(super) const BODY: &str = "Body";

const METHODS: [(&str, &str); 8] = [
    ("delete", "DELETE"),
    ("get", "GET"),
    ("head", "HEAD"),
    ("options", "OPTIONS"),
    ("patch", "PATCH"),
    ("post", "POST"),
    ("put", "PUT"),
    ("x-amazon-apigateway-any-method", "ANY"),
];

/// Checks that a definition is one.
pub(super) fn check(body: &Node) -> Result<(), TemplateError> {
    let mut fields = Fields::of("the definition", body)?;
    let mark = fields.mark();
    match (fields.text("openapi")?, fields.text("swagger")?) {
        (Some(version), None) if version.starts_with("3.0") => Ok(()),
        (None, Some(version)) if version == "2.0" => Ok(()),
        (Some(version), None) => Err(wrong_value(mark, "openapi", "3.0", &version)),
        (None, Some(version)) => Err(wrong_value(mark, "swagger", "2.0", &version)),
        _ => {
            let (owner, name) = ("the definition".to_owned(), "openapi".to_owned());
            Err(Problem::MissingProperty { owner, name }.at(mark))
        }
    }
}

/// The name an API has: its own, or its definition's title.
pub(crate) fn name(properties: &Map) -> String {
    match text_of(properties, "Name") {
        name if name.is_empty() => title(properties),
        name => name,
    }
}

fn title(properties: &Map) -> String {
    let info = member(properties, BODY).and_then(|body| member(body, "info"));
    info.map(|info| text_of(info, "title")).unwrap_or_default()
}

/// The methods and paths of an API's definition, for showing.
pub(crate) fn routes(properties: &Map) -> Vec<(String, String)> {
    let paths = member(properties, BODY).and_then(|body| member(body, "paths"));
    let mut routes = Vec::new();
    for (path, item) in paths.into_iter().flat_map(Map::iter) {
        let operations = item.as_map().into_iter().flat_map(Map::iter);
        let methods = operations.filter_map(|(key, _)| {
            let known = METHODS.iter().find(|(name, _)| *name == key.text);
            known.map(|(_, method)| *method)
        });
        routes.extend(methods.map(|method| match path.text.as_str() {
            // What HTTP APIs call the route of everything else.
            "/$default" => ("ANY".to_owned(), "/".to_owned()),
            path => (method.to_owned(), path.to_owned()),
        }));
    }
    routes
}

fn member<'m>(map: &'m Map, name: &str) -> Option<&'m Map> {
    map.get(name).and_then(Node::as_map)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Source, parse};

    fn body(text: &str) -> Node {
        parse(&Source::new("t.yaml", text), &mut Vec::new()).unwrap()
    }

    #[test]
    fn the_version_is_known() {
        for (text, message) in [
            ("info: {}", "the definition needs the property \"openapi\""),
            ("openapi: 3.1.0", "openapi must be 3.0, not \"3.1.0\""),
            ("swagger: 1.2", "swagger must be 2.0, not \"1.2\""),
        ] {
            assert_eq!(check(&body(text)).unwrap_err().to_string(), message);
        }
        assert!(check(&body("swagger: 2.0")).is_ok());
    }

    #[test]
    fn titles_and_routes() {
        let text = "
Body:
  info: {title: A}
  paths:
    /a: {get: {}, parameters: [], x-amazon-apigateway-any-method: {}}
    /$default: {x-amazon-apigateway-any-method: {}}
";
        let node = body(text);
        let properties = node.as_map().unwrap();
        assert_eq!(name(properties), "A");
        let routes = routes(properties);
        let routes = routes
            .iter()
            .map(|(method, path)| format!("{method} {path}"));
        assert_eq!(routes.collect::<Vec<_>>(), ["GET /a", "ANY /a", "ANY /"]);
    }
}
