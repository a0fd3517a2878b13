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
    /// The body as a value, once it was asked for.
    text: Option<Value>,
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
            text: None,
            document: None,
            paths: HashMap::new(),
        }
    }

    pub(super) fn property(&mut self, heap: &mut Heap, name: &str) -> Option<Value> {
        match name {
            "body" => {
                let text = self.text.get_or_insert_with(|| Value::text(self.body));
                Some(text.clone())
            }
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
            ("json", [Value::Text(path)]) => Some(Value::text(self.json(heap, path)?)),
            ("path", [Value::Text(path)]) => Some(self.value(heap, path)?),
            ("params", []) => Some(self.params(heap)),
            ("params", [Value::Text(name)]) => Some(self.param(name).into()),
            _ => None,
        })
    }

    /// The JSON text at a path; an empty string if there is nothing. Places may lie within each
    /// other, and be more than the body together: what is beyond the budget is never seen.
    fn json(&mut self, heap: &Heap, path: &Arc<str>) -> Result<String, InputError> {
        self.find(heap, path, |found| match found {
            Found::One(value) => {
                let text = value.to_text();
                heap.charge_made(text.len());
                text
            }
            Found::Many(values) => {
                let mut text = String::from("[");
                for (at, value) in values.iter().enumerate() {
                    let before = text.len();
                    text.push_str(if at > 0 { "," } else { "" });
                    value.write(&mut text);
                    if !heap.charge_made(text.len() - before) {
                        break;
                    }
                }
                text + "]"
            }
            Found::Nothing => "\"\"".to_owned(),
        })
    }

    fn value(&mut self, heap: &mut Heap, path: &Arc<str>) -> Result<Value, InputError> {
        // Looking is charged first, as making values needs the heap.
        self.prepare(heap, path)?;
        self.found(path, |found| match found {
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
        heap: &Heap,
        path: &Arc<str>,
        with: impl FnOnce(Found<'_>) -> R,
    ) -> Result<R, InputError> {
        self.prepare(heap, path)?;
        self.found(path, with)
    }

    /// Gets the path and the document ready.
    fn prepare(&mut self, heap: &Heap, path: &Arc<str>) -> Result<(), InputError> {
        if !self.paths.contains_key(path) {
            let parsed = JsonPath::parse(path).map_err(InputError::Path)?;
            self.paths.insert(path.clone(), parsed);
        }
        if self.document.is_none() {
            heap.charge_made(self.body.len());
            let document = Json::read(self.body, Dialect::Strict).map_err(InputError::Body)?;
            self.document = Some(document);
        }
        // Such paths look everywhere.
        if ["..", "*", "?"]
            .iter()
            .any(|everywhere| path.contains(everywhere))
        {
            heap.charge(self.body.len() / 64);
        }
        Ok(())
    }

    fn found<R>(
        &self,
        path: &Arc<str>,
        with: impl FnOnce(Found<'_>) -> R,
    ) -> Result<R, InputError> {
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
            let bytes = pairs.iter().map(|(name, value)| name.len() + value.len());
            heap.charge_made(bytes.sum());
            let pairs = pairs
                .iter()
                .map(|(k, v)| (Arc::from(k.as_str()), Value::text(v.as_str())));
            (Arc::from(name), heap.map(pairs))
        });
        heap.map(kinds)
    }
}
