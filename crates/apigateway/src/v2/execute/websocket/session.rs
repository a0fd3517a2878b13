//! A connection's session: its client's messages one after the other, what backends post in
//! between, and its end.

use super::connections::{Connection, Order};
use super::event::{self, Kind};
use super::message;
use crate::Gateway;
use crate::v2::compiled::Ready;
use crate::v2::execute::exchange::Exchange;
use crate::v2::routes::DISCONNECT_KEY;
use service::{BoxFuture, Closing, Received, Socket, SocketMessage};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

/// How long a connection may last, and how long without a sign of its client or its backend.
const LIFE: Duration = Duration::from_secs(2 * 60 * 60);
const IDLE: Duration = Duration::from_secs(10 * 60);

/// Messages of a client that wait for the one at work; no more are read until it is done.
const WAITING: usize = 8;

/// A connection that has been accepted; serve it or drop it.
pub struct Opened {
    gateway: Arc<Gateway>,
    ready: Arc<Ready>,
    /// That of `$connect`, without what belongs to its request alone.
    origin: Exchange,
    connection: Arc<Connection>,
    orders: mpsc::Receiver<Order>,
    stopping: watch::Receiver<bool>,
}

/// What is to be sent, or how the session ends.
enum Step {
    Send(SocketMessage),
    /// The client has ended it, or is gone.
    Gone(Closing),
    End(Closing),
    Nothing,
}

impl Opened {
    pub fn new(gateway: Arc<Gateway>, ready: Arc<Ready>, mut exchange: Exchange) -> Opened {
        let id = exchange.connection_id().to_owned();
        let (connection, orders) = Connection::new(&exchange.base, exchange.base.time);
        let connection = Arc::new(connection);
        let stopping = gateway.connections.add(id, connection.clone());
        exchange.base.headers = Vec::new();
        exchange.base.query = Vec::new();
        // What REST APIs' integrations take from a request's method.
        "POST".clone_into(&mut exchange.base.http_method);
        Opened {
            gateway,
            ready,
            origin: exchange,
            connection,
            orders,
            stopping,
        }
    }

    /// Serves the connection to its end.
    pub async fn serve(mut self: Box<Self>, mut socket: Box<dyn Socket>) {
        let closing = self.talk(&mut *socket).await;
        self.gateway.connections.remove(self.origin.connection_id());
        drop(socket);
        self.disconnected(closing).await;
    }

    async fn talk(&mut self, socket: &mut dyn Socket) -> Closing {
        let end = Instant::now() + LIFE;
        let mut idle_from = Instant::now();
        let mut waiting: VecDeque<SocketMessage> = VecDeque::new();
        let mut at_work: Option<BoxFuture<'_, Option<SocketMessage>>> = None;
        let (gateway, ready, origin) = (&self.gateway, &self.ready, &self.origin);
        loop {
            if at_work.is_none()
                && let Some(message) = waiting.pop_front()
            {
                at_work = Some(Box::pin(message::run(gateway, ready, origin, message)));
            }
            let until = end.min(idle_from + IDLE);
            let step = tokio::select! {
                answer = async {
                    match &mut at_work {
                        Some(work) => work.await,
                        None => std::future::pending().await,
                    }
                } => {
                    at_work = None;
                    answer.map_or(Step::Nothing, Step::Send)
                }
                order = self.orders.recv() => match order {
                    Some(Order::Send(message)) => Step::Send(message),
                    Some(Order::Delete) | None => {
                        Step::End(Closing::new(1000, "Connection Closed Normally"))
                    }
                },
                received = socket.receive(), if waiting.len() < WAITING => {
                    self.connection.touch(gateway.clock.now());
                    idle_from = Instant::now();
                    match received {
                        Received::Message(message) => {
                            waiting.push_back(message);
                            Step::Nothing
                        }
                        Received::Sign => Step::Nothing,
                        Received::Closed(closing) => Step::Gone(closing),
                        Received::Refused(closing) => Step::End(closing),
                    }
                }
                _ = self.stopping.wait_for(|stop| *stop) => {
                    Step::End(Closing::new(1001, "Going away"))
                }
                () = sleep_until(until) => Step::End(Closing::new(1001, "Going away")),
            };
            match step {
                Step::Nothing => {}
                // To one who has ended it, too, the protocol owes an answer.
                Step::Gone(closing) | Step::End(closing) => {
                    socket.close(closing.clone()).await;
                    return closing;
                }
                Step::Send(message) => {
                    if !socket.send(message).await {
                        return Closing::new(1006, "Connection Closed Abnormally");
                    }
                    self.connection.touch(gateway.clock.now());
                    idle_from = Instant::now();
                }
            }
        }
    }

    /// Tells the `$disconnect` route, if there is one. What it answers reaches nobody.
    async fn disconnected(&self, closing: Closing) {
        let Some(route) = self.ready.api.named(DISCONNECT_KEY) else {
            return;
        };
        let mut exchange = self.origin.clone();
        let kind = Kind::Disconnect {
            code: closing.code,
            reason: closing.reason,
        };
        message::renew(&self.gateway, &mut exchange, kind);
        exchange.keyed(DISCONNECT_KEY);
        let host = exchange.base.domain_name.clone();
        let headers = [
            ("Host", host.as_str()),
            ("x-api-key", ""),
            ("X-Forwarded-For", ""),
        ];
        exchange.base.headers = headers
            .into_iter()
            .chain([("x-restapi", "")])
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let event = event::event(&exchange);
        let ran = message::integrate(&self.gateway, route, &mut exchange, event).await;
        if let Err(failure) = &ran {
            let reason = failure.reason.as_deref();
            tracing::debug!(api = exchange.base.api_id, reason, "$disconnect failed");
            exchange.error = Some(failure.told());
        }
        let answer = ran.unwrap_or_else(|failure| failure.answer());
        let response = crate::v2::execute::response(answer);
        self.gateway
            .tell_http(&self.ready, &mut exchange, &response)
            .await;
    }
}

impl Drop for Opened {
    /// A session that is dropped before its end, too, leaves nothing behind.
    fn drop(&mut self) {
        self.gateway.connections.remove(self.origin.connection_id());
    }
}
