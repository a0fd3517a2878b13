//! The event that a function gets for a request to its URL: payload format 2.0.

use super::UrlRequest;
use crate::function_url::{UrlAuth, UrlRecord};
use crate::target::Target;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use service::{Caller, Principal};
use std::collections::BTreeMap;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'a str,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<Vec<&'a str>>,
    headers: BTreeMap<&'a str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<BTreeMap<String, String>>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: String,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<Authorizer>,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: String,
    route_key: &'a str,
    stage: &'a str,
    time: String,
    time_epoch: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Http<'a> {
    method: &'a str,
    path: &'a str,
    protocol: &'a str,
    source_ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
}

#[derive(Serialize)]
struct Authorizer {
    iam: Iam,
}

/// Who has signed the request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Iam {
    access_key: Option<String>,
    account_id: String,
    caller_id: Option<String>,
    cognito_identity: Option<String>,
    principal_org_id: Option<String>,
    user_arn: String,
    user_id: Option<String>,
}

/// The event, as JSON.
pub(super) fn of(
    request: &UrlRequest,
    record: &UrlRecord,
    caller: &Caller,
    target: &Target,
) -> Bytes {
    let (body, is_base64_encoded) = body(request);
    let host = request.host.split(':').next().unwrap_or_default();
    let account = match record.auth {
        UrlAuth::None => "anonymous".to_owned(),
        UrlAuth::AwsIam => target.scope.account.to_string(),
    };
    let event = Event {
        version: "2.0",
        route_key: "$default",
        raw_path: &request.path,
        raw_query_string: &request.query,
        cookies: cookies(request),
        headers: headers(request),
        query_string_parameters: query(&request.query),
        request_context: Context {
            account_id: account,
            api_id: &request.id,
            authorizer: (record.auth == UrlAuth::AwsIam).then(|| Authorizer { iam: iam(caller) }),
            domain_name: host,
            domain_prefix: &request.id,
            http: Http {
                method: &request.method,
                path: &request.path,
                protocol: request.protocol,
                source_ip: request.source_ip.to_string(),
                user_agent: request.header("user-agent"),
            },
            request_id: request.request_id.to_string(),
            route_key: "$default",
            stage: "$default",
            time: request.time.common_log(),
            time_epoch: request.time.as_millis(),
        },
        body,
        is_base64_encoded,
    };
    serde_json::to_vec(&event).unwrap_or_default().into()
}

fn cookies(request: &UrlRequest) -> Option<Vec<&str>> {
    let sent = request.headers.iter().filter(|(name, _)| name == "cookie");
    let cookies: Vec<&str> = sent
        .flat_map(|(_, value)| value.split(';'))
        .map(str::trim)
        .filter(|cookie| !cookie.is_empty())
        .collect();
    Some(cookies).filter(|cookies| !cookies.is_empty())
}

/// Headers of one name are joined by commas; what a proxy adds on the way is added.
fn headers(request: &UrlRequest) -> BTreeMap<&str, String> {
    let mut headers: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "cookie") {
        headers
            .entry(name)
            .and_modify(|joined| {
                joined.push(',');
                joined.push_str(value);
            })
            .or_insert_with(|| value.clone());
    }
    let port = request.host.split_once(':').map_or("80", |(_, port)| port);
    headers.insert("host", request.host.clone());
    headers.insert("x-forwarded-for", request.source_ip.to_string());
    headers.insert("x-forwarded-proto", "http".to_owned());
    headers.insert("x-forwarded-port", port.to_owned());
    headers
}

/// Parameters of one name are joined by commas.
fn query(query: &str) -> Option<BTreeMap<String, String>> {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let mut parameters: BTreeMap<String, String> = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decoded(name), decoded(value));
        parameters
            .entry(name)
            .and_modify(|joined| {
                joined.push(',');
                joined.push_str(&value);
            })
            .or_insert(value);
    }
    Some(parameters).filter(|parameters| !parameters.is_empty())
}

/// The body as text, or in base64 where its type does not say that it is text.
fn body(request: &UrlRequest) -> (Option<String>, bool) {
    if request.body.is_empty() {
        return (None, false);
    }
    let is_text = request.header("content-type").is_none_or(is_text);
    match std::str::from_utf8(&request.body) {
        Ok(text) if is_text => (Some(text.to_owned()), false),
        _ => (Some(BASE64.encode(&request.body)), true),
    }
}

fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
        || matches!(
            essence.as_str(),
            "application/json" | "application/javascript" | "application/xml"
        )
}

fn iam(caller: &Caller) -> Iam {
    let id = match &caller.principal {
        Principal::User { id, .. } => Some(id.clone()),
        Principal::Role(session) => Some(format!("{}:{}", session.role_id, session.session_name)),
        _ => None,
    };
    Iam {
        access_key: caller.access_key_id().map(str::to_owned),
        account_id: caller.account.to_string(),
        caller_id: id.clone(),
        cognito_identity: None,
        principal_org_id: None,
        user_arn: caller.arn(),
        user_id: id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        assert_eq!(query(""), None);
        let found = query("a=1&a=2&b=x%20y+z&c").unwrap();
        let expected = [("a", "1,2"), ("b", "x y z"), ("c", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(found, BTreeMap::from(expected));
    }

    #[test]
    fn what_is_text() {
        for text in ["text/plain; charset=utf-8", "application/json", "a/b+json"] {
            assert!(is_text(text), "{text}");
        }
        for other in ["image/png", "application/x-www-form-urlencoded"] {
            assert!(!is_text(other), "{other}");
        }
    }
}
