//! Which requests are traced, and what their spans say of them.

use crate::record::Record;
use crate::reply::is_dynamodb;
use crate::{Front, InvokeTarget, InvokeUrl};
use http::{HeaderMap, Method, StatusCode};
use trace::{Span, TraceHeader};
use wire::ServiceInfo;

const HEADER: &str = "x-amzn-trace-id";

/// The span of a request to a service: of the trace that it names, or of a new one. Requests to
/// DynamoDB begin none: by themselves they have one step, and there are many of them.
pub(crate) fn of_service(
    front: &Front,
    headers: &HeaderMap,
    service: &ServiceInfo,
) -> Option<Span> {
    match header(headers) {
        Some(header) => front.traces.join(header),
        None if is_dynamodb(service) => None,
        None => front.traces.begin(),
    }
}

/// The span of a request to an invoke URL.
pub(crate) fn of_invocation(front: &Front, headers: &HeaderMap) -> Option<Span> {
    match header(headers) {
        Some(header) => front.traces.join(header),
        None => front.traces.begin(),
    }
}

/// Ends the span of a request to a service.
pub(crate) fn end(span: &Span, record: &Record, status: StatusCode) {
    span.note("status", status.as_str());
    span.note("requestId", record.request_id.as_str());
    if let Some(error) = record.error() {
        span.note("error", error);
    }
    let (service, operation) = record.name();
    span.end(format_args!("{service} {operation}"));
}

/// The name of a request to an invoke URL. A link to code has a secret in its path.
pub(crate) fn name(method: &Method, url: &InvokeUrl) -> String {
    match url.target {
        InvokeTarget::FunctionCode(_) => "function code".to_owned(),
        InvokeTarget::Api(_) | InvokeTarget::Domain | InvokeTarget::FunctionUrl(_) => {
            format!("{method} {}", url.path)
        }
    }
}

fn header(headers: &HeaderMap) -> Option<TraceHeader> {
    TraceHeader::parse(headers.get(HEADER)?.to_str().ok()?)
}
