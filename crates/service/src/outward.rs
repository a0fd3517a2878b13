//! Requests that a service makes itself: to HTTP endpoints of users, and to its neighbours in
//! the form that they have over HTTP.

use crate::{BoxFuture, Caller};
use base::Secret;
use bytes::Bytes;
use wire::ByteStream;

/// Sends requests to HTTP endpoints. Follows no redirect and never retries what may have had an
/// effect.
pub trait HttpClient: Send + Sync {
    /// Waits as long as it takes: whoever asks sets the time.
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpAnswer, HttpError>>;

    /// As [`HttpClient::send`], but waits for the head of the answer only, whose body may be of any
    /// size.
    fn open(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpOpening, HttpError>>;
}

/// A request to an HTTP endpoint. It has no `Debug`: headers carry credentials.
#[derive(Clone)]
pub struct HttpRequest {
    pub method: String,
    /// `http://` or `https://`, percent-encoded, with the query.
    pub url: String,
    /// `Host` is taken from the URL unless it is here.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// The largest body of an answer, in bytes.
    pub answer_limit: usize,
    pub certificates: Certificates,
    /// Who asks, where the endpoint wants to know over TLS.
    pub identity: Option<ClientIdentity>,
}

/// What a client shows of itself over TLS, in PEM form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientIdentity {
    pub certificate: String,
    pub private_key: Secret,
}

/// Whether an endpoint has to prove who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Certificates {
    #[default]
    Checked,
    Unchecked,
}

/// An answer over HTTP. Names of headers are in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// An answer over HTTP whose body is still coming; an error breaks it off.
#[derive(Clone, Debug)]
pub struct HttpOpening {
    pub status: u16,
    /// Their names are in lower case.
    pub headers: Vec<(String, String)>,
    pub body: ByteStream,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    #[error("not a URL that can be requested")]
    Url,
    #[error("the name of the host cannot be resolved")]
    UnknownHost,
    #[error("no connection: {0}")]
    Unreachable(String),
    #[error("no whole answer: {0}")]
    Broken(String),
    #[error("the answer is larger than {limit} bytes")]
    TooLarge { limit: usize },
}

/// Calls operations of this stack's services as they are called over HTTP. The front implements
/// it.
pub trait Calls: Send + Sync {
    /// Decodes, authorises as `caller`, operates and encodes; a refusal is an answer too.
    fn call<'a>(
        &'a self,
        caller: Caller,
        request: ServiceRequest,
    ) -> BoxFuture<'a, Result<HttpAnswer, NotHere>>;
}

/// A request to a service of this stack.
#[derive(Clone, Debug)]
pub struct ServiceRequest {
    /// The service's name in its host name: `dynamodb`, `logs`.
    pub service: String,
    pub wanted: Wanted,
    pub method: String,
    /// Without the question mark, percent-encoded.
    pub query: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// How a request says what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The operation by its name, whatever the service's protocol.
    Action(String),
    /// As the service's protocol has it; this is the path.
    Path(String),
}

/// There is nothing in this stack that could answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotHere {
    #[error("the service {0}")]
    Service(String),
    #[error("the operation {operation} of {service}")]
    Operation { service: String, operation: String },
}
