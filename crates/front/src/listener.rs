//! Accepting connections, and the orderly end.

use crate::{Front, connection, metrics};
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

impl Front {
    /// Serves until `stop` comes; then lets requests in flight end, as long as the limits allow.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, stop: impl Future<Output = ()>) {
        let builder = Arc::new(connection::builder(&self.limits));
        let slots = Arc::new(Semaphore::new(self.limits.connections));
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut upkeep = interval(metrics::UPKEEP);
        let mut stop = pin!(stop);
        loop {
            let (slot, (tcp, peer)) = tokio::select! {
                () = &mut stop => break,
                _ = upkeep.tick() => {
                    self.metrics.upkeep();
                    continue;
                }
                accepted = accept(&listener, &slots) => accepted,
            };
            while connections.try_join_next().is_some() {}
            let serving =
                connection::serve(self.clone(), builder.clone(), tcp, peer, graceful.watcher());
            connections.spawn(async move {
                serving.await;
                drop(slot);
            });
        }
        drop(listener);
        if timeout(self.limits.drain_timeout, graceful.shutdown())
            .await
            .is_err()
        {
            tracing::warn!("requests were still in flight when the time to drain was over");
        }
        connections.shutdown().await;
    }
}

/// The next connection, once there is room for one. Whatever keeps the system from giving one is
/// taken to pass.
async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, (TcpStream, SocketAddr)) {
    // Nobody closes this semaphore, so there is always a permit in the end.
    let slot = slots.clone().acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok(accepted) => return (slot, accepted),
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
