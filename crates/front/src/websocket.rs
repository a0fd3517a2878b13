//! A WebSocket as services see it, within API Gateway's limits: the protocol itself is
//! `tungstenite`'s.

use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use service::{BoxFuture, Closing, Received, Socket, SocketMessage};
use std::time::Duration;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// The largest message of a client, and the largest frame of one, in bytes.
const MESSAGE: usize = 128 * 1024;
const FRAME: usize = 32 * 1024;

/// What a connection reads at once; thousands of them wait for their clients.
const READ_BUFFER: usize = 4 * 1024;

/// How long a client may take to read a message, and to agree to the end.
const SEND_TIMEOUT: Duration = Duration::from_secs(30);
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

pub(crate) struct WebSocket(WebSocketStream<TokioIo<Upgraded>>);

impl WebSocket {
    pub(crate) async fn new(upgraded: Upgraded) -> WebSocket {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(MESSAGE))
            .max_frame_size(Some(FRAME));
        let io = TokioIo::new(upgraded);
        WebSocket(WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await)
    }
}

/// What a message or an error means.
fn received(next: Option<Result<Message, Error>>) -> Received {
    match next {
        Some(Ok(Message::Text(text))) => {
            Received::Message(SocketMessage::Text(text.as_str().to_owned()))
        }
        Some(Ok(Message::Binary(bytes))) => Received::Message(SocketMessage::Binary(bytes)),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Received::Sign,
        Some(Ok(Message::Close(Some(frame)))) => {
            Received::Closed(Closing::new(frame.code.into(), frame.reason.as_str()))
        }
        Some(Ok(Message::Close(None))) => {
            Received::Closed(Closing::new(1005, "Client-side close frame status not set"))
        }
        Some(Err(Error::Capacity(_))) => Received::Refused(Closing::new(1009, "Message too big")),
        Some(Err(Error::Utf8(_))) => Received::Refused(Closing::new(1007, "Invalid UTF-8")),
        Some(Err(Error::Protocol(error))) => {
            tracing::debug!(%error, "a client does not speak the protocol");
            Received::Refused(Closing::new(1002, "Protocol error"))
        }
        Some(Err(_)) | None => Received::Closed(Closing::new(1006, "Connection Closed Abnormally")),
    }
}

impl Socket for WebSocket {
    fn receive(&mut self) -> BoxFuture<'_, Received> {
        Box::pin(async { received(self.0.next().await) })
    }

    fn send(&mut self, message: SocketMessage) -> BoxFuture<'_, bool> {
        let message = match message {
            SocketMessage::Text(text) => Message::text(text),
            SocketMessage::Binary(bytes) => Message::Binary(bytes),
        };
        Box::pin(async move {
            let sent = timeout(SEND_TIMEOUT, self.0.send(message)).await;
            matches!(sent, Ok(Ok(())))
        })
    }

    fn close(&mut self, closing: Closing) -> BoxFuture<'_, ()> {
        let frame = CloseFrame {
            code: CloseCode::from(closing.code),
            reason: closing.reason.into(),
        };
        Box::pin(async move {
            let closed = timeout(CLOSE_TIMEOUT, async {
                // Refused where the client was first: then an answer waits, which reading sends.
                let _ = self.0.close(Some(frame)).await;
                // What the client has still sent is read, so that it gets to read the end.
                while let Some(next) = self.0.next().await {
                    next?;
                }
                Ok::<(), Error>(())
            });
            if let Ok(Err(error)) = closed.await {
                tracing::debug!(%error, "a connection ended without agreement");
            }
        })
    }
}
