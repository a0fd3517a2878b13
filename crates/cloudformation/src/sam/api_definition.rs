//! The definition that SAM writes for a REST API of functions' routes.

use super::api_auth::{Auth, EventAuth, Security};
use super::api_cors::Cors;
use super::api_request::VALIDATORS;
use super::event::ApiEvent;
use super::{reference, sub};
use crate::document::{Map, Mark, Node, Value};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::template::map;
use std::collections::{BTreeMap, BTreeSet};

const INTEGRATION: &str = "x-amazon-apigateway-integration";

/// One path and method with the function and the event that ask for it.
pub(super) type Routes = BTreeMap<(String, String), (String, ApiEvent)>;

/// What a definition is made of.
pub(super) struct Definition<'n> {
    pub mark: Mark,
    /// OpenAPI 3 if it is named, else Swagger 2.
    pub version: Option<&'n Node>,
    pub auth: Auth,
    pub cors: Option<Cors>,
    pub models: Option<&'n Node>,
    pub gateway_responses: Option<&'n Node>,
}

impl Definition<'_> {
    /// # Errors
    /// An event asks for an authorizer that is not there.
    pub fn write(&self, routes: Option<&Routes>) -> Result<Node, TemplateError> {
        let mark = self.mark;
        let mut asked = BTreeSet::new();
        let paths = self.routed(routes, &mut asked)?;
        let info = [
            ("title", reference(mark, "AWS::StackName")),
            ("version", Node::text(mark, "1.0")),
        ];
        let mut definition = Map::default();
        match self.version {
            Some(version) => definition.set(mark, "openapi", version.clone()),
            None => definition.set(mark, "swagger", Node::text(mark, "2.0")),
        }
        definition.set(mark, "info", Node::map(mark, info));
        definition.set(mark, "paths", Node::new(mark, Value::Map(paths)));
        self.components(&mut definition, &asked);
        let validators = routes.into_iter().flatten();
        let validators: BTreeSet<_> = validators
            .filter_map(|(_, (_, event))| event.requests.validator())
            .collect();
        if !validators.is_empty() {
            let name = "x-amazon-apigateway-request-validators";
            definition.set(mark, name, validator_nodes(mark, &validators));
        }
        self.responses(&mut definition)?;
        Ok(Node::new(mark, Value::Map(definition)))
    }

    /// Whether there is anything to write into a definition.
    pub fn says_something(&self) -> bool {
        let parts = [self.models, self.gateway_responses];
        self.auth.says_something() || self.cors.is_some() || parts.iter().any(Option::is_some)
    }

    /// Writes the same into a definition that the template gives. What stands there stays.
    ///
    /// # Errors
    /// The default authorizer is not there.
    pub fn extend(&self, given: &Map) -> Result<Map, TemplateError> {
        let mut definition = given.clone();
        let mut asked = BTreeSet::new();
        if let Some(paths) = given.get("paths").and_then(Node::as_map) {
            let mut written = Map::default();
            for (path, node) in paths.iter() {
                let node = match node.as_map() {
                    Some(methods) => {
                        let methods = self.secured(methods, &mut asked)?;
                        let methods = self.with_preflight(path.mark, methods, &mut asked);
                        Node::new(node.mark, Value::Map(methods))
                    }
                    None => node.clone(),
                };
                written.set(path.mark, path.text.as_str(), node);
            }
            definition.set(
                self.mark,
                "paths",
                Node::new(self.mark, Value::Map(written)),
            );
        }
        self.components(&mut definition, &asked);
        self.responses(&mut definition)?;
        Ok(definition)
    }

    /// A path's methods, which ask for what the API asks for unless they ask for something like it
    /// themselves.
    fn secured(&self, methods: &Map, asked: &mut BTreeSet<String>) -> Result<Map, TemplateError> {
        let mut written = Map::default();
        for (method, node) in methods.iter() {
            let operation = node.as_map();
            let operation = operation.filter(|map| map.get(INTEGRATION).is_some());
            let Some(operation) = operation else {
                written.set(method.mark, method.text.as_str(), node.clone());
                continue;
            };
            let security = match method.text.as_str() {
                "options" => self.auth.preflight(),
                _ => self.auth.secure(&EventAuth::default())?.0,
            };
            let own = operation.get("security").and_then(Node::as_list);
            let (own, added) = self.auth.unless_asked(own.unwrap_or_default(), security);
            let mut operation = operation.clone();
            if !own.is_empty() || operation.take("security").is_some() {
                let own = Node::list(node.mark, own);
                operation.set(node.mark, "security", own);
            }
            secure(node.mark, &mut operation, added, asked);
            let operation = Node::new(node.mark, Value::Map(operation));
            written.set(method.mark, method.text.as_str(), operation);
        }
        Ok(written)
    }

    /// A path's methods with an answer for browsers that ask first, if the API says so.
    fn with_preflight(&self, mark: Mark, mut methods: Map, asked: &mut BTreeSet<String>) -> Map {
        let preflight = self.cors.as_ref().and_then(|cors| cors.operation(&methods));
        if let Some(mut operation) = preflight {
            secure(mark, &mut operation, self.auth.preflight(), asked);
            methods.set(mark, "options", Node::new(mark, Value::Map(operation)));
        }
        methods
    }

    fn responses(&self, definition: &mut Map) -> Result<(), TemplateError> {
        let Some(given) = self.gateway_responses else {
            return Ok(());
        };
        let name = "x-amazon-apigateway-gateway-responses";
        let responses = gateway_responses(given)?;
        definition.merge(given.mark, name, &responses);
        Ok(())
    }

    fn routed(
        &self,
        routes: Option<&Routes>,
        asked: &mut BTreeSet<String>,
    ) -> Result<Map, TemplateError> {
        let mut paths: BTreeMap<&str, (Mark, Map)> = BTreeMap::new();
        for ((path, method), (function, event)) in routes.into_iter().flatten() {
            let operation = self.operation(function, event, asked)?;
            let method = match method.as_str() {
                "any" => "x-amazon-apigateway-any-method",
                other => other,
            };
            let (_, methods) = paths.entry(path).or_insert((event.mark, Map::default()));
            methods.set(event.mark, method, operation);
        }
        let mut written = Map::default();
        for (path, (mark, methods)) in paths {
            let methods = self.with_preflight(mark, methods, asked);
            written.set(mark, path, Node::new(mark, Value::Map(methods)));
        }
        Ok(written)
    }

    fn operation(
        &self,
        function: &str,
        event: &ApiEvent,
        asked: &mut BTreeSet<String>,
    ) -> Result<Node, TemplateError> {
        let mark = event.mark;
        let (security, credentials) = self.auth.secure(&event.auth)?;
        let mut integration = integration(mark, function, event.streams);
        for (name, node) in [
            ("credentials", credentials),
            ("cacheKeyParameters", event.requests.cache_key()),
            ("timeoutInMillis", event.timeout.clone()),
        ] {
            if let Some(node) = node {
                integration.set(mark, name, node);
            }
        }
        let integration = Node::new(mark, Value::Map(integration));
        let mut operation = Map::default();
        operation.set(mark, INTEGRATION, integration);
        let nothing = Node::new(mark, Value::Map(Map::default()));
        operation.set(mark, "responses", nothing);
        event
            .requests
            .describe(&mut operation, self.version.is_some());
        secure(mark, &mut operation, security, asked);
        Ok(Node::new(mark, Value::Map(operation)))
    }

    /// Security schemes and models, where this version has them.
    fn components(&self, definition: &mut Map, asked: &BTreeSet<String>) {
        let mark = self.mark;
        let schemes = self.auth.schemes(mark, asked);
        let schemes = (!schemes.is_empty()).then_some(schemes);
        let models = self.models.and_then(Node::as_map).cloned();
        if definition.get("openapi").is_none() {
            let parts = [("securityDefinitions", schemes), ("definitions", models)];
            for (name, node) in parts {
                if let Some(node) = node {
                    definition.merge(mark, name, &node);
                }
            }
            return;
        }
        let given = definition.get("components").and_then(Node::as_map);
        let mut components = given.cloned().unwrap_or_default();
        for (name, node) in [("securitySchemes", schemes), ("schemas", models)] {
            if let Some(node) = node {
                components.merge(mark, name, &node);
            }
        }
        if !components.is_empty() {
            let components = Node::new(mark, Value::Map(components));
            definition.set(mark, "components", components);
        }
    }
}

/// Writes what an operation asks for besides, each scheme on its own.
fn secure(mark: Mark, operation: &mut Map, schemes: Security, asked: &mut BTreeSet<String>) {
    if schemes.is_empty() {
        return;
    }
    asked.extend(schemes.iter().map(|(name, _)| name.clone()));
    let there = operation.get("security").and_then(Node::as_list);
    let mut security = there.unwrap_or_default().to_vec();
    let schemes = schemes.into_iter();
    security.extend(schemes.map(|(name, scopes)| Node::map(mark, [(name, scopes)])));
    operation.set(mark, "security", Node::list(mark, security));
}

fn integration(mark: Mark, callee: &str, streams: bool) -> Map {
    let (version, invocations) = match streams {
        true => ("2021-11-15", "response-streaming-invocations"),
        false => ("2015-03-31", "invocations"),
    };
    let uri = format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/{version}/functions/\
         ${{{callee}}}/{invocations}"
    );
    let mut integration = Map::default();
    integration.set(mark, "type", Node::text(mark, "aws_proxy"));
    integration.set(mark, "httpMethod", Node::text(mark, "POST"));
    integration.set(mark, "uri", sub(mark, uri));
    if streams {
        let mode = Node::text(mark, "STREAM");
        integration.set(mark, "responseTransferMode", mode);
    }
    integration
}

fn validator_nodes(mark: Mark, names: &BTreeSet<&str>) -> Node {
    let flag = |value: bool| Node::new(mark, Value::Bool(value));
    let used = VALIDATORS.iter().filter(|(name, ..)| names.contains(name));
    let used = used.map(|(name, body, parameters)| {
        let members = [
            ("validateRequestBody", flag(*body)),
            ("validateRequestParameters", flag(*parameters)),
        ];
        (*name, Node::map(mark, members))
    });
    Node::map(mark, used)
}

/// SAM groups a response's parameters by where they come to stand.
fn gateway_responses(node: &Node) -> Result<Map, TemplateError> {
    let mut responses = Map::default();
    for (kind, response) in map(node, "GatewayResponses")?.iter() {
        let mut fields = Fields::of(format!("the gateway response {}", kind.text), response)?;
        let mut written = Map::default();
        if let Some(mut given) = fields.object("ResponseParameters")? {
            let mut parameters = Map::default();
            for (group, place) in [
                ("Headers", "header"),
                ("Paths", "path"),
                ("QueryStrings", "querystring"),
            ] {
                let entries = given.node(group).map(|node| map(node, group)).transpose()?;
                for (key, value) in entries.into_iter().flat_map(Map::iter) {
                    let name = format!("gatewayresponse.{place}.{}", key.text);
                    parameters.set(key.mark, name, value.clone());
                }
            }
            let mark = given.mark();
            given.finish()?;
            let parameters = Node::new(mark, Value::Map(parameters));
            written.set(mark, "responseParameters", parameters);
        }
        for (name, member) in [
            ("ResponseTemplates", "responseTemplates"),
            ("StatusCode", "statusCode"),
        ] {
            if let Some(node) = fields.node(name) {
                written.set(node.mark, member, node.clone());
            }
        }
        fields.finish()?;
        let written = Node::new(response.mark, Value::Map(written));
        responses.set(kind.mark, kind.text.as_str(), written);
    }
    Ok(responses)
}
