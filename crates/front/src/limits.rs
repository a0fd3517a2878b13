//! What a client may take: sizes, times, connections.

use std::time::Duration;
use wire::Identified;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Bounds on what clients may use. `Default` is for production; tests shorten the times.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at once. Further ones wait in the kernel's backlog.
    pub connections: usize,
    /// Bytes of one request's head; more is answered 431.
    pub head_bytes: usize,
    /// Bytes of all bodies at once, leaving out small ones. Further ones wait.
    pub body_bytes: usize,
    /// HTTP/2 streams at once on one connection.
    pub streams: u32,
    /// Traces that begin in a second; further requests have none.
    pub traces_per_second: u32,
    /// How long a connection may stay without a complete head, idle between requests included.
    pub head_timeout: Duration,
    /// How long a body may pause.
    pub body_silence_timeout: Duration,
    /// How long a body may take as a whole.
    pub body_timeout: Duration,
    /// How long requests in flight get to end once the server stops.
    pub drain_timeout: Duration,
}

impl Limits {
    /// Less than a hundredth of a core's time.
    pub const TRACES_PER_SECOND: u32 = 1_000;
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 4096,
            head_bytes: 64 * KIB,
            body_bytes: 512 * MIB,
            streams: 256,
            traces_per_second: Limits::TRACES_PER_SECOND,
            head_timeout: Duration::from_secs(60),
            body_silence_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(10 * 60),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// A body this small is taken without counting it against [`Limits::body_bytes`].
pub(crate) const SMALL_BODY: usize = 64 * KIB;

/// The body of a request to an API's or function's URL, as API Gateway and Lambda have it.
pub(crate) const INVOKE_BODY: usize = 10 * MIB;

/// The body of a request in the query protocol, or of one that means nothing here.
pub(crate) const DEFAULT_BODY: usize = MIB;

/// How much of a body that is too large is read and thrown away, so that the client gets to read
/// why: answering earlier would reset the connection under its hands.
pub(crate) const DISCARDED_BODY: usize = 128 * MIB;

/// The largest body that an operation takes.
pub(crate) fn body_limit(operation: Identified) -> usize {
    match (operation.service.name, operation.operation.name) {
        ("dynamodb" | "dynamodbstreams", _) => 16 * MIB,
        ("lambda", "Invoke") => 6 * MIB + 100,
        // 50 MB of zip are nearly 67 MiB of base64.
        ("lambda", "CreateFunction" | "UpdateFunctionCode" | "PublishLayerVersion") => 70 * MIB,
        ("apigateway" | "apigatewayv2", _) => 10 * MIB,
        // A batch is 1 MiB of messages, which JSON escapes at most sixfold.
        ("logs", "PutLogEvents") => 7 * MIB,
        _ => DEFAULT_BODY,
    }
}
