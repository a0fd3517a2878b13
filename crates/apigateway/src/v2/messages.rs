//! Routes of WebSocket APIs, made ready: whether their messages are answered, and how
//! integrations by template are run.
//!
//! Templates, mappings and endpoints work as those of REST APIs do, so such an integration becomes
//! a method of one: one for each request template, as what selects it is no content type.

use super::record::{Definition, Integration, IntegrationResponse, Route, RouteResponse};
use super::routes::DEFAULT_KEY;
use super::selection::{Selection, Variable};
use crate::compiled::{self, Method};
use crate::record::{self, Named, Passthrough, Texts};
use std::collections::BTreeMap;
use wire::Enumeration;
use wire::apigatewayv2::{IntegrationType, PassthroughBehavior};

/// The content type under which the one template of a method stands.
const TEMPLATE_TYPE: &str = "application/json";

/// What a route does with messages.
#[derive(Debug)]
pub struct Messages {
    /// Whether what the integration answers goes back to the client.
    pub answers: bool,
    template_selection: Option<Selection>,
    /// By the keys of request templates; none for functions behind a proxy.
    by_template: BTreeMap<String, Method>,
    /// For messages without a template.
    plain: Option<Method>,
}

impl Messages {
    pub fn new(
        route: &Route,
        integration: Option<&Integration>,
        definition: &Definition,
    ) -> Messages {
        let of_route = |response: &RouteResponse| response.route_id == route.id;
        let templated = integration.filter(|it| it.kind.0 != IntegrationType::AwsProxy);
        let method = |template: Option<&str>| {
            let integration = templated?;
            let of_it = |it: &&IntegrationResponse| it.integration_id == integration.id;
            let responses = definition.integration_responses.iter().filter(of_it);
            Some(method(integration, template, responses.collect()))
        };
        let templates = templated.map(|integration| integration.request_templates.iter());
        let selection = integration.and_then(|it| it.template_selection.as_deref());
        Messages {
            answers: route.response_selection.is_some()
                && definition.route_responses.iter().any(of_route),
            template_selection: Selection::parse(selection.unwrap_or(DEFAULT_KEY)),
            by_template: templates
                .into_iter()
                .flatten()
                .filter_map(|(key, template)| Some((key.clone(), method(Some(template))?)))
                .collect(),
            plain: method(None),
        }
    }

    /// What a message runs, where that is not a function behind a proxy.
    pub fn method(&self, value: impl Fn(&Variable) -> Option<String>) -> Option<&Method> {
        let key = self.template_selection.as_ref();
        let key = key.and_then(|selection| selection.select(value));
        let chosen = key.and_then(|key| self.by_template.get(&key));
        chosen
            .or_else(|| self.by_template.get(DEFAULT_KEY))
            .or(self.plain.as_ref())
    }
}

/// A method whose integration has this request template, or none.
fn method(
    integration: &Integration,
    template: Option<&str>,
    responses: Vec<&IntegrationResponse>,
) -> Method {
    let one = |template: &str| Texts::from([(TEMPLATE_TYPE.to_owned(), template.to_owned())]);
    let responses = mapped(&responses);
    let statuses = responses.keys().filter_map(|status| status.parse().ok());
    let declared = statuses.map(|status| (status, Vec::new())).collect();
    let record = record::Integration {
        kind: Named(same(integration.kind.0)),
        http_method: integration.method.clone(),
        uri: integration.uri.clone(),
        connection_type: Some(Named(same(integration.connection_type.0))),
        connection_id: integration.connection_id.clone(),
        credentials: integration.credentials.clone(),
        request_parameters: Some(mappings(&integration.request_parameters)),
        request_templates: template.map(one),
        passthrough: passthrough(integration),
        content_handling: None,
        timeout_ms: integration.timeout_ms,
        cache_namespace: String::new(),
        cache_key_parameters: Vec::new(),
        insecure_skip_verification: None,
        response_transfer_mode: None,
        responses,
    };
    Method {
        authorization_type: record::AuthorizationType::None,
        authorizer: None,
        authorization_scopes: Vec::new(),
        api_key_required: false,
        required_parameters: Vec::new(),
        body_models: BTreeMap::new(),
        integration: Some(compiled::Integration::new(&record)),
        responses: declared,
    }
}

/// Mappings as those of REST APIs say it: a route is a method there.
fn mappings(of_route: &Texts) -> Texts {
    let source = |source: &String| match source.strip_prefix("route.request.") {
        Some(part) => format!("method.request.{part}"),
        None => source.clone(),
    };
    let mappings = of_route.iter();
    mappings
        .map(|(target, from)| (target.clone(), source(from)))
        .collect()
}

/// What both services' models have, under the same name.
fn same<T: Enumeration, U: Enumeration + Default>(value: T) -> U {
    U::from_name(value.as_str()).unwrap_or_default()
}

/// What becomes of a message for which there is no template.
fn passthrough(integration: &Integration) -> Passthrough {
    let has_templates = !integration.request_templates.is_empty();
    match integration.passthrough.map(|behavior| behavior.0) {
        Some(PassthroughBehavior::Never) => Passthrough::Never,
        Some(PassthroughBehavior::WhenNoTemplates) if has_templates => Passthrough::Never,
        Some(PassthroughBehavior::WhenNoTemplates) => Passthrough::WhenNoTemplates,
        Some(PassthroughBehavior::WhenNoMatch) | None => Passthrough::WhenNoMatch,
    }
}

/// The status of an integration whose answer no response is for, and that failed.
const FAILED: &str = "500";
const FAILED_PATTERN: &str = r"[345]\d\d";

/// The responses of a method: those with patterns, then one for failures, then the default one.
fn mapped(responses: &[&IntegrationResponse]) -> BTreeMap<String, record::IntegrationResponse> {
    let mut found = BTreeMap::new();
    let default = responses.iter().find(|it| it.key == DEFAULT_KEY);
    let templates = default.and_then(|it| templates(it));
    let fallback = |pattern: Option<&str>| record::IntegrationResponse {
        selection_pattern: pattern.map(str::to_owned),
        templates: templates.clone(),
        ..record::IntegrationResponse::default()
    };
    let patterns = responses.iter().filter(|it| it.key != DEFAULT_KEY);
    for (status, response) in (201..=299).zip(patterns) {
        let pattern = response.key.trim_start_matches('/').trim_end_matches('/');
        let response = record::IntegrationResponse {
            selection_pattern: Some(pattern.to_owned()),
            templates: self::templates(response),
            ..record::IntegrationResponse::default()
        };
        found.insert(u16::to_string(&status), response);
    }
    found.insert(FAILED.to_owned(), fallback(Some(FAILED_PATTERN)));
    found.insert("200".to_owned(), fallback(None));
    found
}

/// The one template of a response: the one it selects, else the default one, else the first.
fn templates(response: &IntegrationResponse) -> Option<Texts> {
    let selection = response
        .template_selection
        .as_deref()
        .unwrap_or(DEFAULT_KEY);
    let key = Selection::parse(selection).and_then(|selection| selection.select(|_| None));
    let chosen = key.and_then(|key| response.templates.get(&key));
    let chosen = chosen
        .or_else(|| response.templates.get(DEFAULT_KEY))
        .or_else(|| response.templates.values().next())?;
    Some(Texts::from([(TEMPLATE_TYPE.to_owned(), chosen.clone())]))
}
