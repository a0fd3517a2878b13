//! Requests to what users deployed: handed over as they came, for none of our protocols applies.

use crate::body::{self, BodyError};
use crate::connection::Arrival;
use crate::limits::INVOKE_BODY;
use crate::record::Record;
use crate::{Front, InvokeUrl};
use base::{RequestId, Timestamp};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, Method, Response, StatusCode, Version};
use service::BoxFuture;
use std::net::IpAddr;

/// Answers requests to invoke URLs; API Gateway implements it, and Lambda for function URLs.
pub trait DataPlane: Send + Sync {
    /// Answers, whatever happens: refusals are answers too.
    fn execute(&self, request: InvokeRequest) -> BoxFuture<'_, Response<Bytes>>;
}

/// A request to an invoke URL. Nothing is decoded or normalised but the framing.
#[derive(Clone, Debug)]
pub struct InvokeRequest {
    pub url: InvokeUrl,
    pub method: Method,
    pub version: Version,
    /// Without the question mark; empty if there is none.
    pub query: String,
    /// As the client spelled the names, in its order. HTTP/2 has no `Host` here.
    pub spelled_headers: Vec<(String, HeaderValue)>,
    pub headers: HeaderMap,
    /// The name the client reached us by, with the port.
    pub host: String,
    pub body: Bytes,
    pub payload: sigv4::PayloadHash,
    pub source_ip: IpAddr,
    pub time: Timestamp,
    pub request_id: RequestId,
}

/// Reads the request whole and hands it over.
pub(crate) async fn run(
    front: &Front,
    arrival: Arrival<'_>,
    url: InvokeUrl,
    record: &mut Record,
) -> Response<Bytes> {
    let Arrival {
        head,
        body,
        connection,
    } = arrival;
    let spelled_headers = connection.tap.spelled(&head.headers);
    let payload = match body::read(body, INVOKE_BODY, &front.limits).await {
        Ok(payload) => payload,
        Err(error) => return refused(&error, record),
    };
    connection.tap.rearm();
    let host = crate::identify::host(&head).unwrap_or_default().to_owned();
    let request = InvokeRequest {
        url,
        query: head.uri.query().unwrap_or_default().to_owned(),
        method: head.method,
        version: head.version,
        spelled_headers,
        headers: head.headers,
        host,
        body: payload.bytes,
        payload: payload.hash,
        source_ip: connection.peer.ip(),
        time: front.clock.now(),
        request_id: record.request_id.clone(),
    };
    front.services.data_plane.execute(request).await
}

/// As API Gateway refuses bodies.
fn refused(error: &BodyError, record: &mut Record) -> Response<Bytes> {
    let (status, code, body) = match error {
        BodyError::TooLarge { .. } => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLarge",
            r#"{"message":"Request Too Long"}"#,
        ),
        BodyError::TimedOut => (
            StatusCode::REQUEST_TIMEOUT,
            "RequestTimeout",
            r#"{"message":"Request Timeout"}"#,
        ),
        BodyError::Broken => (
            StatusCode::BAD_REQUEST,
            "BadRequest",
            r#"{"message":"Bad Request"}"#,
        ),
    };
    record.refused(code);
    let mut response = Response::new(Bytes::from_static(body.as_bytes()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
