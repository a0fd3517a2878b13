//! `Events` of a serverless function. Only `Api`, `HttpApi` and `DynamoDB` events are carried out.

use super::api_auth;
use super::api_request::Requests;
use super::http_auth::EventAuth;
use super::stream::StreamEvent;
use crate::document::{Map, Mark, Node};
use crate::error::{Problem, TemplateError};
use crate::fields::Fields;
use crate::intrinsic::{Intrinsic, intrinsic};
use crate::template::{text, wrong_type, wrong_value};

/// What calls a function.
pub(super) enum Event {
    Api(ApiEvent),
    HttpApi(HttpEvent),
    Stream(StreamEvent),
}

/// A route of an HTTP API that calls a function.
pub(super) struct HttpEvent {
    pub name: String,
    pub mark: Mark,
    /// Path, and method in lower case, `any` for all; none for the default route.
    pub route: Option<(String, String)>,
    /// The logical id of an API of the template; none for the implicit one.
    pub api: Option<String>,
    pub payload_format: Option<String>,
    pub timeout: Option<Node>,
    pub auth: EventAuth,
}

/// A path and method of a REST API that call a function.
pub(super) struct ApiEvent {
    pub name: String,
    pub mark: Mark,
    pub path: String,
    /// Lower case, `any` for all.
    pub method: String,
    /// The logical id of an API of the template; none for the implicit one.
    pub api: Option<String>,
    pub auth: api_auth::EventAuth,
    pub requests: Requests,
    pub timeout: Option<Node>,
    /// Whether the answer is to be passed on while it comes.
    pub streams: bool,
}

const METHODS: [&str; 8] = [
    "any", "delete", "get", "head", "options", "patch", "post", "put",
];

pub(super) fn read(events: &Map) -> Result<Vec<Event>, TemplateError> {
    let events = events.iter().map(|(key, node)| {
        let mut fields = Fields::of(format!("the event {}", key.text), node)?;
        let kind = fields.required("Type")?;
        let name = text(kind, "Type of an event")?;
        if !["Api", "HttpApi", "DynamoDB"].contains(&name) {
            let what = format!("the event type {name:?}");
            return Err(TemplateError::not_supported(kind.mark, what));
        }
        let properties = fields.object("Properties")?;
        fields.finish()?;
        if name == "HttpApi" {
            return http_event(&key.text, key.mark, properties).map(Event::HttpApi);
        }
        let Some(properties) = properties else {
            let (owner, name) = (format!("the event {}", key.text), "Properties".to_owned());
            return Err(Problem::MissingProperty { owner, name }.at(key.mark));
        };
        match name {
            "DynamoDB" => StreamEvent::read(&key.text, key.mark, properties).map(Event::Stream),
            _ => api_event(&key.text, key.mark, properties).map(Event::Api),
        }
    });
    events.collect()
}

fn api_event(name: &str, mark: Mark, mut fields: Fields<'_>) -> Result<ApiEvent, TemplateError> {
    let path = fields.required_text("Path")?;
    let method = method(&mut fields)?;
    let api = fields.node("RestApiId");
    let api = api.map(|node| api_name("RestApiId", node)).transpose()?;
    let auth = fields.object("Auth")?.map(api_auth::EventAuth::read);
    let auth = auth.transpose()?.unwrap_or_default();
    let requests = Requests::read(&mut fields)?;
    let timeout = fields.node("TimeoutInMillis").cloned();
    let streams = streams(&mut fields)?;
    fields.finish()?;
    Ok(ApiEvent {
        name: name.to_owned(),
        mark,
        path,
        method,
        api,
        auth,
        requests,
        timeout,
        streams,
    })
}

/// Reads `ResponseTransferMode`.
fn streams(fields: &mut Fields<'_>) -> Result<bool, TemplateError> {
    const NAME: &str = "ResponseTransferMode";
    let Some(mark) = fields.node(NAME).map(|node| node.mark) else {
        return Ok(false);
    };
    match fields.required_text(NAME)?.as_str() {
        "STREAM" => Ok(true),
        "BUFFERED" => Ok(false),
        other => Err(wrong_value(mark, NAME, "BUFFERED or STREAM", other)),
    }
}

/// In lower case.
fn method(fields: &mut Fields<'_>) -> Result<String, TemplateError> {
    let mark = fields.required("Method")?.mark;
    let method = fields.required_text("Method")?.to_ascii_lowercase();
    match METHODS.contains(&method.as_str()) {
        true => Ok(method),
        false => Err(wrong_value(
            mark,
            "Method",
            "an HTTP method or ANY",
            &method,
        )),
    }
}

fn http_event(
    name: &str,
    mark: Mark,
    fields: Option<Fields<'_>>,
) -> Result<HttpEvent, TemplateError> {
    let mut event = HttpEvent {
        name: name.to_owned(),
        mark,
        route: None,
        api: None,
        payload_format: None,
        timeout: None,
        auth: EventAuth::default(),
    };
    let Some(mut fields) = fields else {
        return Ok(event);
    };
    if let Some(path) = fields.text("Path")? {
        event.route = Some((path, method(&mut fields)?));
    }
    let api = fields.node("ApiId");
    event.api = api.map(|node| api_name("ApiId", node)).transpose()?;
    event.payload_format = fields.text("PayloadFormatVersion")?;
    event.timeout = fields.node("TimeoutInMillis").cloned();
    if let Some(auth) = fields.object("Auth")? {
        event.auth = EventAuth::read(auth)?;
    }
    fields.refuse(&["RouteSettings"])?;
    fields.finish()?;
    Ok(event)
}

fn api_name(property: &str, node: &Node) -> Result<String, TemplateError> {
    match intrinsic(node)? {
        Some(Intrinsic::Ref(name)) => Ok(name.to_owned()),
        _ => Err(wrong_type(
            node,
            property,
            "a Ref to an API of this template",
        )),
    }
}
