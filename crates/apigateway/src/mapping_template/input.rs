//! `$input`: the body, as text or JSON, and the request's parameters.

use super::InputError;
use crate::exchange::Exchange;
use crate::json::{Dialect, Json};
use crate::jsonpath::{Found, JsonPath};
use crate::template::{Heap, Style, Value};
use std::collections::HashMap;
use std::sync::Arc;

pub(super) struct Input<'a> {
    exchange: &'a Exchange,
    body: &'a str,
    /// Read when it is first asked for.
    document: Option<Json>,
    paths: HashMap<Arc<str>, JsonPath>,
}

impl<'a> Input<'a> {
    pub(super) fn new(exchange: &'a Exchange, body: &'a str) -> Input<'a> {
        // A request without a body has an empty object.
        let body = if body.is_empty() { "{}" } else { body };
        Input {
            exchange,
            body,
            document: None,
            paths: HashMap::new(),
        }
    }

    pub(super) fn property(&self, heap: &mut Heap, name: &str) -> Option<Value> {
        match name {
            "body" => Some(Value::text(self.body)),
            "params" => Some(self.params(heap)),
            _ => None,
        }
    }

    pub(super) fn call(
        &mut self,
        heap: &mut Heap,
        method: &str,
        args: &[Value],
    ) -> Result<Option<Value>, InputError> {
        Ok(match (method, args) {
            ("json", [Value::Text(path)]) => Some(Value::text(self.json(path)?)),
            ("path", [Value::Text(path)]) => Some(self.value(heap, path)?),
            ("params", []) => Some(self.params(heap)),
            ("params", [Value::Text(name)]) => Some(self.param(name).into()),
            _ => None,
        })
    }

    /// The JSON text at a path; an empty string if there is nothing.
    fn json(&mut self, path: &Arc<str>) -> Result<String, InputError> {
        self.find(path, |found| match found {
            Found::One(value) => value.to_text(),
            Found::Many(values) => {
                let mut text = String::from("[");
                for (at, value) in values.iter().enumerate() {
                    text.push_str(if at > 0 { "," } else { "" });
                    value.write(&mut text);
                }
                text + "]"
            }
            Found::Nothing => "\"\"".to_owned(),
        })
    }

    fn value(&mut self, heap: &mut Heap, path: &Arc<str>) -> Result<Value, InputError> {
        self.find(path, |found| match found {
            Found::One(value) => heap.import(value),
            Found::Many(values) => {
                let values = values.into_iter().map(|value| heap.import(value)).collect();
                heap.list(values, Style::Json)
            }
            Found::Nothing => Value::Null,
        })
    }

    fn find<R>(
        &mut self,
        path: &Arc<str>,
        with: impl FnOnce(Found<'_>) -> R,
    ) -> Result<R, InputError> {
        if !self.paths.contains_key(path) {
            let parsed = JsonPath::parse(path).map_err(InputError::Path)?;
            self.paths.insert(path.clone(), parsed);
        }
        if self.document.is_none() {
            let document = Json::read(self.body, Dialect::Strict).map_err(InputError::Body)?;
            self.document = Some(document);
        }
        match (self.paths.get(path), &self.document) {
            (Some(path), Some(document)) => path.evaluate(document, with).map_err(InputError::Path),
            _ => Ok(with(Found::Nothing)),
        }
    }

    /// A parameter of any kind: the path first, then the query string, then the headers.
    fn param(&self, name: &str) -> Option<&str> {
        let exchange = self.exchange;
        let in_path = exchange.path_parameter(name);
        in_path
            .or_else(|| exchange.query_value(name))
            .or_else(|| exchange.header(name))
    }

    fn params(&self, heap: &mut Heap) -> Value {
        let exchange = self.exchange;
        let kinds = [
            ("path", &exchange.path_parameters),
            ("querystring", &exchange.query),
            ("header", &exchange.headers),
        ];
        let kinds = kinds.map(|(name, pairs)| {
            let pairs = pairs
                .iter()
                .map(|(k, v)| (Arc::from(k.as_str()), Value::text(v.as_str())));
            (Arc::from(name), heap.map(pairs))
        });
        heap.map(kinds)
    }
}
