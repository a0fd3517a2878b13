//! An API's definition, OpenAPI 3.0 or Swagger 2.0 with Amazon's extensions, as the routes it
//! stands for.
//!
//! What only describes (summaries, schemas without a validator) is passed over; what would change
//! the API's behaviour and is not built is refused by name. Each operation becomes properties of
//! `AWS::ApiGateway::Method`.

use super::method;
use crate::document::{Key, Map, Mark, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::fields::Fields;
use crate::schema::check_given;
use crate::template::{map, text, wrong_value};

const INTEGRATION: &str = "x-amazon-apigateway-integration";
const ANY_METHOD: &str = "x-amazon-apigateway-any-method";

/// An API as its definition describes it.
#[derive(Debug)]
pub(super) struct Definition {
    pub title: String,
    pub description: Option<String>,
    pub version: Option<String>,
    pub routes: Vec<Route>,
}

/// One operation.
#[derive(Debug)]
pub(super) struct Route {
    pub path: String,
    /// Upper case.
    pub method: String,
    /// As `AWS::ApiGateway::Method` has them, without the API, the resource and the method's name.
    pub properties: Map,
}

impl Definition {
    pub fn read(body: &Node) -> Result<Definition, TemplateError> {
        let mut fields = Fields::of("the definition", body)?;
        let (title, description, version) = info(&mut fields)?;
        fields.refuse(&[
            "security",
            "securityDefinitions",
            "x-amazon-apigateway-api-key-source",
            "x-amazon-apigateway-binary-media-types",
            "x-amazon-apigateway-cors",
            "x-amazon-apigateway-documentation",
            "x-amazon-apigateway-endpoint-configuration",
            "x-amazon-apigateway-gateway-responses",
            "x-amazon-apigateway-minimum-compression-size",
            "x-amazon-apigateway-policy",
            "x-amazon-apigateway-request-validator",
            "x-amazon-apigateway-request-validators",
        ])?;
        if let Some(mut components) = fields.object("components")? {
            components.refuse(&["securitySchemes"])?;
        }
        for name in [
            "definitions",
            "basePath",
            "consumes",
            "produces",
            "schemes",
            "host",
        ] {
            fields.node(name);
        }
        for name in ["servers", "tags", "externalDocs"] {
            fields.node(name);
        }
        let mut routes = Vec::new();
        if let Some(paths) = fields.node("paths") {
            for (path, item) in map(paths, "paths")?.iter() {
                path_item(path, item, &mut routes)?;
            }
        }
        finish(fields, body)?;
        Ok(Definition {
            title,
            description,
            version,
            routes,
        })
    }
}

type Info = (String, Option<String>, Option<String>);

fn info(fields: &mut Fields<'_>) -> Result<Info, TemplateError> {
    let mark = fields.mark();
    match (fields.text("openapi")?, fields.text("swagger")?) {
        (Some(version), None) if version.starts_with("3.0") => {}
        (None, Some(version)) if version == "2.0" => {}
        (Some(version), None) => {
            return Err(wrong_value(mark, "openapi", "3.0", &version));
        }
        (None, Some(version)) => {
            return Err(wrong_value(mark, "swagger", "2.0", &version));
        }
        _ => {
            let (owner, name) = ("the definition".to_owned(), "openapi".to_owned());
            return Err(Problem::MissingProperty { owner, name }.at(mark));
        }
    }
    let Some(mut info) = fields.object("info")? else {
        return Ok((String::new(), None, None));
    };
    let title = info.text("title")?.unwrap_or_default();
    Ok((title, info.text("description")?, info.text("version")?))
}

/// Properties that nobody asked for: extensions of others are none of our business.
fn finish(mut fields: Fields<'_>, node: &Node) -> Result<(), TemplateError> {
    for (key, _) in node.as_map().into_iter().flat_map(Map::iter) {
        let amazon = key.text.starts_with("x-amazon-");
        if key.text.starts_with("x-") && !amazon {
            fields.node(&key.text);
        }
    }
    fields.finish()
}

fn path_item(path: &Key, item: &Node, routes: &mut Vec<Route>) -> Result<(), TemplateError> {
    if !path.text.starts_with('/') {
        return Err(wrong_value(
            path.mark,
            "a path",
            "text that starts with /",
            &path.text,
        ));
    }
    let owner = format!("the path {}", path.text);
    let mut fields = Fields::of(owner.as_str(), item)?;
    let shared = fields.items("parameters")?;
    for name in ["summary", "description"] {
        fields.node(name);
    }
    let operations = map(item, &owner)?.iter();
    for (key, operation) in operations {
        let method = match key.text.as_str() {
            ANY_METHOD => "ANY".to_owned(),
            name @ ("delete" | "get" | "head" | "options" | "patch" | "post" | "put") => {
                name.to_ascii_uppercase()
            }
            _ => continue,
        };
        fields.node(&key.text);
        let owner = format!("{method} {}", path.text);
        let properties = operation_properties(&owner, operation, shared)?;
        routes.push(Route {
            path: path.text.clone(),
            method,
            properties,
        });
    }
    finish(fields, item)
}

fn operation_properties(owner: &str, node: &Node, shared: &[Node]) -> Result<Map, TemplateError> {
    let mark = node.mark;
    let mut fields = Fields::of(owner, node)?;
    pass_over(owner, &mut fields)?;
    let mut properties = Map::default();
    if let Some(name) = fields.text("operationId")? {
        properties.set(mark, "OperationName", Node::text(mark, name));
    }
    if let Some(mut auth) = fields.object("x-amazon-apigateway-auth")? {
        let kind = auth.required("type")?;
        properties.set(kind.mark, "AuthorizationType", kind.clone());
        auth.finish()?;
    }
    let parameters = parameters(shared.iter().chain(fields.items("parameters")?))?;
    if !parameters.is_empty() {
        let parameters = Node::new(mark, Value::Map(parameters));
        properties.set(mark, "RequestParameters", parameters);
    }
    let responses = method_responses(owner, fields.node("responses"))?;
    properties.set(mark, "MethodResponses", Node::list(mark, responses));
    if let Some(node) = fields.node(INTEGRATION) {
        let owner = format!("the integration of {owner}");
        properties.set(node.mark, "Integration", integration(&owner, node)?);
    }
    finish(fields, node)?;
    check_given(owner, method::TYPE.properties, &properties)
}

/// What an operation may say without meaning anything for the API, and what we do not build.
fn pass_over(owner: &str, fields: &mut Fields<'_>) -> Result<(), TemplateError> {
    fields.refuse(&[
        "callbacks",
        "servers",
        "x-amazon-apigateway-request-validator",
    ])?;
    for name in [
        "summary",
        "description",
        "tags",
        "deprecated",
        "externalDocs",
    ] {
        fields.node(name);
    }
    // Bodies are described by schemas, which nothing checks without a validator.
    for name in ["consumes", "produces", "requestBody"] {
        fields.node(name);
    }
    match fields.node("security") {
        Some(security) if security.as_list() != Some(&[]) => {
            let what = format!("security of {owner}");
            Err(TemplateError::not_supported(security.mark, what))
        }
        _ => Ok(()),
    }
}

/// `{"method.request.querystring.q": required}` for everything but the body.
fn parameters<'n>(nodes: impl Iterator<Item = &'n Node>) -> Result<Map, TemplateError> {
    let mut parameters = Map::default();
    for node in nodes {
        let mut fields = Fields::of("a parameter", node)?;
        if let Some(reference) = fields.node("$ref") {
            let what = "$ref of a parameter";
            return Err(TemplateError::not_supported(reference.mark, what));
        }
        let place = fields.required("in")?;
        let place = match text(place, "in")? {
            "query" => "querystring",
            "header" => "header",
            "path" => "path",
            "body" | "formData" => continue,
            other => {
                let expected = "query, header, path or body";
                return Err(wrong_value(
                    place.mark,
                    "in of a parameter",
                    expected,
                    other,
                ));
            }
        };
        let name = format!("method.request.{place}.{}", fields.required_text("name")?);
        let required = fields.flag("required")?.unwrap_or_default();
        parameters.set(node.mark, name, Node::new(node.mark, Value::Bool(required)));
    }
    Ok(parameters)
}

fn method_responses(owner: &str, node: Option<&Node>) -> Result<Vec<Node>, TemplateError> {
    let responses = node.map(|node| map(node, &format!("responses of {owner}")));
    let responses = responses.transpose()?.into_iter().flat_map(Map::iter);
    // API Gateway has no method response for whatever is left over.
    let responses = responses.filter(|(status, _)| status.text != "default");
    let responses = responses.map(|(status, node)| {
        let owner = format!("the response {} of {owner}", status.text);
        let mut fields = Fields::of(owner, node)?;
        for name in ["description", "schema", "content", "examples"] {
            fields.node(name);
        }
        let headers = fields
            .node("headers")
            .map(|n| map(n, "headers"))
            .transpose()?;
        let mut parameters = Map::default();
        for (header, _) in headers.into_iter().flat_map(Map::iter) {
            let name = format!("method.response.header.{}", header.text);
            parameters.set(
                header.mark,
                name,
                Node::new(header.mark, Value::Bool(false)),
            );
        }
        finish(fields, node)?;
        let mark = status.mark;
        let mut response = Map::default();
        response.set(mark, "StatusCode", Node::text(mark, status.text.as_str()));
        if !parameters.is_empty() {
            let parameters = Node::new(mark, Value::Map(parameters));
            response.set(mark, "ResponseParameters", parameters);
        }
        Ok(Node::new(mark, Value::Map(response)))
    });
    responses.collect()
}

/// An integration's members and the properties they become.
const INTEGRATION_MEMBERS: [(&str, &str); 12] = [
    ("cacheKeyParameters", "CacheKeyParameters"),
    ("cacheNamespace", "CacheNamespace"),
    ("connectionType", "ConnectionType"),
    ("contentHandling", "ContentHandling"),
    ("credentials", "Credentials"),
    ("httpMethod", "IntegrationHttpMethod"),
    ("passthroughBehavior", "PassthroughBehavior"),
    ("requestParameters", "RequestParameters"),
    ("requestTemplates", "RequestTemplates"),
    ("timeoutInMillis", "TimeoutInMillis"),
    ("type", "Type"),
    ("uri", "Uri"),
];
/// Members whose values are names that definitions may write in small letters.
const UPPER_CASE: [&str; 5] = [
    "connectionType",
    "contentHandling",
    "httpMethod",
    "passthroughBehavior",
    "type",
];

fn integration(owner: &str, node: &Node) -> Result<Node, TemplateError> {
    let mut fields = Fields::of(owner, node)?;
    fields.refuse(&[
        "connectionId",
        "integrationTarget",
        "responseTransferMode",
        "tlsConfig",
    ])?;
    let mut properties = Map::default();
    for (member, property) in INTEGRATION_MEMBERS {
        if let Some(node) = fields.node(member) {
            properties.set(node.mark, property, named(member, node));
        }
    }
    let responses = fields.node("responses");
    let responses = responses.map(|node| map(node, &format!("responses of {owner}")));
    let mut made = Vec::new();
    for (pattern, response) in responses.transpose()?.into_iter().flat_map(Map::iter) {
        made.push(integration_response(owner, pattern, response)?);
    }
    fields.finish()?;
    if !made.is_empty() {
        properties.set(
            node.mark,
            "IntegrationResponses",
            Node::list(node.mark, made),
        );
    }
    Ok(Node::new(node.mark, Value::Map(properties)))
}

fn named(member: &str, node: &Node) -> Node {
    match node.as_text() {
        Some(name) if UPPER_CASE.contains(&member) => {
            Node::text(node.mark, name.to_ascii_uppercase())
        }
        _ => node.clone(),
    }
}

fn integration_response(owner: &str, pattern: &Key, node: &Node) -> Result<Node, TemplateError> {
    let mark: Mark = pattern.mark;
    let mut fields = Fields::of(format!("the response {:?} of {owner}", pattern.text), node)?;
    let mut properties = Map::default();
    if pattern.text != "default" {
        let pattern = Node::text(mark, pattern.text.as_str());
        properties.set(mark, "SelectionPattern", pattern);
    }
    for (member, property) in [
        ("contentHandling", "ContentHandling"),
        ("responseParameters", "ResponseParameters"),
        ("responseTemplates", "ResponseTemplates"),
        ("statusCode", "StatusCode"),
    ] {
        if let Some(node) = fields.node(member) {
            properties.set(node.mark, property, named(member, node));
        }
    }
    fields.finish()?;
    Ok(Node::new(mark, Value::Map(properties)))
}

#[cfg(test)]
mod tests;
