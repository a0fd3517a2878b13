//! One request on its way through the gateway: what was received, where it was routed, and what
//! `$context` says of it.

use base::{AccountId, Region, RequestId, Timestamp};
use bytes::Bytes;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Everything the steps of an execution know of a request. Filled in step by step: routing adds
/// the resource, authorisation the identity, a failure the error.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub account: AccountId,
    pub region: Region,
    pub api_id: String,
    pub stage: String,
    pub deployment_id: String,
    /// The host the client named.
    pub domain_name: String,
    pub request_id: RequestId,
    pub extended_request_id: String,
    /// `Root=...`, passed on to integrations and back to the client.
    pub trace_id: String,
    pub time: Timestamp,
    /// As sent: `POST`.
    pub http_method: String,
    /// Such as `HTTP/1.1`.
    pub protocol: &'static str,
    /// With the stage, as it came.
    pub full_path: String,
    /// After the stage, with one slash in front.
    pub path: String,
    /// Decoded, in the order sent.
    pub query: Vec<(String, String)>,
    /// In the order sent, names as sent.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    pub resource_id: String,
    /// Such as `/pets/{id}`.
    pub resource_path: String,
    /// As they came, percent-encoded.
    pub path_parameters: Vec<(String, String)>,
    pub stage_variables: BTreeMap<String, String>,
    pub identity: Identity,
    /// What the method's authorizer says of the caller.
    pub authorization: Option<Authorization>,
    /// The API key that the authorizer names.
    pub usage_key: Option<String>,
    pub error: Option<GatewayError>,
    /// Known once it is answered.
    pub outcome: Option<Outcome>,
    /// Known once it is answered, if it got as far.
    pub integration: Option<IntegrationOutcome>,
    /// The id of the certificate that HTTP endpoints are shown.
    pub client_certificate: Option<String>,
    /// The base path of the domain name that led here; empty for the domain's root.
    pub base_path: Option<String>,
    /// What `$context` has besides for messages of WebSocket APIs.
    pub more_context: Vec<(&'static str, String)>,
}

/// What an integration came to, for logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IntegrationOutcome {
    /// What the service said that was called: for functions Lambda, not the function.
    pub service_status: Option<u16>,
    /// What came of it: for functions behind a proxy the function's own status.
    pub status: Option<u16>,
    pub latency_ms: Option<u128>,
    /// Set where the answer is passed on while it comes.
    pub streamed: Option<Streamed>,
    /// The called service's id of the request.
    pub request_id: Option<String>,
    pub error: Option<String>,
}

/// When an answer came that is passed on while it comes, in milliseconds since it was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Streamed {
    pub all_headers_ms: u128,
    pub first_content_ms: Option<u128>,
}

impl IntegrationOutcome {
    /// A member of `$context.integration`.
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        let number = |number: Option<u16>| number.map(|n| Cow::Owned(n.to_string()));
        let time = |ms: Option<u128>| ms.map(|ms| Cow::Owned(ms.to_string()));
        match name {
            "integrationStatus" => number(self.service_status),
            "status" => number(self.status),
            "latency" => time(self.latency_ms),
            "responseTransferMode" => Some(Cow::Borrowed(match self.streamed {
                Some(_) => "STREAMED",
                None => "BUFFERED",
            })),
            "timeToAllHeaders" => time(self.streamed.map(|streamed| streamed.all_headers_ms)),
            "timeToFirstContent" => time(self.streamed.and_then(|it| it.first_content_ms)),
            "requestId" => self.request_id.as_deref().map(Cow::Borrowed),
            "error" => self.error.as_deref().map(Cow::Borrowed),
            _ => None,
        }
    }
}

/// The members of `$context.integration` that have another name too.
fn integration_member(path: &str) -> Option<&str> {
    match path {
        "integrationLatency" => Some("latency"),
        "integrationStatus" => Some("integrationStatus"),
        "integrationErrorMessage" => Some("error"),
        "awsEndpointRequestId" => Some("requestId"),
        _ => path.strip_prefix("integration."),
    }
}

/// What came of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub status: u16,
    /// Bytes of the answer's body.
    pub length: usize,
    pub latency_ms: u128,
}

/// `$context.authorizer`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorization {
    pub principal_id: Option<String>,
    /// What a function adds, as texts.
    pub context: Vec<(String, String)>,
    /// What a user pool's token says.
    pub claims: Vec<(String, String)>,
    pub integration_latency_ms: Option<u128>,
    /// The function's policy, as JSON.
    pub policy: String,
}

impl Authorization {
    /// A member by its path, such as `principalId` or `claims.sub`.
    pub fn value(&self, path: &str) -> Option<Cow<'_, str>> {
        let in_pairs = |pairs: &'_ [(String, String)], name: &str| {
            let found = pairs.iter().position(|(member, _)| member == name);
            found.and_then(|at| pairs.get(at).map(|(_, value)| value.clone()))
        };
        if let Some(claim) = path.strip_prefix("claims.") {
            return in_pairs(&self.claims, claim).map(Cow::Owned);
        }
        match path {
            "principalId" => self.principal_id.as_deref().map(Cow::Borrowed),
            "integrationLatency" => self
                .integration_latency_ms
                .map(|latency| Cow::Owned(latency.to_string())),
            name => in_pairs(&self.context, name).map(Cow::Owned),
        }
    }

    /// All members but claims, in the order of recorded events.
    pub fn members(&self) -> Vec<(&str, Cow<'_, str>)> {
        let context = self.context.iter();
        let context = context.map(|(name, value)| (name.as_str(), Cow::Borrowed(value.as_str())));
        let own = ["principalId", "integrationLatency"].into_iter();
        let own = own.filter_map(|name| Some((name, self.value(name)?)));
        context.chain(own).collect()
    }
}

/// `$context.identity`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    pub source_ip: String,
    pub user_agent: Option<String>,
    pub caller: Option<String>,
    pub user: Option<String>,
    pub user_arn: Option<String>,
    pub account_id: Option<String>,
    pub access_key: Option<String>,
    pub api_key: Option<String>,
    pub api_key_id: Option<String>,
}

/// `$context.error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayError {
    pub message: String,
    pub response_type: &'static str,
    pub validation: Option<String>,
}

/// The members of `$context.identity`, in the order of recorded events.
pub const IDENTITY_MEMBERS: [&str; 12] = [
    "cognitoIdentityPoolId",
    "accountId",
    "cognitoIdentityId",
    "caller",
    "sourceIp",
    "principalOrgId",
    "accessKey",
    "cognitoAuthenticationType",
    "cognitoAuthenticationProvider",
    "userArn",
    "userAgent",
    "user",
];

/// The plain members of `$context`, in the order of recorded events; the maps stand between
/// them, see [`ContextMember`].
pub const CONTEXT_MEMBERS: [ContextMember; 18] = [
    ContextMember::Text("resourceId"),
    ContextMember::Text("resourcePath"),
    ContextMember::Text("httpMethod"),
    ContextMember::Text("extendedRequestId"),
    ContextMember::Text("requestTime"),
    ContextMember::Text("path"),
    ContextMember::Text("accountId"),
    ContextMember::Text("protocol"),
    ContextMember::RequestOverride,
    ContextMember::Text("stage"),
    ContextMember::Text("domainPrefix"),
    ContextMember::Text("requestTimeEpoch"),
    ContextMember::Text("requestId"),
    ContextMember::Identity,
    ContextMember::Text("domainName"),
    ContextMember::Text("deploymentId"),
    ContextMember::ResponseOverride,
    ContextMember::Text("apiId"),
];

/// A member of `$context`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextMember {
    Text(&'static str),
    Identity,
    RequestOverride,
    ResponseOverride,
}

impl Exchange {
    /// A header's last value, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        last(&self.headers, |sent| sent.eq_ignore_ascii_case(name))
    }

    /// All values of a header.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self
            .headers
            .iter()
            .filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// A query parameter's last value.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        last(&self.query, |sent| sent == name)
    }

    pub fn path_parameter(&self, name: &str) -> Option<&str> {
        last(&self.path_parameters, |sent| sent == name)
    }

    /// `Content-Type` without its parameters; JSON if there is none.
    pub fn content_type(&self) -> &str {
        let sent = self.header("content-type").unwrap_or("application/json");
        sent.split(';').next().unwrap_or(sent).trim()
    }

    /// The body as text; what is not UTF-8 is replaced.
    pub fn body_text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The path that the client asked for, without the stage: on a domain name of the user's it
    /// has the base path.
    pub fn asked_path(&self) -> &str {
        match self.base_path {
            Some(_) => &self.full_path,
            None => &self.path,
        }
    }

    /// The part of the domain name before its first dot.
    pub fn domain_prefix(&self) -> &str {
        let name = &self.domain_name;
        name.split(['.', ':']).next().unwrap_or(name)
    }

    /// A plain member of `$context` by its path, such as `identity.sourceIp`.
    pub fn context_value(&self, path: &str) -> Option<Cow<'_, str>> {
        if let Some(name) = path.strip_prefix("identity.") {
            return self.identity_value(name).map(Cow::Borrowed);
        }
        if let Some(name) = path.strip_prefix("error.") {
            return self.error_value(name);
        }
        if let Some(path) = path.strip_prefix("authorizer.") {
            return self.authorization.as_ref()?.value(path);
        }
        if let Some(member) = integration_member(path) {
            return self.integration.as_ref()?.value(member);
        }
        Some(Cow::Borrowed(match path {
            "resourceId" => &self.resource_id,
            "resourcePath" => &self.resource_path,
            "httpMethod" => &self.http_method,
            "extendedRequestId" => &self.extended_request_id,
            "requestTime" => return Some(Cow::Owned(self.time.common_log())),
            "requestTimeEpoch" => return Some(Cow::Owned(self.time.as_millis().to_string())),
            "path" => &self.full_path,
            "accountId" => self.account.as_str(),
            "protocol" => self.protocol,
            "stage" => &self.stage,
            "domainPrefix" => self.domain_prefix(),
            "domainName" => &self.domain_name,
            "requestId" => self.request_id.as_str(),
            "deploymentId" => &self.deployment_id,
            "apiId" => &self.api_id,
            "xrayTraceId" => &self.trace_id,
            "customDomain.basePathMatched" => self.base_path.as_deref()?,
            "status" => return Some(Cow::Owned(self.outcome?.status.to_string())),
            "responseLength" => return Some(Cow::Owned(self.outcome?.length.to_string())),
            "responseLatency" => return Some(Cow::Owned(self.outcome?.latency_ms.to_string())),
            path => {
                let found = self.more_context.iter().find(|(name, _)| *name == path);
                &found?.1
            }
        }))
    }

    /// A member of `$context.identity`.
    pub fn identity_value(&self, name: &str) -> Option<&str> {
        let identity = &self.identity;
        match name {
            "sourceIp" => Some(identity.source_ip.as_str()),
            "userAgent" => identity.user_agent.as_deref(),
            "caller" => identity.caller.as_deref(),
            "user" => identity.user.as_deref(),
            "userArn" => identity.user_arn.as_deref(),
            "accountId" => identity.account_id.as_deref(),
            "accessKey" => identity.access_key.as_deref(),
            "apiKey" => identity.api_key.as_deref(),
            "apiKeyId" => identity.api_key_id.as_deref(),
            _ => None,
        }
    }

    fn error_value(&self, name: &str) -> Option<Cow<'_, str>> {
        let error = self.error.as_ref()?;
        match name {
            "message" => Some(Cow::Borrowed(&error.message)),
            // The one failure without a message: an authorizer's.
            "messageString" if error.message.is_empty() => Some(Cow::Borrowed("null")),
            "messageString" => {
                let mut quoted = String::new();
                crate::json::push_string(&error.message, &mut quoted);
                Some(Cow::Owned(quoted))
            }
            "responseType" => Some(Cow::Borrowed(error.response_type)),
            "validationErrorString" => error.validation.as_deref().map(Cow::Borrowed),
            _ => None,
        }
    }
}

fn last(pairs: &[(String, String)], named: impl Fn(&str) -> bool) -> Option<&str> {
    pairs
        .iter()
        .rev()
        .find(|(name, _)| named(name))
        .map(|(_, value)| value.as_str())
}

/// Splits and decodes a query string: `+` is a space, `%2B` a plus.
pub fn parse_query(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_form(name), decode_form(value))
        })
        .collect()
}

/// Undoes form encoding.
pub(crate) fn decode_form(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A GET of `/test/pets/7` that was routed to `/pets/{id}`.
    pub(crate) fn example() -> Exchange {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Exchange {
            account: "111111111111".parse().unwrap(),
            region: Region::default_region(),
            api_id: "api1234567".into(),
            stage: "test".into(),
            deployment_id: "dep123".into(),
            domain_name: "api1234567.execute-api.localhost".into(),
            request_id: RequestId::uuid(&base::Entropy::seeded(1)),
            extended_request_id: "extended=".into(),
            trace_id: "Root=1-2-3".into(),
            time: Timestamp::from_millis(1_795_350_247_123),
            http_method: "GET".into(),
            protocol: "HTTP/1.1",
            full_path: "/test/pets/7".into(),
            path: "/pets/7".into(),
            query: vec![pair("q", "1"), pair("q", "2")],
            headers: vec![
                pair("Accept", "*/*"),
                pair("X-Test", "a"),
                pair("x-test", "b"),
            ],
            body: Bytes::new(),
            resource_id: "res123".into(),
            resource_path: "/pets/{id}".into(),
            path_parameters: vec![pair("id", "7")],
            stage_variables: BTreeMap::from([pair("color", "blue")]),
            identity: Identity {
                source_ip: "127.0.0.1".into(),
                user_agent: Some("tests".into()),
                ..Identity::default()
            },
            authorization: None,
            usage_key: None,
            error: None,
            outcome: None,
            integration: None,
            client_certificate: None,
            base_path: None,
            more_context: Vec::new(),
        }
    }

    #[test]
    fn last_value_counts() {
        let exchange = example();
        assert_eq!(exchange.header("X-TEST"), Some("b"));
        assert_eq!(
            exchange.header_values("x-test").collect::<Vec<_>>(),
            ["a", "b"]
        );
        assert_eq!(exchange.query_value("q"), Some("2"));
        assert_eq!(exchange.query_value("Q"), None);
        assert_eq!(exchange.content_type(), "application/json");
    }

    #[test]
    fn context() {
        let exchange = example();
        let value = |path| exchange.context_value(path).map(Cow::into_owned);
        assert_eq!(
            value("requestTime").as_deref(),
            Some("22/Nov/2026:12:24:07 +0000")
        );
        assert_eq!(value("requestTimeEpoch").as_deref(), Some("1795350247123"));
        assert_eq!(value("path").as_deref(), Some("/test/pets/7"));
        assert_eq!(value("domainPrefix").as_deref(), Some("api1234567"));
        assert_eq!(value("identity.sourceIp").as_deref(), Some("127.0.0.1"));
        assert_eq!(value("identity.user"), None);
        assert_eq!(value("error.message"), None);
        assert_eq!(value("nothing"), None);
    }

    /// As recorded: `+` is a space, escapes are decoded, order is kept.
    #[test]
    fn queries() {
        let pairs = parse_query("plus=test+alias&email=test%2Balias&url=https://x/&a&=b&&a=2");
        let shown: Vec<_> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let expected = [
            "plus=test alias",
            "email=test+alias",
            "url=https://x/",
            "a=",
            "=b",
            "a=2",
        ];
        assert_eq!(shown, expected);
        assert_eq!(
            parse_query("a=%ff%zz"),
            [("a".to_owned(), "\u{FFFD}%zz".to_owned())]
        );
    }
}
