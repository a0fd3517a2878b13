//! Accepting connections, and the orderly end.

use crate::admission::{Admission, Entrance};
use crate::connection::{self, Connection};
use crate::workers::Workers;
use crate::{Front, metrics};
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, timeout};

/// How long accepting pauses when the system refuses (it has no file descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Where the server listens.
#[derive(Debug)]
pub struct Listeners {
    pub clients: TcpListener,
    /// For functions alone, where they can be kept to it.
    pub functions: Option<TcpListener>,
}

impl From<TcpListener> for Listeners {
    fn from(clients: TcpListener) -> Listeners {
        Listeners {
            clients,
            functions: None,
        }
    }
}

impl Listeners {
    async fn accept(&self) -> (Entrance, io::Result<(TcpStream, SocketAddr)>) {
        let Some(functions) = &self.functions else {
            return (Entrance::Clients, self.clients.accept().await);
        };
        tokio::select! {
            accepted = self.clients.accept() => (Entrance::Clients, accepted),
            accepted = functions.accept() => (Entrance::Functions, accepted),
        }
    }
}

impl Front {
    /// Serves on `workers` until `stop` comes; then lets requests in flight end, as long as the
    /// limits allow.
    pub async fn serve(
        self: Arc<Self>,
        listeners: Listeners,
        workers: Arc<Workers>,
        stop: impl Future<Output = ()>,
    ) {
        let drain_timeout = self.limits.drain_timeout;
        let mut door = Door::new(self, listeners, workers);
        let served = GracefulShutdown::new();
        door.open(Admission::Everyone, &served, stop).await;
        let drained = async {
            if timeout(drain_timeout, served.shutdown()).await.is_err() {
                tracing::warn!("requests were still in flight when the time to drain was over");
            }
        };
        let late = GracefulShutdown::new();
        door.open(Admission::Functions, &late, drained).await;
        door.connections.shutdown().await;
    }
}

/// The listeners with the connections they have accepted.
struct Door {
    front: Arc<Front>,
    listeners: Listeners,
    workers: Arc<Workers>,
    builder: Arc<Builder<TokioExecutor>>,
    slots: Arc<Semaphore>,
    connections: JoinSet<()>,
}

impl Door {
    fn new(front: Arc<Front>, listeners: Listeners, workers: Arc<Workers>) -> Door {
        Door {
            builder: Arc::new(connection::builder(&front.limits)),
            slots: Arc::new(Semaphore::new(front.limits.connections)),
            connections: JoinSet::new(),
            front,
            listeners,
            workers,
        }
    }

    /// Accepts connections for whom `admission` says, until `until` comes.
    async fn open(
        &mut self,
        admission: Admission,
        graceful: &GracefulShutdown,
        until: impl Future<Output = ()>,
    ) {
        let mut upkeep = interval(metrics::UPKEEP);
        let mut until = pin!(until);
        loop {
            let (slot, entrance, (tcp, peer)) = tokio::select! {
                () = &mut until => return,
                _ = upkeep.tick() => {
                    self.front.metrics.upkeep();
                    continue;
                }
                accepted = accept(&self.listeners, &self.slots) => accepted,
            };
            while self.connections.try_join_next().is_some() {}
            let slot = slot.map(Arc::new);
            let connection = Connection::new(peer, entrance, admission, slot, &self.front.limits);
            let (front, builder) = (self.front.clone(), self.builder.clone());
            let watcher = graceful.watcher();
            // Without a seat or a file there is no connection; the peer sees it closed.
            let (Some(seat), Ok(tcp)) = (self.workers.seat(), tcp.into_std()) else {
                continue;
            };
            let tasks = seat.tasks.clone();
            let serving = async move {
                let _seat = seat;
                // Its readiness is told to the loop that this runs on.
                let Ok(tcp) = TcpStream::from_std(tcp) else {
                    return;
                };
                connection.serve(front, builder, tcp, watcher).await;
            };
            self.connections.spawn_on(serving, &tasks);
        }
    }
}

/// The next connection, once there is room for one. Whatever keeps the system from giving one is
/// taken to pass.
async fn accept(
    listeners: &Listeners,
    slots: &Arc<Semaphore>,
) -> (
    Option<OwnedSemaphorePermit>,
    Entrance,
    (TcpStream, SocketAddr),
) {
    // Nobody closes this semaphore, so there is always a permit in the end.
    let slot = slots.clone().acquire_owned().await.ok();
    loop {
        let (entrance, accepted) = listeners.accept().await;
        match accepted {
            Ok(accepted) => return (slot, entrance, accepted),
            Err(error) if is_of_the_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "connections cannot be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether it was that one connection that failed, before it was ours.
fn is_of_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}
