//! The Runtime API of one instance: HTTP on a listener of its own, through which a runtime
//! takes invocations and posts what becomes of them.
//!
//! One invocation at a time. Knows nothing of time-outs, logs or processes: it passes on what the
//! runtime says and refuses what does not fit the moment, in the words of AWS's own server.
//! Extensions have their own APIs on the same listener.

mod extension_api;
mod state;

pub(super) use state::{Delivery, InitEvent, Reply};

use super::deployment::Deployment;
use super::extensions::Extensions;
use super::failure::MAX_PAYLOAD_BYTES;
use super::logbook::Logbook;
use super::telemetry::Telemetry;
use crate::streaming::{Piece, Sink};
use base::Entropy;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
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
/// The largest answer that goes piece by piece.
const MAX_STREAM_BYTES: usize = 200 * 1024 * 1024;
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";
/// Our own runtimes ask with it for the next invocation in place of an acknowledgement: each
/// message wakes a process, which costs more than what is in it.
const AND_NEXT: &str = "fogbank-next";

/// A listening Runtime API. Dropping it closes all its connections.
#[derive(Debug)]
pub(super) struct RuntimeApi {
    state: Arc<State>,
    _server: JoinSet<()>,
}

/// Whom extensions talk to and of.
pub(super) struct Surface {
    pub deployment: Arc<Deployment>,
    pub extensions: Arc<Extensions>,
    pub telemetry: Arc<Telemetry>,
    pub logbook: Arc<Logbook>,
    pub entropy: Entropy,
}

/// What a connection serves.
struct Api {
    state: Arc<State>,
    surface: Surface,
}

impl RuntimeApi {
    /// Serves the runtime that connects to `listener`. The receiver tells how its start went.
    pub fn serve(
        listener: TcpListener,
        surface: Surface,
    ) -> (RuntimeApi, oneshot::Receiver<InitEvent>) {
        let (state, init) = State::new();
        let state = Arc::new(state);
        let mut server = JoinSet::new();
        let api = Api {
            state: Arc::clone(&state),
            surface,
        };
        server.spawn(accept(listener, Arc::new(api)));
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

async fn accept(listener: TcpListener, api: Arc<Api>) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        // Answers are small and waited for.
        let _ = stream.set_nodelay(true);
        let api = Arc::clone(&api);
        connections.spawn(async move {
            let serve = service_fn(|request| answer(Arc::clone(&api), request));
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
    RestoreNext,
    RestoreError,
}

fn route<'a>(method: &Method, path: &'a str) -> Option<Route<'a>> {
    let path = path.strip_prefix(PREFIX)?;
    let parts: Vec<&str> = path.split('/').collect();
    match (method, parts.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => Some(Route::Next),
        (&Method::POST, ["invocation", id, "response"]) => Some(Route::Response { id }),
        (&Method::POST, ["invocation", id, "error"]) => Some(Route::Error { id }),
        (&Method::POST, ["init", "error"]) => Some(Route::InitError),
        (&Method::GET, ["restore", "next"]) => Some(Route::RestoreNext),
        (&Method::POST, ["restore", "error"]) => Some(Route::RestoreError),
        _ => None,
    }
}

async fn answer(
    api: Arc<Api>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    if let Some(route) = extension_api::route(&head.method, head.uri.path()) {
        let Some((body, _)) = read(body).await else {
            return Ok(refuse(&Refusal::Unreadable));
        };
        return Ok(extension_api::answer(&api.surface, route, &head.headers, &body).await);
    }
    let state = &api.state;
    let Some(route) = route(&head.method, head.uri.path()) else {
        return Ok(refuse(&Refusal::UnknownRoute));
    };
    if let Route::Next = route {
        return Ok(next(state).await);
    }
    if let Route::RestoreNext = route {
        // Each instance initialises itself, and goes on at once.
        return Ok(match state.is_starting() {
            true => json(StatusCode::OK, Bytes::new()),
            false => refuse(&Refusal::WrongMoment),
        });
    }
    if let Route::Response { id } = route
        && is_streaming(&head.headers)
        && let Some(sink) = state.sink(id)
    {
        let reply = forward(body, &head.headers, sink).await;
        return Ok(accepted(state.reply(id, reply)));
    }
    let Some((body, trailers)) = read(body).await else {
        return Ok(refuse(&Refusal::Unreadable));
    };
    let taken = match route {
        Route::Next | Route::RestoreNext => Ok(()),
        Route::Response { id } if body.len() > MAX_PAYLOAD_BYTES => {
            state.reply(id, Reply::TooLarge).and(Err(Refusal::TooLarge))
        }
        Route::Response { id } => state.reply(id, ended(trailers.as_ref(), body)),
        Route::Error { id } => state.reply(id, Reply::Error(error_document(body, &head.headers))),
        Route::InitError | Route::RestoreError => {
            state.fail_init(error_document(body, &head.headers))
        }
    };
    if taken.is_ok() && head.headers.contains_key(AND_NEXT) {
        return Ok(next(state).await);
    }
    Ok(accepted(taken))
}

async fn next(state: &State) -> Response<Full<Bytes>> {
    match state.next().await {
        Ok(delivery) => next_response(delivery),
        Err(refusal) => refuse(&refusal),
    }
}

fn accepted(taken: Result<(), Refusal>) -> Response<Full<Bytes>> {
    match taken {
        Ok(()) => accepted_json(),
        Err(refusal) => refuse(&refusal),
    }
}

fn accepted_json() -> Response<Full<Bytes>> {
    json(StatusCode::ACCEPTED, "{\"status\":\"OK\"}\n".into())
}

fn is_streaming(headers: &HeaderMap) -> bool {
    let mode = headers.get("lambda-runtime-function-response-mode");
    mode.is_some_and(|mode| mode.as_bytes().eq_ignore_ascii_case(b"streaming"))
}

/// Passes an answer on as it comes, to its end; goes on reading if nobody takes it any more.
async fn forward(mut body: Incoming, headers: &HeaderMap, sink: Sink) -> Reply {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok());
    let content_type = content_type.map(str::to_owned);
    let _ = sink.send(Piece::Head { content_type }).await;
    let mut sent = 0usize;
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(_) => return Reply::Error(truncated()),
        };
        match frame.into_data() {
            Ok(data) => {
                sent = sent.saturating_add(data.len());
                if sent > MAX_STREAM_BYTES {
                    return Reply::TooLarge;
                }
                let _ = sink.send(Piece::Data(data)).await;
            }
            Err(frame) => return ended(frame.into_trailers().ok().as_ref(), Bytes::new()),
        }
    }
    Reply::Response(Bytes::new())
}

/// The answer, unless what stands behind it says that the function failed on the way.
fn ended(trailers: Option<&HeaderMap>, body: Bytes) -> Reply {
    let failed = trailers.filter(|trailers| trailers.contains_key(ERROR_TYPE));
    let Some(trailers) = failed else {
        return Reply::Response(body);
    };
    let document = trailers.get("lambda-runtime-function-error-body");
    let document = document.and_then(|body| BASE64.decode(body.as_bytes()).ok());
    Reply::Error(error_document(
        document.unwrap_or_default().into(),
        trailers,
    ))
}

/// What is told of an answer that breaks off.
fn truncated() -> Bytes {
    let document = serde_json::json!({
        "errorType": "Runtime.TruncatedResponse",
        "errorMessage": "The response broke off before its end",
    });
    document.to_string().into()
}

/// Reads a body and what stands behind it; what is beyond the payload limit is read and thrown
/// away. `None` if it breaks off or is far too large.
async fn read(mut body: Incoming) -> Option<(Bytes, Option<HeaderMap>)> {
    let mut kept = BytesMut::with_capacity(
        usize::try_from(body.size_hint().lower())
            .ok()?
            .min(64 * 1024),
    );
    let mut read = 0usize;
    let mut trailers = None;
    while let Some(frame) = body.frame().await {
        let data = match frame.ok()?.into_data() {
            Ok(data) => data,
            Err(frame) => {
                trailers = frame.into_trailers().ok();
                continue;
            }
        };
        read = read.saturating_add(data.len());
        if read > MAX_READ_BYTES {
            return None;
        }
        // One byte more than allowed shows that it is too large.
        let room = (MAX_PAYLOAD_BYTES + 1).saturating_sub(kept.len());
        kept.extend_from_slice(data.get(..room.min(data.len())).unwrap_or_default());
    }
    Some((kept.freeze(), trailers))
}

/// The error that the runtime posted; one made from its headers if it posted none.
fn error_document(body: Bytes, headers: &HeaderMap) -> Bytes {
    if !body.is_empty() {
        return body;
    }
    let kind = headers.get(ERROR_TYPE).and_then(|kind| kind.to_str().ok());
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
