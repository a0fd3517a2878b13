//! One message: its route, its integration, and what goes back.

use super::event::{self, Kind, Occasion};
use crate::Gateway;
use crate::execute::Log;
use crate::json::{Dialect, Json};
use crate::lambda_proxy::{self, Encoding};
use crate::v2::compiled::{Compiled, Ready};
use crate::v2::execute::exchange::Exchange;
use crate::v2::execute::failure::Failure;
use crate::v2::execute::{integrate, response};
use crate::v2::selection::{Variable, in_body};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http_event::Answer;
use service::SocketMessage;
use wire::apigatewayv2::IntegrationType;

/// What integrations by template look at of their REST API; a WebSocket API has none of it.
fn bare_api() -> crate::compiled::Api {
    crate::compiled::Api {
        router: std::iter::empty().collect(),
        gateway_responses: Default::default(),
        binary_media_types: Vec::new(),
        disable_execute_api_endpoint: false,
        stream_idle_limit: Default::default(),
        api_key_source: Default::default(),
        policy: crate::compiled::ResourcePolicy::None,
    }
}

/// Hands a message to its route; what comes back goes to the client.
pub async fn run(
    gateway: &Gateway,
    ready: &Ready,
    origin: &Exchange,
    message: SocketMessage,
) -> Option<SocketMessage> {
    let mut exchange = origin.clone();
    let (body, is_binary) = match message {
        SocketMessage::Text(text) => (Bytes::from(text), false),
        SocketMessage::Binary(bytes) => (bytes, true),
    };
    exchange.base.body = body;
    let kind = Kind::Message {
        id: event::new_id(gateway),
        is_binary,
    };
    renew(gateway, &mut exchange, kind);
    let answered = answer(gateway, ready, &mut exchange).await;
    let (status, body) = match answered {
        Ok(answer) => (answer.status, answer.body),
        Err(failure) => {
            if let Some(reason) = &failure.reason {
                tracing::debug!(api = exchange.base.api_id, reason, "a message failed");
            }
            exchange.error = Some(failure.told());
            let id = exchange.connection_id();
            (500, failure.frame(id, &exchange.base.extended_request_id))
        }
    };
    let answer = Answer {
        status,
        headers: Vec::new(),
        body: body.clone(),
    };
    gateway
        .tell_http(ready, &mut exchange, &response(answer))
        .await;
    (!body.is_empty()).then(|| text_or_binary(body))
}

/// Text where it is text.
pub fn text_or_binary(body: Bytes) -> SocketMessage {
    match std::str::from_utf8(&body) {
        Ok(text) => SocketMessage::Text(text.to_owned()),
        Err(_) => SocketMessage::Binary(body),
    }
}

/// Makes an exchange that of something new on its connection.
pub fn renew(gateway: &Gateway, exchange: &mut Exchange, kind: Kind) {
    let Some(occasion) = &exchange.occasion else {
        return;
    };
    let occasion = Occasion {
        kind,
        ..occasion.clone()
    };
    exchange.begin(occasion);
    exchange.base.time = gateway.clock.now();
    exchange.base.request_id = base::RequestId::uuid(&gateway.entropy);
    exchange.base.extended_request_id = event::new_id(gateway);
}

async fn answer(
    gateway: &Gateway,
    ready: &Ready,
    exchange: &mut Exchange,
) -> Result<Answer, Failure> {
    let body = read(&exchange.base.body);
    let found = ready
        .api
        .route_of_message(|variable| value(variable, exchange, body.as_ref()));
    let route = found.ok_or_else(|| Failure::forbidden("no route takes the message"))?;
    exchange.keyed(&route.route.key);
    gateway.throttle_route(ready, route, exchange)?;
    let event = event::event(exchange);
    let mut answer = integrate(gateway, route, exchange, event).await?;
    if !route.messages.as_ref().is_some_and(|it| it.answers) {
        answer.body = Bytes::new();
    }
    Ok(answer)
}

fn read(body: &[u8]) -> Option<Json> {
    let text = std::str::from_utf8(body).ok()?;
    Json::read(text, Dialect::Strict).ok()
}

/// What a selection expression names.
fn value(variable: &Variable, exchange: &Exchange, body: Option<&Json>) -> Option<String> {
    let base = &exchange.base;
    match variable {
        Variable::Body(path) => in_body(path, body),
        Variable::Header(name) => base.header(name).map(str::to_owned),
        Variable::Query(name) => base.query_value(name).map(str::to_owned),
        Variable::Stage(name) => base.stage_variables.get(name).cloned(),
        Variable::Context(path) => exchange.context_value(path).map(|it| it.into_owned()),
        Variable::IntegrationStatus | Variable::IntegrationHeader(_) => None,
    }
}

/// Sends an event or a message to what is behind its route.
pub async fn integrate(
    gateway: &Gateway,
    route: &Compiled,
    exchange: &mut Exchange,
    event: Bytes,
) -> Result<Answer, Failure> {
    let missing = || Failure::broken(500, "No integration defined for route");
    let integration = route.integration.as_ref().ok_or_else(missing)?;
    let started = gateway.clock.now();
    let answered = match integration.kind.0 {
        IntegrationType::AwsProxy => {
            let answered = integrate::invoke(gateway, integration, exchange, event).await;
            answered
                .map_err(|failure| Failure::broken(502, failure.reason.unwrap_or_default()))
                .and_then(|payload| of_function(&payload))
        }
        _ => by_template(gateway, route, exchange).await,
    };
    exchange.integrated(&answered, gateway.clock.now().since(started));
    answered
}

/// What a function answers: as behind a proxy, or nothing that is any of the client's business.
fn of_function(payload: &[u8]) -> Result<Answer, Failure> {
    let text = String::from_utf8_lossy(payload);
    let malformed = |reason: String| Failure::broken(502, reason);
    let parsed = lambda_proxy::parse(&text).map_err(|error| malformed(error.to_string()))?;
    let body = match parsed.base64 {
        Encoding::Text => parsed.body.into(),
        Encoding::Base64 => {
            let decoded = BASE64_STANDARD.decode(&parsed.body);
            decoded
                .map_err(|_| malformed("the body is not Base64".to_owned()))?
                .into()
        }
    };
    Ok(Answer {
        status: parsed.status,
        headers: parsed.headers,
        body,
    })
}

/// Runs an integration by template.
async fn by_template(
    gateway: &Gateway,
    route: &Compiled,
    exchange: &mut Exchange,
) -> Result<Answer, Failure> {
    let body = read(&exchange.base.body);
    let messages = route.messages.as_ref();
    let method =
        messages.and_then(|it| it.method(|variable| value(variable, exchange, body.as_ref())));
    let method = method.ok_or_else(|| Failure::broken(500, "No integration defined for route"))?;
    let (api, mut log) = (bare_api(), Log::off());
    let answered = gateway
        .run_method(&api, method, &exchange.base, None, &mut log)
        .await;
    exchange.base.integration = log.integration.take();
    let response = answered.map_err(|failure| {
        let reason = failure.reason.unwrap_or(failure.message);
        Failure::broken(failure.status.max(500), reason)
    })?;
    Ok(Answer {
        status: response.status,
        headers: response.headers,
        body: response.body,
    })
}
