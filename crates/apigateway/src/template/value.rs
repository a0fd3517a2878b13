//! Values while a template is rendered, and how they print.
//!
//! Lists and maps are shared and changed in place, as in Java, so they live in a [`Heap`] and
//! values only point there. A rendering owns its heap: what a template ties into a knot goes away
//! with it.

use crate::java_regex::{self, JavaRegex};
use crate::json::{self, Json, Number};
use indexmap::IndexMap;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

/// A value; cheap to copy.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    /// An integer of a document that needs more than 64 bits.
    Big(Arc<str>),
    Text(Arc<str>),
    List(ListId),
    Map(MapId),
    /// An object of the host, known by a name such as `input`.
    Object(&'static str),
    /// What `#define` made: the block's index.
    Defined(usize),
}

/// Where a list is in its heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListId(usize);

/// Where a map is in its heap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapId(usize);

/// How a list prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `[a, b]`, as Java's lists.
    Java,
    /// `["a","b"]`: arrays of a document print as JSON, with everything inside them.
    Json,
}

/// What a map is to its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Map,
    /// An entry of another map, which prints as `key=value`.
    Entry,
}

#[derive(Debug)]
struct List {
    items: Vec<Value>,
    style: Style,
}

#[derive(Debug)]
struct Map {
    members: IndexMap<Arc<str>, Value>,
    kind: Kind,
}

/// Owns the lists and maps of one rendering.
#[derive(Debug)]
pub struct Heap {
    lists: Vec<List>,
    maps: Vec<Map>,
    /// Steps of work that may still be done.
    budget: Cell<u64>,
    /// Regular expressions that were compiled.
    patterns: HashMap<Arc<str>, JavaRegex>,
}

impl Default for Heap {
    fn default() -> Heap {
        Heap {
            lists: Vec::new(),
            maps: Vec::new(),
            budget: Cell::new(u64::MAX),
            patterns: HashMap::new(),
        }
    }
}

/// Deepest nesting that is printed or compared: deeper can only be a knot.
const MAX_SHOWN_DEPTH: usize = 100;
/// Deepest nesting that leaves a rendering: overrides are maps of lists of texts.
const MAX_EXPORTED_DEPTH: usize = 4;
/// Steps that a regular expression costs, to compile and to use.
const COMPILING: usize = 2000;
const MATCHING: usize = 300;
/// Values that leave a rendering.
const MAX_EXPORTED: usize = 10_000;
/// Longest text made of one value; every limit on output is below.
pub(super) const MAX_TEXT_BYTES: usize = 16 * 1024 * 1024;
/// Pairs of values that one comparison looks at: more can only be a knot.
const MAX_COMPARED: usize = 1_000_000;

impl Value {
    pub fn text(text: impl Into<Arc<str>>) -> Value {
        Value::Text(text.into())
    }

    pub fn is_null(&self) -> bool {
        *self == Value::Null
    }

    /// Velocity's truth: only null and false are false.
    pub(super) fn is_true(&self) -> bool {
        !matches!(self, Value::Null | Value::Bool(false))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Value {
        text.map_or(Value::Null, Value::text)
    }
}

impl Heap {
    /// A new list.
    pub fn list(&mut self, items: Vec<Value>, style: Style) -> Value {
        self.charge(items.len());
        self.lists.push(List { items, style });
        Value::List(ListId(self.lists.len() - 1))
    }

    /// A new map with these members in this order.
    pub fn map(&mut self, members: impl IntoIterator<Item = (Arc<str>, Value)>) -> Value {
        let members: IndexMap<Arc<str>, Value> = members.into_iter().collect();
        self.new_map(members, Kind::Map)
    }

    pub(super) fn entry(&mut self, key: &Arc<str>, value: Value) -> Value {
        let members = [
            (Arc::from("key"), Value::Text(key.clone())),
            (Arc::from("value"), value),
        ];
        self.new_map(members.into_iter().collect(), Kind::Entry)
    }

    fn new_map(&mut self, members: IndexMap<Arc<str>, Value>, kind: Kind) -> Value {
        self.charge(members.len());
        self.maps.push(Map { members, kind });
        Value::Map(MapId(self.maps.len() - 1))
    }

    /// A document's value. Arrays print as JSON, objects as Java's maps do.
    pub fn import(&mut self, json: &Json) -> Value {
        match json {
            Json::Null => Value::Null,
            Json::Bool(b) => Value::Bool(*b),
            Json::Number(Number::Integer(n)) => Value::Int(*n),
            Json::Number(Number::Double(n)) => Value::Double(*n),
            Json::Number(Number::Big(digits)) => Value::Big(Arc::from(digits.as_ref())),
            Json::String(text) => {
                self.charge(text.len() / 16);
                Value::text(text.as_str())
            }
            // What is left out here is never seen: the next step ends the rendering.
            Json::Array(items) if !self.charge(items.len()) => Value::Null,
            Json::Object(members) if !self.charge(members.len()) => Value::Null,
            Json::Array(items) => {
                let items = items.iter().map(|item| self.import(item)).collect();
                self.list(items, Style::Json)
            }
            Json::Object(members) => {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, member)| (Arc::from(name.as_str()), self.import(member)))
                    .collect();
                self.map(members)
            }
        }
    }

    /// The value as a document; what is knotted, too deep or too large ends in nulls.
    pub fn export(&self, value: &Value) -> Json {
        Export {
            heap: self,
            left: MAX_EXPORTED,
        }
        .json(value, 0)
    }

    pub fn items(&self, list: ListId) -> &[Value] {
        self.lists.get(list.0).map_or(&[], |list| &list.items)
    }

    pub(super) fn items_mut(&mut self, list: ListId) -> Option<&mut Vec<Value>> {
        self.lists.get_mut(list.0).map(|list| &mut list.items)
    }

    pub fn members(&self, map: MapId) -> Option<&IndexMap<Arc<str>, Value>> {
        self.maps.get(map.0).map(|map| &map.members)
    }

    pub(super) fn members_mut(&mut self, map: MapId) -> Option<&mut IndexMap<Arc<str>, Value>> {
        self.maps.get_mut(map.0).map(|map| &mut map.members)
    }

    /// The member of this name.
    pub fn get(&self, map: MapId, name: &str) -> Option<&Value> {
        self.members(map)?.get(name)
    }

    pub(super) fn set_budget(&mut self, steps: u64) {
        self.budget.set(steps);
    }

    /// Spends steps of work; false, and nothing is left, if there are not enough. Whoever makes
    /// something large asks before making it.
    pub fn charge(&self, steps: usize) -> bool {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        let left = self.budget.get().checked_sub(steps);
        self.budget.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Spends what it takes to make so many bytes of text.
    pub fn charge_made(&self, bytes: usize) -> bool {
        self.charge(bytes / 16)
    }

    /// Spends what it takes to look at so many bytes of text.
    pub(super) fn charge_read(&self, bytes: usize) -> bool {
        self.charge(bytes / 128)
    }

    /// A regular expression, compiled once. Both compiling and using one cost steps: a pattern
    /// may be hostile, and so may the text.
    pub(super) fn pattern(&mut self, pattern: &Arc<str>) -> Result<JavaRegex, java_regex::Error> {
        let regex = match self.patterns.get(pattern) {
            Some(regex) => regex.clone(),
            None => {
                let regex = JavaRegex::new(pattern)?;
                if !regex.is_literal() {
                    self.charge(COMPILING);
                }
                self.patterns.insert(pattern.clone(), regex.clone());
                regex
            }
        };
        if !regex.is_literal() {
            self.charge(MATCHING);
        }
        Ok(regex)
    }

    /// The value as a template prints it.
    pub fn to_text(&self, value: &Value) -> String {
        let mut out = String::new();
        self.print(value, &mut out, MAX_TEXT_BYTES);
        self.charge_made(out.len());
        out
    }

    /// Appends the value as a template prints it, stopping soon after `most` bytes.
    pub(super) fn print(&self, value: &Value, out: &mut String, most: usize) {
        self.java(value, out, most, 0);
    }

    fn java(&self, value: &Value, out: &mut String, most: usize, depth: usize) {
        if depth > MAX_SHOWN_DEPTH || out.len() > most {
            return;
        }
        match value {
            Value::Null | Value::Defined(_) => {}
            Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Value::Int(n) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "{n}");
            }
            Value::Double(n) => json::push_java_double(*n, out),
            Value::Big(text) | Value::Text(text) => out.push_str(text),
            Value::Object(name) => out.push_str(name),
            Value::List(id) => match self.lists.get(id.0) {
                Some(list) if list.style == Style::Json => self.json(value, out, most, depth),
                Some(list) => {
                    out.push('[');
                    for (at, item) in list.items.iter().enumerate() {
                        if out.len() > most {
                            break;
                        }
                        out.push_str(if at > 0 { ", " } else { "" });
                        self.java_inner(item, out, most, depth);
                    }
                    out.push(']');
                }
                None => {}
            },
            Value::Map(id) => self.java_map(*id, out, most, depth),
        }
    }

    fn java_map(&self, id: MapId, out: &mut String, most: usize, depth: usize) {
        let Some(map) = self.maps.get(id.0) else {
            return;
        };
        if map.kind == Kind::Entry {
            let mut values = map.members.values();
            self.java_inner(values.next().unwrap_or(&Value::Null), out, most, depth);
            out.push('=');
            self.java_inner(values.next().unwrap_or(&Value::Null), out, most, depth);
            return;
        }
        out.push('{');
        for (at, (name, member)) in map.members.iter().enumerate() {
            if out.len() > most {
                break;
            }
            out.push_str(if at > 0 { ", " } else { "" });
            out.push_str(name);
            out.push('=');
            self.java_inner(member, out, most, depth);
        }
        out.push('}');
    }

    /// A value inside a collection, where null has a name.
    fn java_inner(&self, value: &Value, out: &mut String, most: usize, depth: usize) {
        match value {
            Value::Null => out.push_str("null"),
            value => self.java(value, out, most, depth + 1),
        }
    }

    /// As the Java library prints its arrays: JSON without white space and with `\/`.
    fn json(&self, value: &Value, out: &mut String, most: usize, depth: usize) {
        if depth > MAX_SHOWN_DEPTH || out.len() > most {
            return;
        }
        match value {
            Value::Null | Value::Defined(_) => out.push_str("null"),
            Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Big(_) => {
                self.java(value, out, most, depth);
            }
            Value::Text(text) => push_web_string(text, out),
            Value::Object(name) => push_web_string(name, out),
            Value::List(id) => {
                out.push('[');
                for (at, item) in self.items(*id).iter().enumerate() {
                    if out.len() > most {
                        break;
                    }
                    out.push_str(if at > 0 { "," } else { "" });
                    self.json(item, out, most, depth + 1);
                }
                out.push(']');
            }
            Value::Map(id) => {
                out.push('{');
                for (at, (name, member)) in self.members(*id).into_iter().flatten().enumerate() {
                    if out.len() > most {
                        break;
                    }
                    out.push_str(if at > 0 { "," } else { "" });
                    push_web_string(name, out);
                    out.push(':');
                    self.json(member, out, most, depth + 1);
                }
                out.push('}');
            }
        }
    }

    /// Java's `equals`, by content; values too large or too deep to compare are not equal.
    pub(super) fn same(&self, left: &Value, right: &Value) -> bool {
        Comparison {
            heap: self,
            compared: 0,
        }
        .same(left, right, 0)
    }
}

/// One way out of the heap, with its bounds.
struct Export<'a> {
    heap: &'a Heap,
    left: usize,
}

impl Export<'_> {
    fn json(&mut self, value: &Value, depth: usize) -> Json {
        if depth > MAX_EXPORTED_DEPTH || self.left == 0 {
            return Json::Null;
        }
        self.left -= 1;
        match value {
            Value::Null | Value::Defined(_) => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(n) => Json::Number(Number::Integer(*n)),
            Value::Double(n) => Json::Number(Number::Double(*n)),
            Value::Big(digits) => Json::Number(Number::Big(digits.as_ref().into())),
            Value::Text(text) => Json::String(text.to_string()),
            Value::Object(name) => Json::String((*name).to_owned()),
            Value::List(list) => {
                let items = self.heap.items(*list).iter().take(self.left);
                Json::Array(items.map(|item| self.json(item, depth + 1)).collect())
            }
            Value::Map(map) => {
                let members = self
                    .heap
                    .members(*map)
                    .into_iter()
                    .flatten()
                    .take(self.left);
                let members =
                    members.map(|(name, value)| (name.to_string(), self.json(value, depth + 1)));
                Json::Object(Box::new(members.collect()))
            }
        }
    }
}

/// One comparison of two values, with its bounds.
struct Comparison<'a> {
    heap: &'a Heap,
    compared: usize,
}

impl Comparison<'_> {
    fn same(&mut self, left: &Value, right: &Value, depth: usize) -> bool {
        self.compared += 1;
        if self.compared > MAX_COMPARED || depth > MAX_SHOWN_DEPTH || !self.heap.charge(1) {
            return false;
        }
        if let (Value::Text(a), Value::Text(b)) = (left, right) {
            self.heap.charge_read(a.len().min(b.len()));
        }
        match (left, right) {
            (Value::List(a), Value::List(b)) if a != b => {
                let (a, b) = (self.heap.items(*a), self.heap.items(*b));
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| self.same(a, b, depth + 1))
            }
            (Value::Map(a), Value::Map(b)) if a != b => {
                let (Some(a), Some(b)) = (self.heap.members(*a), self.heap.members(*b)) else {
                    return false;
                };
                a.len() == b.len()
                    && a.iter().all(|(name, value)| {
                        b.get(name)
                            .is_some_and(|other| self.same(value, other, depth + 1))
                    })
            }
            _ => left == right,
        }
    }
}

fn push_web_string(text: &str, out: &mut String) {
    if text.contains('/') {
        let mut quoted = String::with_capacity(text.len() + 8);
        json::push_string(text, &mut quoted);
        out.push_str(&quoted.replace('/', "\\/"));
    } else {
        json::push_string(text, out);
    }
}
