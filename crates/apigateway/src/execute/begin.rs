//! The beginning of an execution: what was received becomes an exchange.

use super::Request;
use crate::Gateway;
use crate::exchange::{Exchange, Identity, parse_query};
use crate::keys::Scope;
use crate::record::Texts;
use base::RequestId;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Headers of the connection, which API Gateway keeps to itself.
const DROPPED: [&str; 12] = [
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "transfer-encoding",
    "trailer",
    "upgrade",
    "www-authenticate",
];

/// What a stage name and the path after it are.
pub fn split_stage(path: &str) -> (&str, &str) {
    let path = path.trim_start_matches('/');
    let end = path.find('/').unwrap_or(path.len());
    path.split_at(end)
}

/// The stage that a request is for.
pub struct Place<'a> {
    pub scope: &'a Scope,
    pub stage: &'a str,
    pub deployment_id: &'a str,
    pub variables: &'a Texts,
    pub client_certificate: Option<&'a str>,
    /// What follows the stage in the request's path.
    pub path: &'a str,
    pub full_path: &'a str,
}

pub fn exchange(gateway: &Gateway, mut request: Request, place: Place<'_>) -> Exchange {
    // Slashes in front survive in the full path only.
    let (full_path, base_path) = match request.mapped.take() {
        Some(mapped) => (mapped.path, Some(mapped.base_path)),
        None => (place.full_path.to_owned(), None),
    };
    let path = format!("/{}", place.path.trim_start_matches('/'));
    let trace_id = trace_id(gateway, &request);
    let source_ip = request
        .source_ip
        .map(|ip| ip.to_string())
        .unwrap_or_default();
    let headers = forwarded(&request, &trace_id, &source_ip);
    let user_agent = header(&headers, "user-agent").map(str::to_owned);
    Exchange {
        account: place.scope.account,
        region: place.scope.region.clone(),
        api_id: request.api_id,
        stage: place.stage.to_owned(),
        deployment_id: place.deployment_id.to_owned(),
        domain_name: request.host,
        request_id: RequestId::uuid(&gateway.entropy),
        extended_request_id: extended_request_id(gateway),
        trace_id,
        time: gateway.clock.now(),
        http_method: request.http_method,
        protocol: request.protocol,
        full_path,
        path,
        query: request
            .query
            .as_deref()
            .map(parse_query)
            .unwrap_or_default(),
        headers,
        body: request.body,
        resource_id: String::new(),
        resource_path: String::new(),
        path_parameters: Vec::new(),
        stage_variables: place.variables.clone(),
        identity: Identity {
            source_ip,
            user_agent,
            ..Identity::default()
        },
        authorization: None,
        usage_key: None,
        error: None,
        outcome: None,
        integration: None,
        client_certificate: place.client_certificate.map(str::to_owned),
        base_path,
        more_context: Vec::new(),
    }
}

/// Sixteen characters of Base64, as in `x-amz-apigw-id`.
pub fn extended_request_id(gateway: &Gateway) -> String {
    BASE64_STANDARD.encode(gateway.entropy.bytes::<11>())
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers
        .iter()
        .rev()
        .find(|(sent, _)| sent.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// The client's trace, or a new one.
fn trace_id(gateway: &Gateway, request: &Request) -> String {
    let sent = header(&request.headers, "x-amzn-trace-id").filter(|id| id.contains("Root="));
    match (sent, trace::current_root()) {
        (Some(sent), _) => sent.to_owned(),
        (None, Some(root)) => format!("Root={root}"),
        (None, None) => new_trace_id(gateway),
    }
}

/// A trace's header, `Root=` and a new id.
pub fn new_trace_id(gateway: &Gateway) -> String {
    let root = trace::TraceId::new(gateway.clock.now(), &gateway.entropy);
    format!("Root={root}")
}

/// The headers that integrations see: the client's, without those of the connection, and where
/// it came from.
fn forwarded(request: &Request, trace_id: &str, source_ip: &str) -> Vec<(String, String)> {
    let (scheme, default_port) = if request.secure {
        ("https", "443")
    } else {
        ("http", "80")
    };
    let port = request
        .host
        .rsplit_once(':')
        .map_or(default_port, |(_, port)| port);
    let kept = |(name, _): &&(String, String)| {
        let dropped = DROPPED
            .iter()
            .any(|dropped| name.eq_ignore_ascii_case(dropped));
        let set = [
            "x-amzn-trace-id",
            "x-forwarded-for",
            "x-forwarded-port",
            "x-forwarded-proto",
        ];
        !dropped && !set.iter().any(|set| name.eq_ignore_ascii_case(set))
    };
    let mut headers: Vec<_> = request.headers.iter().filter(kept).cloned().collect();
    let before = header(&request.headers, "x-forwarded-for");
    let hops = before.map_or_else(
        || source_ip.to_owned(),
        |hops| format!("{hops}, {source_ip}"),
    );
    for (name, value) in [
        ("X-Amzn-Trace-Id", trace_id),
        ("X-Forwarded-For", &hops),
        ("X-Forwarded-Port", port),
        ("X-Forwarded-Proto", scheme),
    ] {
        headers.push((name.to_owned(), value.to_owned()));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages() {
        assert_eq!(split_stage("/test/pets/1"), ("test", "/pets/1"));
        assert_eq!(split_stage("//test//pets"), ("test", "//pets"));
        assert_eq!(split_stage("/test"), ("test", ""));
        assert_eq!(split_stage("/test/"), ("test", "/"));
        assert_eq!(split_stage("/"), ("", ""));
    }
}
