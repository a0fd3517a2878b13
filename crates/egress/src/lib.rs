//! Requests that leave this process: to HTTP endpoints that users integrate with.
//!
//! Speaks HTTP/1.1, over TLS where the URL says so; keeps connections for the next request;
//! follows no redirect. An answer is bounded in size here and in time by whoever asks. Knows
//! nothing of services or of what is sent.

mod resolver;
mod tls;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use http::header::{HOST, HeaderName, HeaderValue};
use http::response::Parts;
use http::{Method, Request, Uri};
use http_body_util::{BodyDataStream, BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use parking_lot::Mutex;
use resolver::{Resolver, UnknownHost};
use service::{
    BoxFuture, Certificates, ClientIdentity, HttpAnswer, HttpClient, HttpError, HttpOpening,
    HttpRequest,
};
use std::collections::VecDeque;
use std::error::Error as _;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;
use wire::ByteStream;

/// How long a connection is kept without a request.
const IDLE: Duration = Duration::from_secs(30);
/// Connections kept for one endpoint.
const IDLE_CONNECTIONS: usize = 64;
/// Identities whose clients are kept.
const IDENTITIES: usize = 32;

type Connector = HttpConnector<Resolver>;
type Plain = Client<Connector, Full<Bytes>>;
type Tls = Client<HttpsConnector<Connector>, Full<Bytes>>;

/// A client for endpoints of users.
pub struct Egress {
    plain: Plain,
    /// Made when they are first needed: reading a machine's certificates takes milliseconds.
    checked: OnceLock<Result<Tls, HttpError>>,
    unchecked: OnceLock<Result<Tls, HttpError>>,
    /// The latest last.
    identified: Mutex<VecDeque<Identified>>,
}

struct Identified {
    certificates: Certificates,
    identity: ClientIdentity,
    client: Tls,
}

impl Egress {
    pub fn new() -> Egress {
        Egress {
            plain: client(connector()),
            checked: OnceLock::new(),
            unchecked: OnceLock::new(),
            identified: Mutex::default(),
        }
    }

    fn anonymous(&self, certificates: Certificates) -> Result<Tls, HttpError> {
        let made = match certificates {
            Certificates::Checked => &self.checked,
            Certificates::Unchecked => &self.unchecked,
        };
        made.get_or_init(|| over_tls(certificates, None)).clone()
    }

    /// The client of one identity, whose connections nobody else may use.
    fn identified(
        &self,
        certificates: Certificates,
        identity: ClientIdentity,
    ) -> Result<Tls, HttpError> {
        let mut known = self.identified.lock();
        let is = |it: &&Identified| it.certificates == certificates && it.identity == identity;
        if let Some(found) = known.iter().find(is) {
            return Ok(found.client.clone());
        }
        let client = over_tls(certificates, Some(&identity))?;
        if known.len() == IDENTITIES {
            known.pop_front();
        }
        known.push_back(Identified {
            certificates,
            identity,
            client: client.clone(),
        });
        Ok(client)
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpAnswer, HttpError> {
        let limit = request.answer_limit;
        let (head, body) = self.begin(request).await?;
        let body = Limited::new(body, limit).collect().await;
        let body = body.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => HttpError::TooLarge { limit },
            None => HttpError::Broken(error.to_string()),
        })?;
        Ok(HttpAnswer {
            status: head.status.as_u16(),
            headers: texts(&head),
            body: body.to_bytes(),
        })
    }

    async fn opening(&self, request: HttpRequest) -> Result<HttpOpening, HttpError> {
        let (head, body) = self.begin(request).await?;
        let parts = BodyDataStream::new(body).map_err(io::Error::other);
        Ok(HttpOpening {
            status: head.status.as_u16(),
            headers: texts(&head),
            body: ByteStream::new(parts),
        })
    }

    /// Sends a request and waits for the head of its answer.
    async fn begin(&self, request: HttpRequest) -> Result<(Parts, Incoming), HttpError> {
        let certificates = request.certificates;
        let mut request = request;
        let identity = request.identity.take();
        let request = to_http(request)?;
        let answered = match (request.uri().scheme_str(), identity) {
            (Some("http"), _) => self.plain.request(request),
            (_, None) => self.anonymous(certificates)?.request(request),
            (_, Some(identity)) => self.identified(certificates, identity)?.request(request),
        };
        let answered = answered.await;
        Ok(answered.map_err(|error| refused(&error))?.into_parts())
    }
}

fn texts(head: &Parts) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter();
    headers
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect()
}

impl Default for Egress {
    fn default() -> Egress {
        Egress::new()
    }
}

impl HttpClient for Egress {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpAnswer, HttpError>> {
        Box::pin(self.exchange(request))
    }

    fn open(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpOpening, HttpError>> {
        Box::pin(self.opening(request))
    }
}

fn connector() -> Connector {
    let mut connector = HttpConnector::new_with_resolver(Resolver::default());
    connector.set_nodelay(true);
    connector.enforce_http(false);
    connector
}

fn client<C>(connector: C) -> Client<C, Full<Bytes>>
where
    C: Connect + Clone,
{
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        // Some servers still tell `content-type` from `Content-Type`.
        .http1_title_case_headers(true)
        .build(connector)
}

/// Headers that are none are left out, as nothing could be sent in their place.
fn to_http(request: HttpRequest) -> Result<Request<Full<Bytes>>, HttpError> {
    let uri: Uri = request.url.parse().map_err(|_| HttpError::Url)?;
    let known_scheme = matches!(uri.scheme_str(), Some("http" | "https"));
    if !known_scheme || uri.host().is_none_or(str::is_empty) {
        return Err(HttpError::Url);
    }
    let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| HttpError::Url)?;
    let mut out = Request::new(Full::new(request.body));
    *out.method_mut() = method;
    *out.uri_mut() = uri;
    for (name, value) in request.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            match name {
                HOST => drop(out.headers_mut().insert(name, value)),
                name => drop(out.headers_mut().append(name, value)),
            }
        }
    }
    Ok(out)
}

fn over_tls(
    certificates: Certificates,
    identity: Option<&ClientIdentity>,
) -> Result<Tls, HttpError> {
    let connector = tls::connector(certificates, identity, connector());
    connector.map(client).map_err(|error| no_tls(&error))
}

fn no_tls(error: &std::io::Error) -> HttpError {
    HttpError::Unreachable(format!("TLS cannot be used: {error}"))
}

fn refused(error: &Error) -> HttpError {
    let mut deepest = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<UnknownHost>() {
            return HttpError::UnknownHost;
        }
        deepest = inner.to_string();
        cause = inner.source();
    }
    if error.is_connect() {
        HttpError::Unreachable(deepest)
    } else {
        HttpError::Broken(deepest)
    }
}

#[cfg(test)]
mod tests;
