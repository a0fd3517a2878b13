//! Events of HTTP APIs in payload format 1.0.
//!
//! Members and their order are those of events that the real service sends. They are not quite
//! those of REST APIs: a route's key stands for the resource's id, and the path has the stage.

use super::authorise::Recognised;
use super::exchange::Exchange;
use super::pairs::{All, Last, all, last, sent};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Headers that the gateway itself reads or writes, as events name them.
const OWN_HEADERS: [&str; 8] = [
    "Content-Length",
    "Content-Type",
    "Host",
    "User-Agent",
    "X-Amzn-Trace-Id",
    "X-Forwarded-For",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
];

/// Headers that every server knows; their names are in lower case. Any other name stays as sent.
const KNOWN_HEADERS: [&str; 20] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "authorization",
    "cache-control",
    "cookie",
    "date",
    "expect",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "origin",
    "pragma",
    "range",
    "referer",
    "via",
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    question: Option<Question<'a>>,
    resource: &'a str,
    path: Cow<'a, str>,
    http_method: &'a str,
    headers: Option<Last<'a>>,
    multi_value_headers: Option<All<'a>>,
    query_string_parameters: Option<Last<'a>>,
    multi_value_query_string_parameters: Option<All<'a>>,
    request_context: Context<'a>,
    path_parameters: Option<Last<'a>>,
    stage_variables: Option<&'a BTreeMap<String, String>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    content: Option<Content>,
}

/// What only authorizers are told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Question<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    method_arn: &'a str,
    identity_source: &'a str,
    authorization_token: &'a str,
}

/// What only integrations are told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'a str,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<Authorizer<'a>>,
    domain_name: &'a str,
    domain_prefix: &'a str,
    extended_request_id: &'a str,
    http_method: &'a str,
    identity: Identity<'a>,
    path: Cow<'a, str>,
    protocol: &'a str,
    request_id: &'a str,
    request_time: String,
    request_time_epoch: i64,
    resource_id: &'a str,
    resource_path: &'a str,
    stage: &'a str,
}

/// Who has been recognised: the bearer of a token, or whom a function knows.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Authorizer<'a> {
    claims: Option<&'a BTreeMap<String, String>>,
    scopes: Option<&'a Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal_id: Option<&'a str>,
    #[serde(flatten)]
    context: Option<&'a Map<String, Value>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Identity<'a> {
    access_key: Option<&'a str>,
    account_id: Option<&'a str>,
    caller: Option<&'a str>,
    cognito_amr: Option<&'a str>,
    cognito_authentication_provider: Option<&'a str>,
    cognito_authentication_type: Option<&'a str>,
    cognito_identity_id: Option<&'a str>,
    cognito_identity_pool_id: Option<&'a str>,
    principal_org_id: Option<&'a str>,
    source_ip: &'a str,
    user: Option<&'a str>,
    user_agent: Option<&'a str>,
    user_arn: Option<&'a str>,
}

/// The event of an integration's function.
pub fn event(exchange: &Exchange) -> Bytes {
    let base = &exchange.base;
    let (body, is_base64_encoded) = http_event::body(&base.headers, &base.body);
    let content = Content {
        body,
        is_base64_encoded,
    };
    to_json(&Event {
        content: Some(content),
        ..of(exchange)
    })
}

/// The event of an authorizer's function; what is absent is empty here, not null.
pub fn authorizer_event(exchange: &Exchange, method_arn: &str, identity: &[String]) -> Bytes {
    let identity = &identity.join(",");
    let event = of(exchange);
    let all_parameters = event.multi_value_query_string_parameters;
    to_json(&Event {
        question: Some(Question {
            kind: "REQUEST",
            method_arn,
            identity_source: identity,
            authorization_token: identity,
        }),
        query_string_parameters: Some(event.query_string_parameters.unwrap_or_default()),
        multi_value_query_string_parameters: Some(all_parameters.unwrap_or_default()),
        path_parameters: Some(event.path_parameters.unwrap_or_default()),
        stage_variables: Some(&exchange.base.stage_variables),
        ..event
    })
}

fn to_json(event: &Event<'_>) -> Bytes {
    serde_json::to_vec(event).unwrap_or_default().into()
}

/// What all events have.
fn of(exchange: &Exchange) -> Event<'_> {
    let base = &exchange.base;
    let headers = || sent(&base.headers).map(|(name, value)| (shown(name), value));
    let variables = Some(&base.stage_variables);
    Event {
        version: "1.0",
        question: None,
        resource: &base.resource_path,
        path: exchange.asked_path(),
        http_method: &base.http_method,
        headers: last(headers()),
        multi_value_headers: all(headers()),
        query_string_parameters: last(sent(&base.query)),
        multi_value_query_string_parameters: all(sent(&base.query)),
        request_context: context(exchange),
        path_parameters: last(sent(&base.path_parameters)),
        stage_variables: variables.filter(|variables| !variables.is_empty()),
        content: None,
    }
}

/// A header's name in events.
fn shown(name: &str) -> &str {
    let mut listed = OWN_HEADERS.iter().chain(&KNOWN_HEADERS);
    listed
        .find(|known| known.eq_ignore_ascii_case(name))
        .map_or(name, |known| known)
}

fn context(exchange: &Exchange) -> Context<'_> {
    let base = &exchange.base;
    Context {
        account_id: base.account.as_str(),
        api_id: &base.api_id,
        authorizer: authorizer(&exchange.recognised),
        domain_name: exchange.domain_name(),
        domain_prefix: base.domain_prefix(),
        extended_request_id: &base.extended_request_id,
        http_method: &base.http_method,
        identity: Identity {
            access_key: base.identity.access_key.as_deref(),
            account_id: base.identity.account_id.as_deref(),
            caller: base.identity.caller.as_deref(),
            cognito_amr: None,
            cognito_authentication_provider: None,
            cognito_authentication_type: None,
            cognito_identity_id: None,
            cognito_identity_pool_id: None,
            principal_org_id: None,
            source_ip: &base.identity.source_ip,
            user: base.identity.user.as_deref(),
            user_agent: base.identity.user_agent.as_deref(),
            user_arn: base.identity.user_arn.as_deref(),
        },
        path: exchange.asked_path(),
        protocol: base.protocol,
        request_id: &base.extended_request_id,
        request_time: base.time.common_log(),
        request_time_epoch: base.time.as_millis(),
        resource_id: &exchange.route_key,
        resource_path: &base.resource_path,
        stage: &base.stage,
    }
}

fn authorizer(recognised: &Recognised) -> Option<Authorizer<'_>> {
    match recognised {
        Recognised::Nobody | Recognised::Signer(_) => None,
        Recognised::Bearer { claims, scopes } => Some(Authorizer {
            claims: Some(claims),
            scopes: scopes.as_ref(),
            principal_id: None,
            context: None,
        }),
        Recognised::ByFunction(recognition) => Some(Authorizer {
            claims: None,
            scopes: None,
            principal_id: recognition.principal_id.as_deref(),
            context: Some(&recognition.context),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_headers() {
        for (sent, expected) in [
            ("content-type", "Content-Type"),
            ("USER-AGENT", "User-Agent"),
            ("Accept-Encoding", "accept-encoding"),
            ("Cookie", "cookie"),
            ("Postman-Token", "Postman-Token"),
            ("x-own", "x-own"),
        ] {
            assert_eq!(shown(sent), expected);
        }
    }
}
