//! Extensions of the document as a whole.

use super::node::{self, Node};
use super::{Importer, Version};
use crate::error::{Bad, Error};
use crate::operations::check_authorizer;
use crate::record::{Authorizer, GatewayResponse, Named, RequestValidator, Texts};
use wire::Enumeration;
use wire::apigateway::{ApiKeySourceType, AuthorizerType, GatewayResponseType};

const PREFIX: &str = "x-amazon-apigateway-";

/// Extensions of the root that have a place elsewhere, or none.
const ELSEWHERE: [&str; 3] = ["request-validator", "documentation", "importexport-version"];

impl Importer<'_> {
    pub(super) fn extensions(&mut self) -> Result<(), Error> {
        for (name, node) in self.root.all_members() {
            let Some(extension) = name.strip_prefix(PREFIX) else {
                continue;
            };
            match extension {
                "binary-media-types" => {
                    let types = node.items().into_iter().map(|item| node::text(item.json()));
                    self.definition.api.binary_media_types = types.collect();
                }
                "minimum-compression-size" => {
                    self.definition.api.minimum_compression_size = self
                        .root
                        .integer(&format!("{PREFIX}minimum-compression-size"));
                }
                "api-key-source" => {
                    let source = ApiKeySourceType::from_name(&node::text(node.json()));
                    let source = source.ok_or_else(|| unknown("API key source", node))?;
                    self.definition.api.api_key_source = Named(source);
                }
                "policy" => self.definition.api.policy = Some(node.json().to_text()),
                "gateway-responses" => self.gateway_responses(node)?,
                "request-validators" => self.validators(node),
                "endpoint-configuration" => self.endpoint(node),
                _ if ELSEWHERE.contains(&extension) => {}
                _ => return Err(Error::NotBuilt(format!("the extension {name}"))),
            }
        }
        self.authorizers()?;
        if self.version == Version::Three {
            let servers = self
                .root
                .member("servers")
                .map(|node| node.items())
                .unwrap_or_default();
            let name = format!("{PREFIX}endpoint-configuration");
            if let Some(endpoint) = servers.iter().find_map(|server| server.member(&name)) {
                self.endpoint(endpoint);
            }
        }
        Ok(())
    }

    /// Authorizers are extensions of security schemes, and called as these are.
    fn authorizers(&mut self) -> Result<(), Error> {
        for (name, scheme) in self
            .schemes()
            .map(|node| node.all_members())
            .unwrap_or_default()
        {
            let scheme = scheme.resolved();
            let Some(node) = scheme.member("x-amazon-apigateway-authorizer") else {
                continue;
            };
            let kind = node.text("type").unwrap_or_default().to_uppercase();
            let kind =
                AuthorizerType::from_name(&kind).ok_or_else(|| unknown("authorizer", node))?;
            let there = self.definition.authorizers.values();
            let id = there
                .filter(|other| other.name == name)
                .map(|other| other.id.clone())
                .next();
            let header = scheme.text("name");
            let source = || header.map(|header| format!("method.request.header.{header}"));
            let authorizer = Authorizer {
                id: id.unwrap_or_else(|| (self.new_id)()),
                name: name.to_owned(),
                kind: Named(kind),
                provider_arns: node.texts("providerARNs"),
                auth_type: scheme.text("x-amazon-apigateway-authtype"),
                uri: node.text("authorizerUri"),
                credentials: node.text("authorizerCredentials"),
                identity_source: node.text("identitySource").or_else(source),
                identity_validation: node.text("identityValidationExpression"),
                ttl_s: node.integer("authorizerResultTtlInSeconds"),
            };
            check_authorizer(&authorizer)?;
            self.definition
                .authorizers
                .insert(authorizer.id.clone(), authorizer);
        }
        Ok(())
    }

    fn endpoint(&mut self, node: Node<'_>) {
        if let Some(disabled) = node.flag("disableExecuteApiEndpoint") {
            self.definition.api.disable_execute_api_endpoint = disabled;
        }
        let ids = node.texts("vpcEndpointIds");
        if !ids.is_empty() {
            self.definition.api.endpoint.vpc_endpoint_ids = ids;
        }
    }

    fn validators(&mut self, node: Node<'_>) {
        for (name, validator) in node.all_members() {
            let there = self.definition.validators.values();
            let id = there
                .filter(|validator| validator.name.as_deref() == Some(name))
                .map(|validator| validator.id.clone())
                .next();
            let validator = RequestValidator {
                id: id.unwrap_or_else(|| (self.new_id)()),
                name: Some(name.to_owned()),
                validate_body: validator.flag("validateRequestBody").unwrap_or_default(),
                validate_parameters: validator
                    .flag("validateRequestParameters")
                    .unwrap_or_default(),
            };
            self.definition
                .validators
                .insert(validator.id.clone(), validator);
        }
    }

    fn gateway_responses(&mut self, node: Node<'_>) -> Result<(), Error> {
        for (name, response) in node.all_members() {
            if GatewayResponseType::from_name(name).is_none() {
                return Err(Bad::Import(format!("unknown gateway response: {name}")).into());
            }
            let response = GatewayResponse {
                status: response
                    .text("statusCode")
                    .and_then(|status| status.parse().ok()),
                parameters: texts(response, "responseParameters"),
                templates: texts(response, "responseTemplates"),
            };
            self.definition
                .gateway_responses
                .insert(name.to_owned(), response);
        }
        Ok(())
    }
}

fn unknown(what: &str, node: Node<'_>) -> Error {
    Bad::Import(format!("unknown {what}: {}", node::text(node.json()))).into()
}

fn texts(node: Node<'_>, member: &str) -> Texts {
    let members = node.members(member);
    // `gatewayresponse.header.X` is sometimes written with capitals.
    let name = |name: &str| match name.get(..15) {
        Some(prefix) if prefix.eq_ignore_ascii_case("gatewayresponse") => {
            format!("gatewayresponse{}", name.get(15..).unwrap_or_default())
        }
        _ => name.to_owned(),
    };
    members
        .into_iter()
        .map(|(key, value)| (name(key), node::text(value.json())))
        .collect()
}
