//! Our own endpoints, outside of every AWS protocol: health and metrics.

use crate::admission::Admission;
use crate::{Metrics, Services};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Response, StatusCode};
use wire::JsonWriter;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Health,
    Metrics,
}

impl Endpoint {
    /// The paths are ours, and those that other local AWS servers have for the same.
    pub(crate) fn of(method: &Method, path: &str) -> Option<Endpoint> {
        if method != Method::GET && method != Method::HEAD {
            return None;
        }
        match path {
            "/_fogbank/health" | "/_localstack/health" | "/health" => Some(Endpoint::Health),
            "/_fogbank/metrics" => Some(Endpoint::Metrics),
            _ => None,
        }
    }

    pub(crate) fn answer(
        self,
        services: &Services,
        metrics: &Metrics,
        admission: Admission,
    ) -> Response<Bytes> {
        let stopping = admission == Admission::Functions;
        let (status, content_type, body) = match self {
            Endpoint::Health if stopping => (
                StatusCode::SERVICE_UNAVAILABLE,
                "application/json",
                health("stopping", services),
            ),
            Endpoint::Health => (StatusCode::OK, "application/json", health("ok", services)),
            Endpoint::Metrics => (
                StatusCode::OK,
                "text/plain; version=0.0.4; charset=utf-8",
                Bytes::from(metrics.render()),
            ),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let content_type = HeaderValue::from_static(content_type);
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        response
    }
}

/// `{"status":"ok","version":"0.1.0","services":{"dynamodb":"available",...}}`.
fn health(status: &str, services: &Services) -> Bytes {
    let mut out = JsonWriter::new();
    out.object(|out| {
        out.key("status");
        out.string(status);
        out.key("version");
        out.string(env!("CARGO_PKG_VERSION"));
        out.key("services");
        out.object(|out| {
            for service in services.names() {
                out.key(service);
                out.string("available");
            }
        });
    });
    out.finish()
}
