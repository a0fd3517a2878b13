//! `AWS::Serverless::HttpApi` and the implicit HTTP API of events that name none: an API of its
//! definition, a stage that deploys itself, and the permissions to call functions.

use super::callee::Callee;
use super::event::HttpEvent;
use super::generated::Generated;
use super::globals::Globals;
use super::http_auth::{Auth, EventAuth};
use super::{HTTP_API, of_type, reference, sub, tag_list};
use crate::document::{Map, Mark, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::fields::Fields;
use crate::template::{Resource, map};
use std::collections::{BTreeMap, BTreeSet};

const INTEGRATION: &str = "x-amazon-apigateway-integration";
const PLAIN: &str = "AWS::ApiGatewayV2::Api";
const IMPLICIT: &str = "ServerlessHttpApi";
const DEFAULT_STAGE: &str = "$default";
const DEFAULT_ROUTE: &str = "/$default";

/// Properties that `AWS::ApiGatewayV2::Stage` has (`Variables` under another name).
const OF_STAGE: [&str; 3] = ["AccessLogSettings", "DefaultRouteSettings", "RouteSettings"];
const REFUSED: [&str; 3] = ["DefinitionUri", "Domain", "PropagateTags"];

/// One path and method with its operation and who may call it.
type Routes = BTreeMap<(String, String), Route>;

struct Route {
    mark: Mark,
    operation: Map,
    auth: EventAuth,
}

/// All HTTP APIs of a template and the routes that functions ask for.
#[derive(Default)]
pub(super) struct HttpApis {
    declared: Vec<Resource>,
    names: BTreeSet<String>,
    /// HTTP APIs that are no serverless ones: their definitions are their own.
    plain: BTreeSet<String>,
    routes: BTreeMap<String, Routes>,
}

impl HttpApis {
    pub fn new(resources: &[Resource]) -> HttpApis {
        HttpApis {
            names: of_type(resources, HTTP_API),
            plain: of_type(resources, PLAIN),
            ..HttpApis::default()
        }
    }

    pub fn declare(&mut self, api: Resource) {
        self.declared.push(api);
    }

    /// Adds a function's route to its API and gives the permission to call it.
    pub fn connect(
        &mut self,
        callee: &Callee<'_>,
        event: HttpEvent,
    ) -> Result<Resource, TemplateError> {
        let api = event.api.as_deref().unwrap_or(IMPLICIT);
        let is_plain = self.plain.contains(api);
        if event.api.is_some() && !is_plain && !self.names.contains(api) {
            return Err(Problem::UnknownName(api.to_owned()).at(event.mark));
        }
        let (path, method) = match &event.route {
            Some((path, method)) => (path.clone(), method.clone()),
            None => (DEFAULT_ROUTE.to_owned(), "any".to_owned()),
        };
        let permission = permission(callee, &event, api, (&path, &method));
        if is_plain {
            return Ok(permission);
        }
        let operation = operation(&event, &callee.arn_placeholder(), path == DEFAULT_ROUTE);
        let route = Route {
            mark: event.mark,
            operation,
            auth: event.auth,
        };
        let routes = self.routes.entry(api.to_owned()).or_default();
        let key = format!("{} {path}", method.to_uppercase());
        if routes.insert((path, method), route).is_some() {
            return Err(TemplateError::duplicate_key(event.mark, &key, event.mark));
        }
        Ok(permission)
    }

    /// Makes the APIs' resources.
    pub fn finish(
        self,
        globals: &Globals,
        generated: &mut Generated,
        made: &mut Vec<Resource>,
    ) -> Result<(), TemplateError> {
        let mut declared = self.declared;
        if let Some(route) = self.routes.get(IMPLICIT).and_then(|r| r.values().next()) {
            let id = IMPLICIT.to_owned();
            let api = Resource::generated(route.mark, id, HTTP_API, Map::default());
            declared.push(globals.merge(HTTP_API, api));
        }
        for api in declared {
            let stage = generate(&api, self.routes.get(&api.logical_id), made)?;
            generated.note(&api.logical_id, "Stage", &stage);
        }
        Ok(())
    }
}

/// Makes the API and its stage, and gives the stage's logical id.
fn generate(
    api: &Resource,
    routes: Option<&Routes>,
    made: &mut Vec<Resource>,
) -> Result<String, TemplateError> {
    let mark = api.mark;
    let mut fields = Fields::new(HTTP_API, mark, &api.properties);
    fields.refuse(&REFUSED)?;
    let name = fields.node("StageName").cloned();
    let name = name.unwrap_or_else(|| Node::text(mark, DEFAULT_STAGE));
    let auth = fields.object("Auth")?;
    let auth = auth.map(|auth| Auth::read(&api.logical_id, auth));
    let auth = auth.transpose()?.unwrap_or_default();
    let mut body = match fields.node("DefinitionBody") {
        Some(body) => secured(map(body, "DefinitionBody")?, &auth)?,
        None => definition(mark, fields.node("Name"), routes, &auth)?,
    };
    made.extend(auth.permissions);
    if let Some(node) = fields.node("CorsConfiguration") {
        body.set(node.mark, "x-amazon-apigateway-cors", cors(node)?);
    }
    let mut properties = Map::default();
    properties.set(mark, "Body", Node::new(mark, Value::Map(body)));
    for name in ["Description", "DisableExecuteApiEndpoint", "FailOnWarnings"] {
        if let Some(node) = fields.node(name) {
            properties.set(node.mark, name, node.clone());
        }
    }
    let mut stage = Map::default();
    stage.set(mark, "ApiId", reference(mark, &api.logical_id));
    stage.set(mark, "StageName", name.clone());
    stage.set(mark, "AutoDeploy", Node::text(mark, "true"));
    for name in OF_STAGE {
        if let Some(node) = fields.node(name) {
            stage.set(node.mark, name, node.clone());
        }
    }
    if let Some(node) = fields.node("StageVariables") {
        stage.set(node.mark, "StageVariables", node.clone());
    }
    if let Some(tags) = fields.node("Tags") {
        let tags = tag_list(tags.mark, map(tags, "Tags")?);
        properties.set(mark, "Tags", tags.clone());
        stage.set(mark, "Tags", tags);
    }
    fields.finish()?;
    let stage_id = match name.as_scalar() {
        Some(DEFAULT_STAGE) => format!("{}ApiGatewayDefaultStage", api.logical_id),
        Some(name) => format!("{}{name}Stage", api.logical_id),
        None => format!("{}Stage", api.logical_id),
    };
    let mut plain = api.clone();
    plain.type_name = PLAIN.to_owned();
    plain.properties = properties;
    made.push(plain);
    let kind = "AWS::ApiGatewayV2::Stage";
    let mut stage = Resource::generated(mark, stage_id.clone(), kind, stage);
    stage.condition.clone_from(&api.condition);
    made.push(stage);
    Ok(stage_id)
}

/// SAM's `true` allows every origin; an object says what it allows, in capitalised names.
fn cors(node: &Node) -> Result<Node, TemplateError> {
    let mark = node.mark;
    if node.as_scalar().is_some() {
        let any = Node::list(mark, [Node::text(mark, "*")]);
        return Ok(Node::map(mark, [("allowOrigins", any)]));
    }
    let mut cors = Map::default();
    for (key, value) in map(node, "CorsConfiguration")?.iter() {
        let mut name = key.text.clone();
        if let Some(first) = name.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        cors.set(key.mark, name, value.clone());
    }
    Ok(Node::new(mark, Value::Map(cors)))
}

/// A definition that the template gives, with who may call what: operations that say nothing of
/// that ask for the default authorizer.
fn secured(given: &Map, auth: &Auth) -> Result<Map, TemplateError> {
    let mut definition = given.clone();
    let Some(schemes) = auth.schemes() else {
        return Ok(definition);
    };
    let paths = members(&mut definition).find(|(name, _)| *name == "paths");
    for (_, methods) in paths.into_iter().flat_map(|(_, paths)| members(paths)) {
        for (_, operation) in members(methods) {
            if operation.get(INTEGRATION).is_some() && operation.get("security").is_none() {
                auth.secure(operation, &EventAuth::default())?;
            }
        }
    }
    let mut components = Map::default();
    if let Some(given) = definition.get("components").and_then(Node::as_map) {
        components.clone_from(given);
    }
    let mark = schemes.iter().next().map(|(key, _)| key.mark);
    let mark = mark.unwrap_or_default();
    components.merge(mark, "securitySchemes", schemes);
    definition.set(mark, "components", Node::new(mark, Value::Map(components)));
    Ok(definition)
}

/// The objects in an object, by name.
fn members(map: &mut Map) -> impl Iterator<Item = (&str, &mut Map)> {
    map.iter_mut()
        .filter_map(|(key, node)| match &mut node.value {
            Value::Map(map) => Some((key.text.as_str(), map)),
            _ => None,
        })
}

/// The definition that SAM writes for functions' routes.
fn definition(
    mark: Mark,
    name: Option<&Node>,
    routes: Option<&Routes>,
    auth: &Auth,
) -> Result<Map, TemplateError> {
    let mut paths = Map::default();
    for ((path, method), route) in routes.into_iter().flatten() {
        let mut operation = route.operation.clone();
        auth.secure(&mut operation, &route.auth)?;
        let method = match method.as_str() {
            "any" => "x-amazon-apigateway-any-method",
            other => other,
        };
        let methods = paths.take(path).map(|(_, node)| node.value);
        let mut methods = match methods {
            Some(Value::Map(methods)) => methods,
            _ => Map::default(),
        };
        let operation = Node::new(route.mark, Value::Map(operation));
        methods.set(route.mark, method, operation);
        let methods = Node::new(route.mark, Value::Map(methods));
        paths.set(route.mark, path.as_str(), methods);
    }
    let title = name
        .cloned()
        .unwrap_or_else(|| reference(mark, "AWS::StackName"));
    let info = [("title", title), ("version", Node::text(mark, "1.0"))];
    let mut definition = Map::default();
    definition.set(mark, "openapi", Node::text(mark, "3.0.1"));
    definition.set(mark, "info", Node::map(mark, info));
    definition.set(mark, "paths", Node::new(mark, Value::Map(paths)));
    let tag = [
        ("name", Node::text(mark, "httpapi:createdBy")),
        ("x-amazon-apigateway-tag-value", Node::text(mark, "SAM")),
    ];
    definition.set(mark, "tags", Node::list(mark, [Node::map(mark, tag)]));
    if let Some(schemes) = auth.schemes() {
        let schemes = Node::new(mark, Value::Map(schemes.clone()));
        let components = Node::map(mark, [("securitySchemes", schemes)]);
        definition.set(mark, "components", components);
    }
    Ok(definition)
}

fn operation(event: &HttpEvent, callee: &str, is_default: bool) -> Map {
    let mark = event.mark;
    let uri = format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/\
         ${{{callee}}}/invocations"
    );
    let mut integration = Map::default();
    integration.set(mark, "type", Node::text(mark, "aws_proxy"));
    integration.set(mark, "httpMethod", Node::text(mark, "POST"));
    integration.set(mark, "uri", sub(mark, uri));
    let format = event.payload_format.as_deref().unwrap_or("2.0");
    integration.set(mark, "payloadFormatVersion", Node::text(mark, format));
    if let Some(timeout) = &event.timeout {
        integration.set(timeout.mark, "timeoutInMillis", timeout.clone());
    }
    let integration = Node::new(mark, Value::Map(integration));
    let mut operation = Map::default();
    operation.set(mark, INTEGRATION, integration);
    operation.set(
        mark,
        "responses",
        Node::new(mark, Value::Map(Map::default())),
    );
    if is_default {
        operation.set(mark, "isDefaultRoute", Node::text(mark, "true"));
    }
    operation
}

/// API Gateway may call the function for this route, whatever the stage.
fn permission(
    callee: &Callee<'_>,
    event: &HttpEvent,
    api: &str,
    (path, method): (&str, &str),
) -> Resource {
    let (mark, function) = (event.mark, callee.function);
    let route = if path == DEFAULT_ROUTE {
        path.to_owned()
    } else {
        let variable = |part: &&str| part.starts_with('{') && part.ends_with('}');
        let parts = path
            .split('/')
            .map(|part| if variable(&part) { "*" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        match method {
            "any" => format!("/*{path}"),
            method => format!("/{}{path}", method.to_uppercase()),
        }
    };
    let source = format!(
        "arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{{api}}}/*{route}"
    );
    let mut properties = Map::default();
    properties.set(mark, "Action", Node::text(mark, "lambda:InvokeFunction"));
    properties.set(mark, "FunctionName", callee.reference(mark));
    properties.set(
        mark,
        "Principal",
        Node::text(mark, "apigateway.amazonaws.com"),
    );
    properties.set(mark, "SourceArn", sub(mark, source));
    let id = format!("{}{}Permission", function.logical_id, event.name);
    let mut permission = Resource::generated(mark, id, "AWS::Lambda::Permission", properties);
    permission.condition.clone_from(&function.condition);
    permission
}
