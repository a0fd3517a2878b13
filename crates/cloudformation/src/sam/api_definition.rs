//! The definition that SAM writes for a REST API of functions' routes.

use super::api_auth::{Auth, Security};
use super::api_cors::Cors;
use super::api_request::VALIDATORS;
use super::event::ApiEvent;
use super::{reference, sub};
use crate::document::{Map, Mark, Node, Value};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::template::map;
use std::collections::{BTreeMap, BTreeSet};

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
        let paths = self.paths(routes, &mut asked)?;
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
        if let Some(responses) = self.gateway_responses {
            let name = "x-amazon-apigateway-gateway-responses";
            definition.set(responses.mark, name, gateway_responses(responses)?);
        }
        Ok(Node::new(mark, Value::Map(definition)))
    }

    fn paths(
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
        for (path, (mark, mut methods)) in paths {
            let preflight = self.cors.as_ref().and_then(|cors| cors.operation(&methods));
            if let Some(mut operation) = preflight {
                secure(mark, &mut operation, self.auth.preflight(), asked);
                methods.set(mark, "options", Node::new(mark, Value::Map(operation)));
            }
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
        let mut integration = integration(mark, function);
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
        operation.set(mark, "x-amazon-apigateway-integration", integration);
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
        let schemes = (!schemes.is_empty()).then(|| Node::new(mark, Value::Map(schemes)));
        let models = self.models.cloned();
        if self.version.is_none() {
            let parts = [("securityDefinitions", schemes), ("definitions", models)];
            for (name, node) in parts {
                if let Some(node) = node {
                    definition.set(mark, name, node);
                }
            }
            return;
        }
        let parts = [("securitySchemes", schemes), ("schemas", models)];
        let parts = parts
            .into_iter()
            .filter_map(|(name, node)| Some((name, node?)));
        let parts: Vec<_> = parts.collect();
        if !parts.is_empty() {
            definition.set(mark, "components", Node::map(mark, parts));
        }
    }
}

/// Writes what an operation asks for, each scheme on its own.
fn secure(mark: Mark, operation: &mut Map, schemes: Security, asked: &mut BTreeSet<String>) {
    if schemes.is_empty() {
        return;
    }
    asked.extend(schemes.iter().map(|(name, _)| name.clone()));
    let schemes = schemes.into_iter();
    let security = schemes.map(|(name, scopes)| Node::map(mark, [(name, scopes)]));
    operation.set(mark, "security", Node::list(mark, security));
}

fn integration(mark: Mark, callee: &str) -> Map {
    let uri = format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/\
         ${{{callee}}}/invocations"
    );
    let mut integration = Map::default();
    integration.set(mark, "type", Node::text(mark, "aws_proxy"));
    integration.set(mark, "httpMethod", Node::text(mark, "POST"));
    integration.set(mark, "uri", sub(mark, uri));
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
fn gateway_responses(node: &Node) -> Result<Node, TemplateError> {
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
    Ok(Node::new(node.mark, Value::Map(responses)))
}
