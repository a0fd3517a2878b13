//! Files that a template includes: `AWS::Include`, and API definitions named by a local path.
//!
//! What `aws cloudformation package` and `sam deploy` would upload for AWS to put in later is put
//! in here at once, before anything else looks at the template. What stands in an included file
//! has the place that asked for it. Each file is bounded as a template is; an included file
//! includes no other, as on AWS.

use crate::document::{self, Map, Mark, Node, Source, Value};
use crate::error::{Problem, TemplateError};
use crate::fields::Fields;
use crate::template::text;
use std::path::Path;

const TRANSFORM: &str = "Fn::Transform";
const INCLUDE: &str = "AWS::Include";

/// Properties that name the file of a definition, and those that hold the definition itself.
const DEFINITIONS: [(&str, &str, &str); 4] = [
    ("AWS::Serverless::Api", "DefinitionUri", "DefinitionBody"),
    (
        "AWS::Serverless::HttpApi",
        "DefinitionUri",
        "DefinitionBody",
    ),
    ("AWS::ApiGateway::RestApi", "BodyS3Location", "Body"),
    ("AWS::ApiGatewayV2::Api", "BodyS3Location", "Body"),
];

/// The tree with everything included. Paths are relative to `folder`.
///
/// # Errors
/// A file that cannot be read or parsed, one on S3, or a transform other than `AWS::Include`.
pub(crate) fn expand(node: &Node, folder: &Path) -> Result<Node, TemplateError> {
    let value = match &node.value {
        Value::List(items) => {
            let items = items.iter().map(|item| expand(item, folder));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        Value::Map(map) => match map.single() {
            Some((key, call)) if key.text == TRANSFORM => {
                return included(call, folder).map(|content| placed(node.mark, &content));
            }
            _ => Value::Map(defined(expand_map(map, folder)?, folder)?),
        },
        _ => return Ok(node.clone()),
    };
    Ok(Node::new(node.mark, value))
}

/// A call beside other keys stands for the keys of its file; those that are written out win.
fn expand_map(map: &Map, folder: &Path) -> Result<Map, TemplateError> {
    let mut expanded = Map::default();
    for (key, value) in map.iter().filter(|(key, _)| key.text != TRANSFORM) {
        expanded.set(key.mark, key.text.as_str(), expand(value, folder)?);
    }
    if let Some((key, call)) = map.entry(TRANSFORM) {
        let content = placed(key.mark, &included(call, folder)?);
        let Some(content) = content.as_map() else {
            let (function, reason) = (TRANSFORM.to_owned(), "includes an object beside other keys");
            return Err(Problem::Function { function, reason }.at(key.mark));
        };
        for (inner, value) in content.iter() {
            if expanded.get(&inner.text).is_none() {
                expanded.set(key.mark, inner.text.as_str(), value.clone());
            }
        }
    }
    Ok(expanded)
}

/// What `{Name: AWS::Include, Parameters: {Location: ...}}` includes.
fn included(call: &Node, folder: &Path) -> Result<Node, TemplateError> {
    let mut fields = Fields::of(TRANSFORM, call)?;
    let name = fields.required("Name")?;
    if name.as_scalar() != Some(INCLUDE) {
        let named = name.as_scalar().unwrap_or("of a computed name");
        let what = format!("the transform {named:?}");
        return Err(TemplateError::not_supported(name.mark, what));
    }
    let parameters = fields.required("Parameters")?;
    fields.finish()?;
    let mut fields = Fields::of(format!("Parameters of {INCLUDE}"), parameters)?;
    let location = fields.required("Location")?;
    fields.finish()?;
    match local(location) {
        Some(path) => read(location.mark, &folder.join(path)),
        None => {
            let what = format!("{INCLUDE} of anything but a local file");
            Err(TemplateError::not_supported(location.mark, what))
        }
    }
}

/// The local path that a node holds.
fn local(node: &Node) -> Option<&str> {
    node.as_text().filter(|path| !path.contains("://"))
}

/// A resource whose definition is in a local file gets it as a property.
fn defined(mut map: Map, folder: &Path) -> Result<Map, TemplateError> {
    let kind = map.get("Type").and_then(Node::as_text);
    let Some((_, by_path, as_it_is)) = DEFINITIONS.iter().find(|(name, ..)| kind == Some(name))
    else {
        return Ok(map);
    };
    let Some(properties) = map.get("Properties") else {
        return Ok(map);
    };
    let (mark, Some(mut filled)) = (properties.mark, properties.as_map().cloned()) else {
        return Ok(map);
    };
    let Some(path) = filled.get(by_path).filter(|node| local(node).is_some()) else {
        return Ok(map);
    };
    let place = path.mark;
    let content = read(place, &folder.join(text(path, by_path)?))?;
    filled.take(by_path);
    filled.set(place, *as_it_is, placed(place, &content));
    map.set(mark, "Properties", Node::new(mark, Value::Map(filled)));
    Ok(map)
}

fn read(mark: Mark, path: &Path) -> Result<Node, TemplateError> {
    let unreadable = |reason: std::io::Error| {
        let (path, reason) = (path.to_owned(), reason.to_string());
        Problem::Unreadable { path, reason }.at(mark)
    };
    let content = std::fs::read_to_string(path).map_err(unreadable)?;
    let source = Source::new(path.display().to_string(), content);
    document::parse(&source, &mut Vec::new())
        .map_err(|error| Problem::Included(error.explain(&source)).at(mark))
}

/// A copy that stands at another place.
fn placed(mark: Mark, node: &Node) -> Node {
    match &node.value {
        Value::List(items) => Node::list(mark, items.iter().map(|item| placed(mark, item))),
        Value::Map(map) => {
            let entries = map.iter();
            Node::map(
                mark,
                entries.map(|(key, item)| (key.text.as_str(), placed(mark, item))),
            )
        }
        value => Node::new(mark, value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text);
        write("api.yaml", "openapi: 3.0.1\npaths: {/: {get: !Ref X}}\n").unwrap();
        write("more.json", r#"{"a": 1, "b": 2}"#).unwrap();
        write("broken.yaml", "a: [1\n").unwrap();
        let source = Source::new("t.yaml", text);
        let tree = document::parse(&source, &mut Vec::new()).unwrap();
        let tree = expand(&tree, folder.path()).map_err(|error| {
            let at = folder.path().display().to_string();
            error.explain(&source).replace(&at, "DIR")
        });
        tree.map(|tree| tree.to_string())
    }

    #[test]
    fn local_files_are_put_in() {
        let api = r#"{"openapi":"3.0.1","paths":{"/":{"get":{"Ref":"X"}}}}"#;
        for body in [
            "{Fn::Transform: {Name: AWS::Include, Parameters: {Location: api.yaml}}}",
            "!Transform {Name: AWS::Include, Parameters: {Location: ./api.yaml}}",
        ] {
            let text = format!("A: [{body}]");
            assert_eq!(expanded(&text), Ok(format!(r#"{{"A":[{api}]}}"#)), "{text}");
        }
        let beside = "a: 5\nFn::Transform: {Name: AWS::Include, Parameters: {Location: more.json}}";
        assert_eq!(expanded(beside), Ok(r#"{"a":5,"b":2}"#.to_owned()));
        let uri = "Api: {Type: AWS::Serverless::Api, Properties: {DefinitionUri: api.yaml}}";
        let filled =
            r#"{"Api":{"Type":"AWS::Serverless::Api","Properties":{"DefinitionBody":API}}}"#;
        assert_eq!(expanded(uri), Ok(filled.replace("API", api)));
    }

    #[test]
    fn what_cannot_be_included_is_named() {
        for (name, location, message) in [
            (
                "AWS::Include",
                "s3://b/k",
                "t.yaml:1:64: AWS::Include of anything but a local file is not supported",
            ),
            (
                "My::Macro",
                "api.yaml",
                "t.yaml:1:27: the transform \"My::Macro\" is not supported",
            ),
            (
                "AWS::Include",
                "missing.yaml",
                "t.yaml:1:64: DIR/missing.yaml cannot be read: No such file or directory (os error 2)",
            ),
            (
                "AWS::Include",
                "broken.yaml",
                "t.yaml:1:64: DIR/broken.yaml:2:1: while parsing a flow sequence, expected ',' or ']'",
            ),
        ] {
            let text = format!(
                "a: {{Fn::Transform: {{Name: {name}, Parameters: {{Location: {location}}}}}}}"
            );
            let error = expanded(&text).unwrap_err();
            assert_eq!(error.lines().next(), Some(message));
        }
    }
}
