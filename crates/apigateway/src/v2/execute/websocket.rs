//! The data plane of WebSocket APIs: a connection from its beginning to its end, and what backends
//! do to it.
//!
//! A connection begins with a request, which `$connect` may refuse ([`Gateway::open`]). Then its
//! session ([`session`]) hands each message to its route ([`message`]), one after the other, and
//! sends what routes answer and what backends post ([`manage`]). Connections live in this process
//! only: none survives it, and each takes bounded memory.

mod connections;
mod event;
mod manage;
mod message;
mod session;

pub use connections::Connections;
pub use event::{Occasion, authorizer_event};
pub use session::Opened;

use super::exchange::Exchange;
use super::failure::Failure;
use crate::Gateway;
use crate::execute::{Request, Response, Signature, split_stage};
use crate::v2::compiled::{Found, Ready};
use crate::v2::routes::CONNECT_KEY;
use event::Kind;
use http_event::Answer;
use std::sync::Arc;

/// What became of a request to open a connection.
pub enum Opening {
    /// With the headers of the handshake's answer.
    Accepted(Vec<(String, String)>, Box<Opened>),
    Refused(Response),
}

/// Headers of a function's answer that go into the handshake's.
const OF_HANDSHAKE: [&str; 1] = ["sec-websocket-protocol"];

/// The selection of API keys by which an authorizer's answer has them; otherwise a header has.
pub const KEY_OF_AUTHORIZER: &str = "$context.authorizer.usageIdentifierKey";

impl Gateway {
    /// Opens a connection, if the request is for a WebSocket API and its `$connect` route allows
    /// it. Any other API answers the request as if it asked for no upgrade.
    pub async fn open(self: &Arc<Self>, request: Request) -> Opening {
        let found = self.http_apis.find(&self.store, &request).await;
        let ready = match found {
            Ok(Found::Ready(ready)) if ready.api.is_websocket() => ready,
            Ok(Found::NoStage) => return Opening::Refused(self.forbidden()),
            _ => return Opening::Refused(self.execute(request).await),
        };
        let (_, rest) = split_stage(&request.path);
        if !matches!(rest, "" | "/") || ready.api.record.disable_execute_api_endpoint {
            return Opening::Refused(self.forbidden());
        }
        if self.connections.is_stopping() {
            let message = "Service Unavailable";
            return Opening::Refused(self.refuse(503, "ServiceUnavailableException", message));
        }
        let signature = request.signature.clone();
        let mut exchange = Exchange::new(self, request, &ready);
        exchange
            .base
            .headers
            .retain(|(name, _)| name != "Content-Length");
        exchange.base.domain_name = self.domain_of(&exchange);
        exchange.begin(Occasion {
            connection_id: event::new_id(self),
            connected_at: exchange.base.time,
            kind: Kind::Connect,
        });
        let connected = self.connect(&ready, &mut exchange, &signature).await;
        let response = match &connected {
            Ok(answer) => super::response(answer.clone()),
            Err(failure) => self.refused(failure.clone(), &mut exchange),
        };
        self.tell_http(&ready, &mut exchange, &response).await;
        if !(200..300).contains(&response.status) {
            return Opening::Refused(response);
        }
        let mut headers = response.headers;
        headers.retain(|(name, _)| OF_HANDSHAKE.iter().any(|it| it.eq_ignore_ascii_case(name)));
        let opened = Opened::new(self.clone(), ready, exchange);
        Opening::Accepted(headers, Box::new(opened))
    }

    /// The host by which backends reach the API: the one the client named, unless that says
    /// nothing of the API.
    fn domain_of(&self, exchange: &Exchange) -> String {
        let base = &exchange.base;
        if base.domain_prefix() == base.api_id || base.base_path.is_some() {
            return base.domain_name.clone();
        }
        let endpoint = self.invoke_endpoint(&base.api_id, &base.region);
        let host = endpoint.split_once("://").map(|(_, host)| host.to_owned());
        host.unwrap_or(endpoint)
    }

    /// Runs the `$connect` route; without one everybody may connect.
    async fn connect(
        &self,
        ready: &Ready,
        exchange: &mut Exchange,
        signature: &Signature,
    ) -> Result<Answer, Failure> {
        let Some(route) = ready.api.named(CONNECT_KEY) else {
            exchange.keyed(CONNECT_KEY);
            return Ok(Answer::new(200, "application/json", bytes::Bytes::new()));
        };
        exchange.keyed(CONNECT_KEY);
        self.throttle_route(ready, route, exchange)?;
        self.recognise(route, exchange, signature).await?;
        if route.route.api_key_required {
            let base = &mut exchange.base;
            let value = match ready.api.record.api_key_selection.as_str() {
                KEY_OF_AUTHORIZER => base.usage_key.clone(),
                _ => base.header("x-api-key").map(str::to_owned),
            };
            self.use_api_key(value, base).await?;
        }
        let event = event::event(exchange);
        let mut answer = message::integrate(self, route, exchange, event).await?;
        // Nothing of the body but its status reaches a client that has not connected yet.
        answer.body = bytes::Bytes::new();
        Ok(answer)
    }

    fn refused(&self, failure: Failure, exchange: &mut Exchange) -> Response {
        if let Some(reason) = &failure.reason {
            tracing::debug!(
                api = exchange.base.api_id,
                reason,
                "a connection is refused"
            );
        }
        exchange.error = Some(failure.told());
        let id = exchange.connection_id().to_owned();
        super::response(failure.answer_on(&id, &exchange.base.extended_request_id))
    }

    /// Ends all connections, as this server goes away; returns once their `$disconnect` routes
    /// have run.
    pub async fn close_connections(&self) {
        self.connections.stop().await;
    }
}
