//! The connections that are open, by their ids.

use base::Timestamp;
use parking_lot::Mutex;
use service::SocketMessage;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Messages that wait for one client; a client that does not take them gets no more.
const OUTBOX: usize = 64;

/// What a session is to do besides handling its client's messages.
#[derive(Debug)]
pub enum Order {
    Send(SocketMessage),
    /// Somebody who may has deleted the connection.
    Delete,
}

/// An open connection, as backends see it.
#[derive(Debug)]
pub struct Connection {
    pub api_id: String,
    pub stage: String,
    pub connected_at: Timestamp,
    pub source_ip: String,
    pub user_agent: Option<String>,
    last_active: Mutex<Timestamp>,
    orders: mpsc::Sender<Order>,
}

impl Connection {
    pub fn new(
        exchange: &crate::exchange::Exchange,
        connected_at: Timestamp,
    ) -> (Connection, mpsc::Receiver<Order>) {
        let (orders, outbox) = mpsc::channel(OUTBOX);
        let connection = Connection {
            api_id: exchange.api_id.clone(),
            stage: exchange.stage.clone(),
            connected_at,
            source_ip: exchange.identity.source_ip.clone(),
            user_agent: exchange.identity.user_agent.clone(),
            last_active: Mutex::new(connected_at),
            orders,
        };
        (connection, outbox)
    }

    /// Gives an order; false if too many wait already.
    pub fn order(&self, order: Order) -> bool {
        !matches!(
            self.orders.try_send(order),
            Err(mpsc::error::TrySendError::Full(_))
        )
    }

    pub fn touch(&self, now: Timestamp) {
        *self.last_active.lock() = now;
    }

    pub fn last_active(&self) -> Timestamp {
        *self.last_active.lock()
    }
}

/// All open connections.
#[derive(Debug)]
pub struct Connections {
    open: Mutex<HashMap<String, Arc<Connection>>>,
    /// Each session has a receiver, so this is closed when there are no sessions.
    stopping: watch::Sender<bool>,
}

impl Default for Connections {
    fn default() -> Connections {
        Connections {
            open: Mutex::default(),
            stopping: watch::Sender::new(false),
        }
    }
}

impl Connections {
    pub fn add(&self, id: String, connection: Arc<Connection>) -> watch::Receiver<bool> {
        self.open.lock().insert(id, connection);
        self.stopping.subscribe()
    }

    pub fn remove(&self, id: &str) {
        self.open.lock().remove(id);
    }

    /// The connection with this id to a stage.
    pub fn find(&self, id: &str, api_id: &str, stage: &str) -> Option<Arc<Connection>> {
        let found = self.open.lock().get(id).cloned()?;
        (found.api_id == api_id && found.stage == stage).then_some(found)
    }

    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Ends all sessions, and waits for them.
    pub async fn stop(&self) {
        self.stopping.send_replace(true);
        self.stopping.closed().await;
    }
}
