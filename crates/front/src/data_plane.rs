//! Requests to what users deployed: handed over as they came, for none of our protocols applies.

use crate::admission::Admission;
use crate::authenticate::{self, Refusal};
use crate::body::BodyError;
use crate::connection::Arrival;
use crate::content::Content;
use crate::limits::INVOKE_BODY;
use crate::pipeline::Accepted;
use crate::record::Record;
use crate::reply::gateway_error;
use crate::upgrade::Upgrade;
use crate::{Front, InvokeTarget, InvokeUrl};
use base::{RequestId, Timestamp};
use bytes::Bytes;
use http::header::HeaderValue;
use http::{Method, Response, StatusCode, Version};
use service::{BoxFuture, Caller};
use std::net::IpAddr;

/// Answers requests to invoke URLs; API Gateway implements it, and Lambda for function URLs.
pub trait DataPlane: Send + Sync {
    /// Answers, whatever happens: refusals are answers too.
    fn execute(&self, request: InvokeRequest) -> BoxFuture<'_, Response<Content>>;

    /// Refuses a request whose body is larger than any that is invoked with.
    fn refuse_large<'a>(&'a self, target: &'a InvokeTarget) -> BoxFuture<'a, Response<Content>>;

    /// Whether a host name, in lower case and without a port, is a domain name of a user's.
    fn serves<'a>(&'a self, domain_name: &'a str) -> BoxFuture<'a, bool>;
}

/// A request to an invoke URL. Nothing is decoded or normalised but the framing. It has no `Debug`:
/// headers carry credentials.
#[derive(Clone)]
pub struct InvokeRequest {
    pub url: InvokeUrl,
    pub method: Method,
    pub version: Version,
    /// Without the question mark; empty if there is none.
    pub query: String,
    /// As the client spelled the names, in its order. HTTP/2 has no `Host` here.
    pub headers: Vec<(String, HeaderValue)>,
    /// The name the client reached us by, with the port.
    pub host: String,
    pub body: Bytes,
    pub source_ip: IpAddr,
    pub time: Timestamp,
    pub request_id: RequestId,
    pub signature: Signature,
    /// If the client asks for a WebSocket.
    pub upgrade: Option<Upgrade>,
}

/// What became of a request's signature. Whether it matters is for whoever answers to say.
#[derive(Clone)]
pub enum Signature {
    Absent,
    Valid(Box<Caller>),
    Refused(sigv4::Error),
    /// It could not be found out.
    Unknown,
}

/// Reads the request whole and hands it over.
pub(crate) async fn run(
    front: &Front,
    arrival: Arrival<'_>,
    url: InvokeUrl,
    record: &mut Record,
) -> Response<Content> {
    let Arrival {
        mut head,
        body,
        connection,
    } = arrival;
    let upgrade = Upgrade::of(&mut head, connection.slot.clone());
    let headers = connection.tap.spelled(&head.headers);
    let read = front.bodies.read(body, INVOKE_BODY).await;
    connection.tap.rearm();
    let payload = match read {
        Ok(payload) => payload,
        Err(BodyError::TooLarge { .. }) => {
            record.refused("RequestTooLarge");
            return front.services.data_plane.refuse_large(&url.target).await;
        }
        Err(error) => return refused(&error, record).map(Content::from),
    };
    if connection.admission != Admission::Everyone {
        record.refused("ServiceUnavailable");
        return gateway_error(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable")
            .map(Content::from);
    }
    let host = crate::identify::host(&head).unwrap_or_default().to_owned();
    let accepted = Accepted {
        head,
        payload,
        peer: connection.peer.ip(),
        entrance: connection.entrance,
        admission: connection.admission,
        time: front.clock.now(),
    };
    let signature = signature(front, &accepted, url.target.signing_name(), record).await;
    let Accepted { head, payload, .. } = accepted;
    let request = InvokeRequest {
        url,
        query: head.uri.query().unwrap_or_default().to_owned(),
        method: head.method,
        version: head.version,
        headers,
        host,
        body: payload.bytes.clone(),
        source_ip: accepted.peer,
        time: accepted.time,
        request_id: record.request_id.clone(),
        signature,
        upgrade,
    };
    let _room = payload.room;
    front.services.data_plane.execute(request).await
}

/// Checks the signature of a request, if it has one.
async fn signature(
    front: &Front,
    request: &Accepted,
    signing_name: &str,
    record: &mut Record,
) -> Signature {
    match authenticate::caller(front, request, signing_name, &record.request_id).await {
        Ok(caller) => {
            record.authenticated(&caller);
            Signature::Valid(Box::new(caller))
        }
        Err(Refusal::Signature(sigv4::Error::Unsigned)) => Signature::Absent,
        Err(Refusal::Signature(error)) => Signature::Refused(error),
        Err(Refusal::Fault(fault)) => {
            tracing::error!(%fault, "a signature cannot be checked");
            Signature::Unknown
        }
    }
}

/// As API Gateway refuses bodies that do not come.
fn refused(error: &BodyError, record: &mut Record) -> Response<Bytes> {
    let (status, code, message) = match error {
        BodyError::TimedOut => (
            StatusCode::REQUEST_TIMEOUT,
            "RequestTimeout",
            "Request Timeout",
        ),
        BodyError::TooLarge { .. } | BodyError::Broken => {
            (StatusCode::BAD_REQUEST, "BadRequest", "Bad Request")
        }
    };
    record.refused(code);
    gateway_error(status, message)
}
