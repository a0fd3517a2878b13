//! The Runtime API of one instance: HTTP on a listener of its own, through which a runtime
//! takes invocations and posts what becomes of them.
//!
//! One invocation at a time. Knows nothing of time-outs, logs or processes: it passes on what the
//! runtime says and refuses what does not fit the moment, in the words of AWS's own server.

mod state;

pub(super) use state::{Delivery, InitEvent, Reply};

use super::failure::MAX_PAYLOAD_BYTES;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use state::{Refusal, State};
use std::convert::Infallible;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

const PREFIX: &str = "/2018-06-01/runtime/";
/// A response is read to its end, so that the runtime can go on, unless it is larger than this.
const MAX_READ_BYTES: usize = 64 * 1024 * 1024;

/// A listening Runtime API. Dropping it closes all its connections.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    state: Arc<State>,
    _server: JoinSet<()>,
}

impl RuntimeApi {
    /// Serves the runtime that connects to `listener`. The receiver tells how its start went.
    pub fn serve(listener: TcpListener) -> (RuntimeApi, oneshot::Receiver<InitEvent>) {
        let (state, init) = State::new();
        let state = Arc::new(state);
        let mut server = JoinSet::new();
        server.spawn(accept(listener, Arc::clone(&state)));
        let api = RuntimeApi {
            state,
            _server: server,
        };
        (api, init)
    }

    /// Hands the runtime its next invocation; what becomes of it comes through the receiver.
    pub fn deliver(&self, delivery: Delivery) -> oneshot::Receiver<Reply> {
        self.state.deliver(delivery)
    }

    /// Whether the runtime has taken the invocation that was delivered last.
    pub fn is_taken(&self) -> bool {
        self.state.is_taken()
    }
}

async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        // Answers are small and waited for.
        let _ = stream.set_nodelay(true);
        let state = Arc::clone(&state);
        connections.spawn(async move {
            let serve = service_fn(|request| answer(Arc::clone(&state), request));
            let mut http = hyper::server::conn::http1::Builder::new();
            // A connection stays open between invocations for as long as the runtime likes.
            http.header_read_timeout(None);
            // A connection that breaks is the runtime's affair; it will make another.
            let _ = http.serve_connection(TokioIo::new(stream), serve).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// What the runtime wants, from method and path.
enum Route<'a> {
    Next,
    Response { id: &'a str },
    Error { id: &'a str },
    InitError,
}

fn route<'a>(method: &Method, path: &'a str) -> Option<Route<'a>> {
    let path = path.strip_prefix(PREFIX)?;
    let parts: Vec<&str> = path.split('/').collect();
    match (method, parts.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => Some(Route::Next),
        (&Method::POST, ["invocation", id, "response"]) => Some(Route::Response { id }),
        (&Method::POST, ["invocation", id, "error"]) => Some(Route::Error { id }),
        (&Method::POST, ["init", "error"]) => Some(Route::InitError),
        _ => None,
    }
}

async fn answer(
    state: Arc<State>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Some(route) = route(&head.method, head.uri.path()) else {
        return Ok(refuse(&Refusal::UnknownRoute));
    };
    if let Route::Next = route {
        return Ok(match state.next().await {
            Ok(delivery) => next_response(delivery),
            Err(refusal) => refuse(&refusal),
        });
    }
    let Some(body) = read(body).await else {
        return Ok(refuse(&Refusal::Unreadable));
    };
    let accepted = match route {
        Route::Next => Ok(()),
        Route::Response { id } if body.len() > MAX_PAYLOAD_BYTES => {
            state.reply(id, Reply::TooLarge).and(Err(Refusal::TooLarge))
        }
        Route::Response { id } => state.reply(id, Reply::Response(body)),
        Route::Error { id } => state.reply(id, Reply::Error(error_document(body, &head.headers))),
        Route::InitError => state.fail_init(error_document(body, &head.headers)),
    };
    Ok(match accepted {
        Ok(()) => json(StatusCode::ACCEPTED, "{\"status\":\"OK\"}\n".into()),
        Err(refusal) => refuse(&refusal),
    })
}

/// Reads a body; what is beyond the payload limit is read and thrown away. `None` if it breaks
/// off or is far too large.
async fn read(mut body: Incoming) -> Option<Bytes> {
    let mut kept = BytesMut::with_capacity(
        usize::try_from(body.size_hint().lower())
            .ok()?
            .min(64 * 1024),
    );
    let mut read = 0usize;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else {
            continue;
        };
        read = read.saturating_add(data.len());
        if read > MAX_READ_BYTES {
            return None;
        }
        // One byte more than allowed shows that it is too large.
        let room = (MAX_PAYLOAD_BYTES + 1).saturating_sub(kept.len());
        kept.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
    }
    Some(kept.freeze())
}

/// The error that the runtime posted; one made from its headers if it posted none.
fn error_document(body: Bytes, headers: &HeaderMap) -> Bytes {
    if !body.is_empty() {
        return body;
    }
    let name = "lambda-runtime-function-error-type";
    let kind = headers.get(name).and_then(|kind| kind.to_str().ok());
    let document = serde_json::json!({"errorType": kind.unwrap_or("Runtime.Unknown")});
    document.to_string().into()
}

fn next_response(delivery: Delivery) -> Response<Full<Bytes>> {
    let mut response = json(StatusCode::OK, delivery.payload);
    let headers = [
        ("lambda-runtime-aws-request-id", Some(delivery.request_id)),
        (
            "lambda-runtime-deadline-ms",
            Some(delivery.deadline.as_millis().to_string()),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            Some(delivery.invoked_arn),
        ),
        ("lambda-runtime-trace-id", Some(delivery.trace_id)),
        ("lambda-runtime-client-context", delivery.client_context),
    ];
    for (name, value) in headers {
        let value = value.and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok());
        if let Some(value) = value {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
    response
}

fn refuse(refusal: &Refusal) -> Response<Full<Bytes>> {
    let (status, kind, message) = match refusal {
        Refusal::UnknownRoute => (StatusCode::NOT_FOUND, "InvalidPath", "404 page not found"),
        Refusal::UnknownId => (
            StatusCode::BAD_REQUEST,
            "InvalidRequestID",
            "Invalid request ID",
        ),
        Refusal::WrongMoment => (
            StatusCode::FORBIDDEN,
            "InvalidStateTransition",
            "State transition is not allowed",
        ),
        Refusal::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            "Exceeded maximum allowed payload size (6291556 bytes).",
        ),
        Refusal::Unreadable => (
            StatusCode::BAD_REQUEST,
            "InvalidRequest",
            "The body cannot be read",
        ),
    };
    let document = serde_json::json!({"errorMessage": message, "errorType": kind});
    json(status, document.to_string().into())
}

fn json(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}
