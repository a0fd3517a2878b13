//! Invoke URLs to the services that answer them.

use bytes::Bytes;
use front::{DataPlane, InvokeRequest};
use http::{Response, StatusCode};
use service::BoxFuture;

/// Hands requests to API Gateway's data plane.
pub struct Invocations;

impl DataPlane for Invocations {
    fn execute(&self, _: InvokeRequest) -> BoxFuture<'_, Response<Bytes>> {
        Box::pin(async move {
            let mut response = Response::new(Bytes::from_static(b"{\"message\":\"Forbidden\"}"));
            *response.status_mut() = StatusCode::FORBIDDEN;
            response
        })
    }
}
