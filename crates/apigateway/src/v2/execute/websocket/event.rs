//! What functions are told of a connection's beginning, messages and end.
//!
//! Members and their order are those of events that the real service sends; what does not belong
//! to an occasion is left out, not null.

use crate::Gateway;
use crate::exchange::IDENTITY_MEMBERS;
use crate::v2::execute::exchange::Exchange;
use crate::v2::execute::pairs::{All, Last, all, last, sent};
use base::Timestamp;
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use bytes::Bytes;
use serde::Serialize;
use std::collections::BTreeMap;

/// Something that happens on a connection.
#[derive(Debug, Clone)]
pub struct Occasion {
    pub connection_id: String,
    pub connected_at: Timestamp,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub enum Kind {
    Connect,
    Message { id: String, is_binary: bool },
    Disconnect { code: u16, reason: String },
}

impl Kind {
    fn as_str(&self) -> &'static str {
        match self {
            Kind::Connect => "CONNECT",
            Kind::Message { .. } => "MESSAGE",
            Kind::Disconnect { .. } => "DISCONNECT",
        }
    }
}

/// An id of a connection or of a message: sixteen characters.
pub fn new_id(gateway: &Gateway) -> String {
    BASE64_URL_SAFE.encode(gateway.entropy.bytes::<11>())
}

impl Exchange {
    /// Remembers what happens, and what `$context` says of it.
    pub fn begin(&mut self, occasion: Occasion) {
        let text = str::to_owned;
        let mut more = vec![
            ("connectionId", occasion.connection_id.clone()),
            ("connectedAt", occasion.connected_at.as_millis().to_string()),
            ("eventType", text(occasion.kind.as_str())),
            ("messageDirection", text("IN")),
        ];
        match &occasion.kind {
            Kind::Connect => {}
            Kind::Message { id, .. } => more.push(("messageId", id.clone())),
            Kind::Disconnect { code, reason } => {
                more.push(("disconnectStatusCode", code.to_string()));
                more.push(("disconnectReason", reason.clone()));
            }
        }
        self.base.more_context = more;
        self.occasion = Some(occasion);
    }

    /// Remembers the key of the route that is taken.
    pub fn keyed(&mut self, key: &str) {
        key.clone_into(&mut self.route_key);
        key.clone_into(&mut self.base.resource_path);
        let more = &mut self.base.more_context;
        more.retain(|(name, _)| *name != "routeKey");
        more.push(("routeKey", key.to_owned()));
    }

    /// Empty where there is no connection.
    pub fn connection_id(&self) -> &str {
        let occasion = self.occasion.as_ref();
        occasion.map_or("", |occasion| &occasion.connection_id)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headers: Option<Last<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_headers: Option<All<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    query_string_parameters: Option<Last<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multi_value_query_string_parameters: Option<All<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage_variables: Option<&'a BTreeMap<String, String>>,
    request_context: Context<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_base64_encoded: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Context<'a> {
    route_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorizer: Option<BTreeMap<&'a str, std::borrow::Cow<'a, str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_status_code: Option<u16>,
    event_type: &'static str,
    extended_request_id: &'a str,
    request_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnect_reason: Option<&'a str>,
    message_direction: &'static str,
    stage: &'a str,
    connected_at: i64,
    request_time_epoch: i64,
    identity: Last<'a>,
    request_id: &'a str,
    domain_name: &'a str,
    connection_id: &'a str,
    api_id: &'a str,
}

/// The event of an integration's function.
pub fn event(exchange: &Exchange) -> Bytes {
    let Some(occasion) = &exchange.occasion else {
        return Bytes::new();
    };
    let event = Event {
        is_base64_encoded: Some(false),
        ..of(exchange, occasion)
    };
    let written = match &occasion.kind {
        Kind::Connect => serde_json::to_vec(&Event {
            query_string_parameters: last(sent(&exchange.base.query)),
            multi_value_query_string_parameters: all(sent(&exchange.base.query)),
            ..event
        }),
        Kind::Message { is_binary, .. } => serde_json::to_vec(&Event {
            headers: None,
            multi_value_headers: None,
            body: Some(match is_binary {
                true => BASE64_STANDARD.encode(&exchange.base.body),
                false => exchange.base.body_text().into_owned(),
            }),
            is_base64_encoded: Some(*is_binary),
            ..event
        }),
        Kind::Disconnect { .. } => serde_json::to_vec(&event),
    };
    written.unwrap_or_default().into()
}

/// The event of a REQUEST authorizer's function.
pub fn authorizer_event(exchange: &Exchange, method_arn: &str) -> Bytes {
    let Some(occasion) = &exchange.occasion else {
        return Bytes::new();
    };
    let query = &exchange.base.query;
    let event = Event {
        kind: Some("REQUEST"),
        method_arn: Some(method_arn),
        query_string_parameters: Some(last(sent(query)).unwrap_or_default()),
        multi_value_query_string_parameters: Some(all(sent(query)).unwrap_or_default()),
        stage_variables: Some(&exchange.base.stage_variables),
        ..of(exchange, occasion)
    };
    serde_json::to_vec(&event).unwrap_or_default().into()
}

/// What all events have.
fn of<'a>(exchange: &'a Exchange, occasion: &'a Occasion) -> Event<'a> {
    let variables = &exchange.base.stage_variables;
    Event {
        kind: None,
        method_arn: None,
        headers: last(sent(&exchange.base.headers)),
        multi_value_headers: all(sent(&exchange.base.headers)),
        query_string_parameters: None,
        multi_value_query_string_parameters: None,
        stage_variables: Some(variables).filter(|variables| !variables.is_empty()),
        request_context: context(exchange, occasion),
        body: None,
        is_base64_encoded: None,
    }
}

fn context<'a>(exchange: &'a Exchange, occasion: &'a Occasion) -> Context<'a> {
    let base = &exchange.base;
    let (code, reason) = match &occasion.kind {
        Kind::Disconnect { code, reason } => (Some(*code), Some(reason.as_str())),
        _ => (None, None),
    };
    let authorizer = base.authorization.as_ref();
    let identity = IDENTITY_MEMBERS.into_iter();
    Context {
        route_key: &exchange.route_key,
        authorizer: authorizer.map(|it| it.members().into_iter().collect()),
        message_id: match &occasion.kind {
            Kind::Message { id, .. } => Some(id),
            _ => None,
        },
        disconnect_status_code: code,
        event_type: occasion.kind.as_str(),
        extended_request_id: &base.extended_request_id,
        request_time: base.time.common_log(),
        disconnect_reason: reason,
        message_direction: "IN",
        stage: &base.stage,
        connected_at: occasion.connected_at.as_millis(),
        request_time_epoch: base.time.as_millis(),
        identity: identity
            .filter_map(|name| Some((name, base.identity_value(name)?)))
            .collect(),
        request_id: &base.extended_request_id,
        domain_name: &base.domain_name,
        connection_id: &occasion.connection_id,
        api_id: &base.api_id,
    }
}
