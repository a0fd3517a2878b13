//! The small trait by which a WebSocket connection is handed on.

use crate::BoxFuture;
use bytes::Bytes;

/// The server's end of a WebSocket connection. Pings are answered by whoever implements it.
pub trait Socket: Send {
    /// What comes next. Nothing is lost if the future is dropped before it is ready.
    fn receive(&mut self) -> BoxFuture<'_, Received>;

    /// Sends a message; false if the connection is gone, or the client takes nothing.
    fn send(&mut self, message: SocketMessage) -> BoxFuture<'_, bool>;

    /// Ends the connection. Waits a moment for the client to agree.
    fn close(&mut self, closing: Closing) -> BoxFuture<'_, ()>;
}

/// A whole message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketMessage {
    Text(String),
    Binary(Bytes),
}

/// What a client has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received {
    Message(SocketMessage),
    /// A ping or a pong: somebody is there.
    Sign,
    /// The client has ended the connection, or it broke off.
    Closed(Closing),
    /// The client must not send that: the connection is to be closed with this.
    Refused(Closing),
}

/// How a connection ends: a code of RFC 6455 and a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    pub code: u16,
    pub reason: String,
}

impl Closing {
    pub fn new(code: u16, reason: &str) -> Closing {
        Closing {
            code,
            reason: reason.to_owned(),
        }
    }
}
