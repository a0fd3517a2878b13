//! Mapping templates: Velocity with API Gateway's variables.
//!
//! `$context` and `$stageVariables` are maps; `$input` and `$util` are objects. What a request
//! template writes into `$context.requestOverride` and `$context.responseOverride` is handed on
//! to the response template, custom members included, as [`Overrides`].

mod input;
mod util;

use crate::exchange::{Authorization, CONTEXT_MEMBERS, ContextMember, Exchange, IDENTITY_MEMBERS};
use crate::json::{Json, ReadError};
use crate::jsonpath;
use crate::template::{Bindings, Heap, Host, Limits, RenderError, SyntaxError, Template, Value};
use indexmap::IndexMap;
use std::sync::Arc;

/// A template as it was configured; one that cannot be parsed fails when it is used, as on AWS.
#[derive(Debug, Clone)]
pub struct MappingTemplate(Arc<Parsed>);

#[derive(Debug)]
enum Parsed {
    /// No text at all: the body passes as it is.
    Empty,
    Template(Box<Template>),
    Broken(SyntaxError),
}

/// What templates have set in `$context.requestOverride` and `$context.responseOverride`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Overrides {
    pub request: IndexMap<String, Json>,
    pub response: IndexMap<String, Json>,
}

/// Why a template produced nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TransformError {
    #[error("{0}")]
    Syntax(SyntaxError),
    #[error("{0}")]
    Render(RenderError<InputError>),
}

/// What `$input` refuses.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InputError {
    #[error("Could not parse request body into json: {0}")]
    Body(ReadError),
    #[error("{0}")]
    Path(jsonpath::Error),
}

impl MappingTemplate {
    pub fn new(text: &str) -> MappingTemplate {
        MappingTemplate(Arc::new(if text.is_empty() {
            Parsed::Empty
        } else {
            match Template::parse(text) {
                Ok(template) => Parsed::Template(Box::new(template)),
                Err(error) => Parsed::Broken(error),
            }
        }))
    }

    /// Renders with this body; none if the template is empty.
    ///
    /// # Errors
    /// [`TransformError`] if the template is broken, hits a bound, or reads JSON from a body that
    /// is none.
    pub fn transform(
        &self,
        exchange: &Exchange,
        body: &str,
        overrides: &mut Overrides,
    ) -> Result<Option<String>, TransformError> {
        let template = match &*self.0 {
            Parsed::Empty => return Ok(None),
            Parsed::Broken(error) => return Err(TransformError::Syntax(error.clone())),
            Parsed::Template(template) => template,
        };
        let mut bindings = Bindings::default();
        bindings.variables.insert("input", Value::Object("input"));
        bindings.variables.insert("util", Value::Object("util"));
        if template.mentions("context") {
            let context = context(&mut bindings.heap, exchange, overrides);
            bindings.variables.insert("context", context);
        }
        if template.mentions("stageVariables") {
            let variables = exchange.stage_variables.iter();
            let variables =
                variables.map(|(k, v)| (Arc::from(k.as_str()), Value::text(v.as_str())));
            let variables = bindings.heap.map(variables);
            bindings.variables.insert("stageVariables", variables);
        }
        let mut objects = Objects {
            input: input::Input::new(exchange, body),
        };
        let rendered = template
            .render(&mut bindings, &mut objects, Limits::STANDARD)
            .map_err(TransformError::Render)?;
        read_overrides(&bindings, overrides);
        Ok(Some(rendered))
    }
}

/// `$input` and `$util`.
struct Objects<'a> {
    input: input::Input<'a>,
}

impl Host for Objects<'_> {
    type Error = InputError;

    fn call(
        &mut self,
        heap: &mut Heap,
        object: &'static str,
        method: &str,
        args: &[Value],
    ) -> Result<Option<Value>, InputError> {
        match object {
            "input" => self.input.call(heap, method, args),
            _ => Ok(util::call(heap, method, args)),
        }
    }

    fn property(
        &mut self,
        heap: &mut Heap,
        object: &'static str,
        name: &str,
    ) -> Result<Option<Value>, InputError> {
        Ok(match object {
            "input" => self.input.property(heap, name),
            _ => None,
        })
    }
}

fn context(heap: &mut Heap, exchange: &Exchange, overrides: &Overrides) -> Value {
    let mut members = Vec::with_capacity(CONTEXT_MEMBERS.len() + 1);
    for member in CONTEXT_MEMBERS {
        let (name, value) = match member {
            ContextMember::Text(name) => {
                (name, Value::from(exchange.context_value(name).as_deref()))
            }
            ContextMember::Identity => ("identity", identity(heap, exchange)),
            ContextMember::RequestOverride => {
                let places = ["path", "header", "querystring"];
                (
                    "requestOverride",
                    overriding(heap, &places, &overrides.request),
                )
            }
            ContextMember::ResponseOverride => (
                "responseOverride",
                overriding(heap, &["header"], &overrides.response),
            ),
        };
        members.push((Arc::from(name), value));
    }
    let more = exchange.more_context.iter();
    members.extend(more.map(|(name, value)| (Arc::from(*name), Value::text(value.as_str()))));
    if let Some(authorization) = &exchange.authorization {
        members.push((Arc::from("authorizer"), authorizer(heap, authorization)));
    }
    if exchange.error.is_some() {
        let names = [
            "message",
            "messageString",
            "responseType",
            "validationErrorString",
        ];
        let error: Vec<_> = names
            .iter()
            .map(|name| {
                let value = exchange.context_value(&format!("error.{name}"));
                (Arc::from(*name), Value::from(value.as_deref()))
            })
            .collect();
        members.push((Arc::from("error"), heap.map(error)));
    }
    heap.map(members)
}

fn identity(heap: &mut Heap, exchange: &Exchange) -> Value {
    let key = exchange.identity.api_key.is_some();
    let key = key.then_some(["apiKey", "apiKeyId"]).into_iter().flatten();
    let members: Vec<_> = IDENTITY_MEMBERS
        .into_iter()
        .chain(key)
        .map(|name| (Arc::from(name), Value::from(exchange.identity_value(name))))
        .collect();
    heap.map(members)
}

fn authorizer(heap: &mut Heap, authorization: &Authorization) -> Value {
    let own = authorization.members().into_iter();
    let mut members: Vec<(Arc<str>, Value)> = own
        .map(|(name, value)| (Arc::from(name), Value::text(&*value)))
        .collect();
    if !authorization.claims.is_empty() {
        let claims = authorization.claims.iter();
        let claims =
            claims.map(|(name, value)| (Arc::from(name.as_str()), Value::text(value.as_str())));
        members.push((Arc::from("claims"), heap.map(claims)));
    }
    heap.map(members)
}

/// A map of overrides: what was set before, and an empty map for each place.
fn overriding(heap: &mut Heap, places: &[&str], set: &IndexMap<String, Json>) -> Value {
    let mut members: Vec<(Arc<str>, Value)> = Vec::new();
    for place in places {
        let value = match set.get(*place) {
            Some(value) => heap.import(value),
            None => heap.map([]),
        };
        members.push((Arc::from(*place), value));
    }
    for (name, value) in set
        .iter()
        .filter(|(name, _)| !places.contains(&name.as_str()))
    {
        members.push((Arc::from(name.as_str()), heap.import(value)));
    }
    heap.map(members)
}

fn read_overrides(bindings: &Bindings, overrides: &mut Overrides) {
    let Some(Value::Map(context)) = bindings.variables.get("context") else {
        return;
    };
    let heap = &bindings.heap;
    let read = |name| match heap.get(*context, name).map(|value| heap.export(value)) {
        Some(Json::Object(members)) => *members,
        _ => IndexMap::new(),
    };
    *overrides = Overrides {
        request: read("requestOverride"),
        response: read("responseOverride"),
    };
}

impl Overrides {
    /// The status set by a template; anything that is no status is ignored.
    pub fn status(&self) -> Option<u16> {
        let status = match self.response.get("status")? {
            Json::String(text) => text.trim().parse().ok()?,
            value => value.to_text().parse().ok()?,
        };
        (100..600).contains(&status).then_some(status)
    }

    /// Headers of the response, each with one value or several.
    pub fn response_headers(&self) -> Vec<(String, Vec<String>)> {
        named_values(self.response.get("header"))
    }

    /// Headers of the request to the integration.
    pub fn request_headers(&self) -> Vec<(String, Vec<String>)> {
        named_values(self.request.get("header"))
    }

    /// Query parameters of the request to the integration.
    pub fn request_query(&self) -> Vec<(String, Vec<String>)> {
        named_values(self.request.get("querystring"))
    }

    /// Path parameters of the request to the integration.
    pub fn request_path(&self) -> Vec<(String, Vec<String>)> {
        named_values(self.request.get("path"))
    }
}

fn named_values(members: Option<&Json>) -> Vec<(String, Vec<String>)> {
    let Some(Json::Object(members)) = members else {
        return Vec::new();
    };
    let text = |value: &Json| match value {
        Json::String(text) => text.clone(),
        value => value.to_text(),
    };
    let values = |value: &Json| match value {
        Json::Array(items) => items.iter().map(text).collect(),
        value => vec![text(value)],
    };
    members
        .iter()
        .map(|(name, value)| (name.clone(), values(value)))
        .collect()
}

#[cfg(test)]
mod tests;
