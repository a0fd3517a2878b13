//! The event that a function gets for a request to its URL.

use super::UrlRequest;
use crate::function_url::{UrlAuth, UrlRecord};
use crate::target::Target;
use bytes::Bytes;
use http_event::{Authorizer, Iam, Request};
use service::Caller;

/// The event, as JSON.
pub(super) fn of(
    request: &UrlRequest,
    record: &UrlRecord,
    caller: &Caller,
    target: &Target,
) -> Bytes {
    let account = match record.auth {
        UrlAuth::None => "anonymous".to_owned(),
        UrlAuth::AwsIam => target.scope.account.to_string(),
    };
    let authorizer = match record.auth {
        UrlAuth::None => None,
        UrlAuth::AwsIam => Some(Authorizer::Iam(Iam::from(caller))),
    };
    let event = Request {
        route_key: "$default",
        account_id: &account,
        api_id: &request.id,
        domain_name: request.host.split(':').next().unwrap_or_default(),
        domain_prefix: &request.id,
        stage: "$default",
        method: &request.method,
        raw_path: &request.path,
        raw_query: &request.query,
        headers: &headers(request),
        body: &request.body,
        protocol: request.protocol,
        source_ip: &request.source_ip.to_string(),
        request_id: request.request_id.as_str(),
        time: request.time,
        path_parameters: None,
        stage_variables: None,
        authorizer,
    };
    event.event()
}

/// The headers with what a proxy adds on the way.
fn headers(request: &UrlRequest) -> Vec<(String, String)> {
    let port = request.host.split_once(':').map_or("80", |(_, port)| port);
    let source_ip = request.source_ip.to_string();
    let set = [
        ("host", request.host.as_str()),
        ("x-forwarded-for", &source_ip),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-port", port),
    ];
    let is_set = |name: &str| set.iter().any(|(header, _)| *header == name);
    let sent = request.headers.iter().filter(|(name, _)| !is_set(name));
    let added = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
    sent.cloned().chain(added).collect()
}
