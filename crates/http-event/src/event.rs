//! The event of a request: payload format 2.0.

use crate::header;
use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::Value;
use service::{Caller, Principal};
use std::collections::BTreeMap;

/// A request, and what is known of it by the time a function is asked.
pub struct Request<'a> {
    pub route_key: &'a str,
    pub account_id: &'a str,
    pub api_id: &'a str,
    pub domain_name: &'a str,
    pub domain_prefix: &'a str,
    pub stage: &'a str,
    pub method: &'a str,
    pub raw_path: &'a str,
    /// As sent, without the question mark.
    pub raw_query: &'a str,
    /// With all values, in whatever case.
    pub headers: &'a [(String, String)],
    pub body: &'a Bytes,
    pub protocol: &'a str,
    pub source_ip: &'a str,
    pub request_id: &'a str,
    pub time: Timestamp,
    pub path_parameters: Option<BTreeMap<&'a str, String>>,
    pub stage_variables: Option<&'a BTreeMap<String, String>>,
    pub authorizer: Option<Authorizer>,
}

/// What an authorizer is asked besides.
pub struct Question<'a> {
    pub route_arn: &'a str,
    /// Values of the identity sources.
    pub identity: &'a [String],
}

/// Who has been recognised, and how.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Authorizer {
    Iam(Iam),
    Jwt(Jwt),
    /// What a function has added.
    Lambda(Value),
}

/// Who has signed the request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Iam {
    access_key: Option<String>,
    account_id: String,
    caller_id: Option<String>,
    cognito_identity: Option<String>,
    principal_org_id: Option<String>,
    user_arn: String,
    user_id: Option<String>,
}

/// Whose token came with the request.
#[derive(Serialize)]
pub struct Jwt {
    pub claims: BTreeMap<String, String>,
    pub scopes: Option<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    version: &'static str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    route_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_source: Option<&'a [String]>,
    route_key: &'a str,
    raw_path: &'a str,
    raw_query_string: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cookies: Option<Vec<&'a str>>,
    headers: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<BTreeMap<String, String>>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_parameters: Option<&'a BTreeMap<&'a str, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage_variables: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_base64_encoded: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    account_id: &'a str,
    api_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<&'a Authorizer>,
    domain_name: &'a str,
    domain_prefix: &'a str,
    http: Http<'a>,
    request_id: &'a str,
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
    source_ip: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_agent: Option<&'a str>,
}

impl Request<'_> {
    /// The event of an integration's function, as JSON.
    pub fn event(&self) -> Bytes {
        let (body, is_base64_encoded) = body(self.headers, self.body);
        to_json(&Event {
            body,
            is_base64_encoded: Some(is_base64_encoded),
            ..self.without_body()
        })
    }

    /// The event of an authorizer's function, as JSON.
    pub fn authorizer_event(&self, question: &Question<'_>) -> Bytes {
        to_json(&Event {
            kind: Some("REQUEST"),
            route_arn: Some(question.route_arn),
            identity_source: Some(question.identity),
            ..self.without_body()
        })
    }

    fn without_body(&self) -> Event<'_> {
        let cookies = cookies(self.headers);
        let query = joined_query(self.raw_query);
        Event {
            version: "2.0",
            kind: None,
            route_arn: None,
            identity_source: None,
            route_key: self.route_key,
            raw_path: self.raw_path,
            raw_query_string: self.raw_query,
            cookies: Some(cookies).filter(|cookies| !cookies.is_empty()),
            headers: joined_headers(self.headers, &["cookie"]),
            query_string_parameters: Some(query).filter(|query| !query.is_empty()),
            request_context: self.context(),
            path_parameters: self.path_parameters.as_ref(),
            stage_variables: self.stage_variables,
            body: None,
            is_base64_encoded: None,
        }
    }

    fn context(&self) -> Context<'_> {
        Context {
            account_id: self.account_id,
            api_id: self.api_id,
            authorizer: self.authorizer.as_ref(),
            domain_name: self.domain_name,
            domain_prefix: self.domain_prefix,
            http: Http {
                method: self.method,
                path: self.raw_path,
                protocol: self.protocol,
                source_ip: self.source_ip,
                user_agent: header(self.headers, "user-agent"),
            },
            request_id: self.request_id,
            route_key: self.route_key,
            stage: self.stage,
            time: self.time.common_log(),
            time_epoch: self.time.as_millis(),
        }
    }
}

fn to_json(event: &Event<'_>) -> Bytes {
    serde_json::to_vec(event).unwrap_or_default().into()
}

/// The cookies of all `Cookie` headers.
pub fn cookies(headers: &[(String, String)]) -> Vec<&str> {
    let sent = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
    sent.flat_map(|(_, value)| value.split(';'))
        .map(str::trim)
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

/// Headers by their names in lower case, but for some; those of one name are joined by commas.
pub fn joined_headers(headers: &[(String, String)], but: &[&str]) -> BTreeMap<String, String> {
    let mut joined = BTreeMap::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if !but.contains(&name.as_str()) {
            join(&mut joined, name, value);
        }
    }
    joined
}

/// Parameters of a query string; those of one name are joined by commas.
pub fn joined_query(query: &str) -> BTreeMap<String, String> {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    let mut joined = BTreeMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        join(&mut joined, decoded(name), &decoded(value));
    }
    joined
}

fn join(joined: &mut BTreeMap<String, String>, name: String, value: &str) {
    joined
        .entry(name)
        .and_modify(|there| {
            there.push(',');
            there.push_str(value);
        })
        .or_insert_with(|| value.to_owned());
}

/// The body as text, or in base64 where its type does not say that it is text; and whether it is
/// the latter.
pub fn body(headers: &[(String, String)], body: &Bytes) -> (Option<String>, bool) {
    if body.is_empty() {
        return (None, false);
    }
    let is_text = header(headers, "content-type").is_none_or(is_text);
    match std::str::from_utf8(body) {
        Ok(text) if is_text => (Some(text.to_owned()), false),
        _ => (Some(BASE64.encode(body)), true),
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

impl From<&Caller> for Iam {
    fn from(caller: &Caller) -> Iam {
        let id = match &caller.principal {
            Principal::User { id, .. } => Some(id.clone()),
            Principal::Role(session) => {
                Some(format!("{}:{}", session.role_id, session.session_name))
            }
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries() {
        assert!(joined_query("").is_empty());
        let found = joined_query("a=1&a=2&b=x%20y+z&c");
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

    #[test]
    fn events() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = [
            pair("X-A", "1"),
            pair("x-a", "2"),
            pair("Cookie", "a=1; b=2"),
            pair("User-Agent", "tests"),
        ];
        let request = Request {
            route_key: "GET /{id}",
            account_id: "111111111111",
            api_id: "api",
            domain_name: "api.example",
            domain_prefix: "api",
            stage: "$default",
            method: "GET",
            raw_path: "/7",
            raw_query: "q=1&q=2",
            headers: &headers,
            body: &Bytes::new(),
            protocol: "HTTP/1.1",
            source_ip: "127.0.0.1",
            request_id: "id=",
            time: Timestamp::from_secs(0),
            path_parameters: Some(BTreeMap::from([("id", "7".to_owned())])),
            stage_variables: None,
            authorizer: None,
        };
        let expected = serde_json::json!({
            "version": "2.0", "routeKey": "GET /{id}", "rawPath": "/7",
            "rawQueryString": "q=1&q=2", "cookies": ["a=1", "b=2"],
            "headers": {"user-agent": "tests", "x-a": "1,2"},
            "queryStringParameters": {"q": "1,2"},
            "requestContext": {
                "accountId": "111111111111", "apiId": "api", "domainName": "api.example",
                "domainPrefix": "api",
                "http": {"method": "GET", "path": "/7", "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1", "userAgent": "tests"},
                "requestId": "id=", "routeKey": "GET /{id}", "stage": "$default",
                "time": "01/Jan/1970:00:00:00 +0000", "timeEpoch": 0,
            },
            "pathParameters": {"id": "7"}, "isBase64Encoded": false,
        });
        let event: Value = serde_json::from_slice(&request.event()).unwrap();
        assert_eq!(event, expected);
        let question = Question {
            route_arn: "arn",
            identity: &["token".to_owned()],
        };
        let asked: Value = serde_json::from_slice(&request.authorizer_event(&question)).unwrap();
        assert_eq!(
            (&asked["type"], &asked["routeArn"]),
            (&"REQUEST".into(), &"arn".into())
        );
        assert_eq!(asked["identitySource"], serde_json::json!(["token"]));
        assert_eq!(asked.get("isBase64Encoded"), None);
    }
}
