//! The event of a Lambda proxy integration.
//!
//! Fields and their order are those of recorded events: what is absent is null, header names keep
//! the client's case, of repeated keys the single-value maps hold the last.

use crate::exchange::{Authorization, CONTEXT_MEMBERS, ContextMember, Exchange, IDENTITY_MEMBERS};
use crate::json::push_string;
use indexmap::IndexMap;
use std::collections::BTreeMap;

/// The request's body as the event carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventBody<'a> {
    None,
    Text(&'a str),
    /// Base64, because its type is one of the API's binary media types.
    Binary(&'a str),
}

/// Writes the event. Headers, query and body are given apart from the exchange because request
/// parameters and overrides may have changed them.
pub fn event(
    exchange: &Exchange,
    headers: &[(String, String)],
    query: &[(String, String)],
    body: EventBody<'_>,
) -> String {
    let mut out = Object::new(1024 + exchange.body.len());
    out.text("resource", &exchange.resource_path);
    out.text("path", exchange.asked_path());
    out.text("httpMethod", &exchange.http_method);
    let (headers, query) = (group(headers), group(query));
    out.last_values("headers", &headers);
    out.all_values("multiValueHeaders", &headers);
    out.last_values("queryStringParameters", &query);
    out.all_values("multiValueQueryStringParameters", &query);
    out.last_values("pathParameters", &group(&exchange.path_parameters));
    match exchange.stage_variables.is_empty() {
        true => out.null("stageVariables"),
        false => out.texts("stageVariables", &exchange.stage_variables),
    }
    request_context(exchange, &mut out);
    match body {
        EventBody::None => out.null("body"),
        EventBody::Text(text) | EventBody::Binary(text) => out.text("body", text),
    }
    out.bool("isBase64Encoded", matches!(body, EventBody::Binary(_)));
    out.finish()
}

/// Writes the event of a REQUEST authorizer.
pub fn authorizer_event(exchange: &Exchange, method_arn: &str) -> String {
    let mut out = Object::new(1024);
    out.text("type", "REQUEST");
    out.text("methodArn", method_arn);
    out.text("resource", &exchange.resource_path);
    out.text("path", exchange.asked_path());
    out.text("httpMethod", &exchange.http_method);
    let (headers, query) = (group(&exchange.headers), group(&exchange.query));
    out.last_values("headers", &headers);
    out.all_values("multiValueHeaders", &headers);
    // Here what is absent is empty, not null.
    let empty = |out: &mut Object, name: &str| {
        out.open(name);
        out.close();
    };
    if query.is_empty() {
        empty(&mut out, "queryStringParameters");
        empty(&mut out, "multiValueQueryStringParameters");
    } else {
        out.last_values("queryStringParameters", &query);
        out.all_values("multiValueQueryStringParameters", &query);
    }
    match exchange.path_parameters.is_empty() {
        true => empty(&mut out, "pathParameters"),
        false => out.last_values("pathParameters", &group(&exchange.path_parameters)),
    }
    out.texts("stageVariables", &exchange.stage_variables);
    request_context(exchange, &mut out);
    out.finish()
}

fn authorizer(authorization: &Authorization, out: &mut Object) {
    out.open("authorizer");
    if !authorization.claims.is_empty() {
        out.open("claims");
        for (name, value) in &authorization.claims {
            out.text(name, value);
        }
        out.close();
    }
    for (name, value) in authorization.members() {
        match name {
            "integrationLatency" => out.raw(name, &value),
            name => out.text(name, &value),
        }
    }
    out.close();
}

fn request_context(exchange: &Exchange, out: &mut Object) {
    out.open("requestContext");
    for member in CONTEXT_MEMBERS {
        match member {
            ContextMember::Text("requestTimeEpoch") => {
                out.raw("requestTimeEpoch", &exchange.time.as_millis().to_string());
            }
            ContextMember::Text(name) => {
                out.maybe(name, exchange.context_value(name).as_deref());
                if let Some(authorization) = exchange
                    .authorization
                    .as_ref()
                    .filter(|_| name == "resourceId")
                {
                    authorizer(authorization, out);
                }
            }
            ContextMember::Identity => {
                out.open("identity");
                for name in IDENTITY_MEMBERS {
                    out.maybe(name, exchange.identity_value(name));
                }
                if exchange.identity.api_key.is_some() {
                    for name in ["apiKey", "apiKeyId"] {
                        out.maybe(name, exchange.identity_value(name));
                    }
                }
                out.close();
            }
            ContextMember::RequestOverride | ContextMember::ResponseOverride => {}
        }
    }
    out.close();
}

/// A JSON object being written.
struct Object {
    out: String,
}

impl Object {
    fn new(capacity: usize) -> Object {
        let mut out = String::with_capacity(capacity);
        out.push('{');
        Object { out }
    }

    fn name(&mut self, name: &str) {
        if !self.out.ends_with('{') {
            self.out.push(',');
        }
        push_string(name, &mut self.out);
        self.out.push(':');
    }

    fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.out.push_str(json);
    }

    fn null(&mut self, name: &str) {
        self.raw(name, "null");
    }

    fn bool(&mut self, name: &str, value: bool) {
        self.raw(name, if value { "true" } else { "false" });
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        push_string(value, &mut self.out);
    }

    fn maybe(&mut self, name: &str, value: Option<&str>) {
        match value {
            Some(value) => self.text(name, value),
            None => self.null(name),
        }
    }

    fn open(&mut self, name: &str) {
        self.name(name);
        self.out.push('{');
    }

    fn close(&mut self) {
        self.out.push('}');
    }

    fn texts(&mut self, name: &str, members: &BTreeMap<String, String>) {
        self.open(name);
        for (name, value) in members {
            self.text(name, value);
        }
        self.close();
    }

    /// The last value of each name; null if there are no names.
    fn last_values(&mut self, name: &str, grouped: &Grouped<'_>) {
        if grouped.is_empty() {
            return self.null(name);
        }
        self.open(name);
        for (key, values) in grouped {
            self.maybe(key, values.last().copied());
        }
        self.close();
    }

    /// A list of all values of each name; null if there are no names.
    fn all_values(&mut self, name: &str, grouped: &Grouped<'_>) {
        if grouped.is_empty() {
            return self.null(name);
        }
        self.open(name);
        for (key, values) in grouped {
            self.name(key);
            self.out.push('[');
            for (at, value) in values.iter().enumerate() {
                self.out.push_str(if at > 0 { "," } else { "" });
                push_string(value, &mut self.out);
            }
            self.out.push(']');
        }
        self.close();
    }

    fn finish(mut self) -> String {
        self.out.push('}');
        self.out
    }
}

/// The values of each name, names in the order of their first appearance.
type Grouped<'a> = IndexMap<&'a str, Vec<&'a str>>;

fn group(pairs: &[(String, String)]) -> Grouped<'_> {
    let mut grouped = Grouped::with_capacity(pairs.len());
    for (name, value) in pairs {
        grouped.entry(name).or_default().push(value);
    }
    grouped
}
