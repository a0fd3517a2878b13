//! One connection: HTTP/1.1 with keep-alive, or HTTP/2 in prior knowledge.

use crate::admission::{Admission, Entrance};
use crate::content::Sent;
use crate::head_tap::HeadTap;
use crate::stream::Stream;
use crate::{Front, Limits};
use http::{Request, Response, request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::Watcher;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;

/// How often an idle HTTP/2 connection is asked whether it is alive, and how long it may think.
const PING_INTERVAL: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// What the requests of one connection share.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    pub(crate) peer: SocketAddr,
    pub(crate) entrance: Entrance,
    pub(crate) admission: Admission,
    pub(crate) tap: HeadTap,
    /// Its place among the connections there may be; what it is upgraded to keeps it.
    pub(crate) slot: Slot,
}

/// A place among the connections there may be, free again when nobody holds it.
pub(crate) type Slot = Option<Arc<OwnedSemaphorePermit>>;

/// A request whose head has come; its body may still be under way.
pub(crate) struct Arrival<'a> {
    pub(crate) head: request::Parts,
    pub(crate) body: Incoming,
    pub(crate) connection: &'a Connection,
}

/// How connections are served, within `limits`.
pub(crate) fn builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_timeout)
        .max_buf_size(limits.head_bytes)
        // A client that has sent its request may close its side before it reads the answer.
        .half_close(true);
    let head_bytes = u32::try_from(limits.head_bytes).unwrap_or(u32::MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(head_bytes)
        .max_concurrent_streams(limits.streams)
        .keep_alive_interval(PING_INTERVAL)
        .keep_alive_timeout(PING_TIMEOUT);
    builder
}

impl Connection {
    pub(crate) fn new(
        peer: SocketAddr,
        entrance: Entrance,
        admission: Admission,
        slot: Slot,
        limits: &Limits,
    ) -> Connection {
        Connection {
            peer,
            entrance,
            admission,
            tap: HeadTap::new(limits.head_bytes),
            slot,
        }
    }

    /// Serves until the client is done, or until `watcher` says stop and the request in flight is
    /// answered.
    pub(crate) async fn serve(
        self,
        front: Arc<Front>,
        builder: Arc<auto::Builder<TokioExecutor>>,
        tcp: TcpStream,
        watcher: Watcher,
    ) {
        let _ongoing = front.metrics.connection();
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let peer = self.peer;
        let stream = Stream::new(tcp, self.tap.clone(), front.limits.head_timeout);
        let service = service_fn(|request| answer(front.clone(), self.clone(), request));
        let serving = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(serving).await {
            tracing::debug!(%peer, %error, "a connection ended early");
        }
    }
}

async fn answer(
    front: Arc<Front>,
    connection: Connection,
    request: Request<Incoming>,
) -> Result<Response<Sent>, Infallible> {
    let (head, body) = request.into_parts();
    let arrival = Arrival {
        head,
        body,
        connection: &connection,
    };
    Ok(front.respond(arrival).await)
}
