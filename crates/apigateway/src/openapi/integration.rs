//! `x-amazon-apigateway-integration`.

use super::Importer;
use super::node::{self, Node};
use crate::error::{Bad, Error};
use crate::operations::{check_integration, check_integration_response};
use crate::record::{Integration, IntegrationResponse, Method, Named, Passthrough, Texts};
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::apigateway::{
    ConnectionType, ContentHandlingStrategy, IntegrationType, ResponseTransferMode,
};

impl Importer<'_> {
    pub(super) fn integration(
        &self,
        node: Node<'_>,
        resource_id: &str,
        method: &Method,
    ) -> Result<Integration, Error> {
        let kind = node.text("type").unwrap_or_default().to_uppercase();
        let kind = IntegrationType::from_name(&kind).ok_or_else(|| invalid("type", &kind))?;
        let over_http = matches!(kind, IntegrationType::Http | IntegrationType::HttpProxy);
        let connection_type = named::<ConnectionType>(node, "connectionType")?;
        let default_connection = over_http.then_some(Named(ConnectionType::Internet));
        let integration = Integration {
            kind: Named(kind),
            http_method: node.text("httpMethod").map(|verb| verb.to_uppercase()),
            uri: node.text("uri"),
            connection_type: connection_type.or(default_connection),
            connection_id: node.text("connectionId"),
            credentials: node.text("credentials"),
            request_parameters: texts(node, "requestParameters"),
            request_templates: texts(node, "requestTemplates"),
            passthrough: passthrough(node)?,
            content_handling: named::<ContentHandlingStrategy>(node, "contentHandling")?,
            timeout_ms: node.integer("timeoutInMillis").unwrap_or(29_000),
            cache_namespace: node
                .text("cacheNamespace")
                .unwrap_or_else(|| resource_id.to_owned()),
            cache_key_parameters: node.texts("cacheKeyParameters"),
            insecure_skip_verification: node
                .member("tlsConfig")
                .and_then(|tls| tls.flag("insecureSkipVerification")),
            response_transfer_mode: named::<ResponseTransferMode>(node, "responseTransferMode")?,
            responses: responses(node, method)?,
        };
        check_integration(&integration, method)?;
        Ok(integration)
    }
}

/// By status; the key of each in the document is its selection pattern.
fn responses(
    node: Node<'_>,
    method: &Method,
) -> Result<BTreeMap<String, IntegrationResponse>, Error> {
    let mut responses = BTreeMap::new();
    for (pattern, response) in node.members("responses") {
        let status = response
            .text("statusCode")
            .unwrap_or_else(|| "200".to_owned());
        let response = IntegrationResponse {
            selection_pattern: Some(pattern.to_owned()).filter(|pattern| pattern != "default"),
            parameters: texts(response, "responseParameters"),
            templates: texts(response, "responseTemplates"),
            content_handling: named::<ContentHandlingStrategy>(response, "contentHandling")?,
        };
        check_integration_response(&response, &status, method)?;
        responses.insert(status, response);
    }
    Ok(responses)
}

fn passthrough(node: Node<'_>) -> Result<Passthrough, Error> {
    match node.text("passthroughBehavior") {
        None => Ok(Passthrough::WhenNoMatch),
        Some(name) => {
            let behavior = Passthrough::from_name(&name.to_uppercase());
            Ok(behavior.ok_or(Bad::PassthroughBehavior)?)
        }
    }
}

fn named<T: Enumeration>(node: Node<'_>, member: &'static str) -> Result<Option<Named<T>>, Error> {
    let Some(name) = node.text(member) else {
        return Ok(None);
    };
    let found = T::from_name(&name.to_uppercase());
    Ok(Some(Named(found.ok_or_else(|| invalid(member, &name))?)))
}

fn invalid(member: &str, value: &str) -> Error {
    Bad::Import(format!("invalid {member} of an integration: {value}")).into()
}

fn texts(node: Node<'_>, member: &str) -> Option<Texts> {
    let members = node.member(member)?.all_members();
    Some(
        members
            .into_iter()
            .map(|(k, v)| (k.to_owned(), node::text(v.json())))
            .collect(),
    )
}
