//! The handshake that makes a WebSocket of a request: RFC 6455, section 4.
//!
//! Only a request that asks for exactly that is offered to the data plane as such; whoever accepts
//! it gets the socket once the answer is on its way.

use crate::connection::Slot;
use crate::content::Content;
use crate::websocket::WebSocket;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::{
    CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, Method, Response, StatusCode, request};
use hyper::upgrade::OnUpgrade;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use service::Socket;

/// What RFC 6455 appends to a client's key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Bytes of a client's key.
const KEY: usize = 16;

/// A request for a WebSocket.
#[derive(Clone)]
pub struct Upgrade {
    on: OnUpgrade,
    accept: HeaderValue,
    slot: Slot,
}

impl Upgrade {
    /// None if the request does not ask for a WebSocket, or asks in a way that is none.
    pub(crate) fn of(head: &mut request::Parts, slot: Slot) -> Option<Upgrade> {
        let headers = &head.headers;
        let one = |name: &HeaderName| only(headers, name);
        let is_asked = head.method == Method::GET
            && has_token(headers, &CONNECTION, "upgrade")
            && has_token(headers, &UPGRADE, "websocket")
            && one(&SEC_WEBSOCKET_VERSION).is_some_and(|version| version == "13");
        let key = one(&SEC_WEBSOCKET_KEY).filter(|_| is_asked)?;
        let decoded = BASE64_STANDARD.decode(key.as_bytes()).ok()?;
        let accept = (decoded.len() == KEY).then(|| accept(key.as_bytes()))?;
        Some(Upgrade {
            accept: HeaderValue::from_str(&accept).ok()?,
            on: head.extensions.remove::<OnUpgrade>()?,
            slot,
        })
    }

    /// Completes the answer of the handshake, after which `serve` gets the socket.
    pub fn accept<F>(
        self,
        mut response: Response<Content>,
        serve: impl FnOnce(Box<dyn Socket>) -> F + Send + 'static,
    ) -> Response<Content>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(SEC_WEBSOCKET_ACCEPT, self.accept);
        let (on, slot) = (self.on, self.slot);
        tokio::spawn(async move {
            match on.await {
                Ok(upgraded) => serve(Box::new(WebSocket::new(upgraded).await)).await,
                Err(error) => tracing::debug!(%error, "a connection ended in its handshake"),
            }
            drop(slot);
        });
        response
    }
}

/// `Sec-WebSocket-Accept` for a key.
fn accept(key: &[u8]) -> String {
    let text = [key, GUID.as_bytes()].concat();
    BASE64_STANDARD.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, &text))
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a HeaderValue> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value)
}

/// Whether a list in headers has this token, in whatever case.
fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter();
    let mut tokens = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    tokens.any(|found| found.trim().eq_ignore_ascii_case(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard() {
        assert_eq!(
            accept(b"dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        );
    }

    #[test]
    fn tokens() {
        let mut headers = HeaderMap::new();
        headers.insert(CONNECTION, HeaderValue::from_static("keep-alive, Upgrade"));
        assert!(has_token(&headers, &CONNECTION, "upgrade"));
        assert!(!has_token(&headers, &CONNECTION, "up"));
        assert!(!has_token(&headers, &UPGRADE, "websocket"));
    }
}
