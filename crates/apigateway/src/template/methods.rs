//! What can be asked of values: properties, indexes, and the methods of Java's maps, lists,
//! numbers and booleans. Those of strings are next door.
//!
//! A name or arguments that Java would not resolve are [`Outcome::Missing`].

use super::operators;
use super::strings;
use super::value::{Heap, ListId, MapId, Style, Value};
use crate::java_regex;
use std::sync::Arc;

/// What a call came to.
pub(super) enum Outcome {
    /// The method's result; null where Java returns null or nothing.
    Value(Value),
    /// There is no such method for these arguments.
    Missing,
    /// A pattern was refused.
    Regex(java_regex::Error),
}

impl From<bool> for Outcome {
    fn from(b: bool) -> Outcome {
        Outcome::Value(Value::Bool(b))
    }
}

impl From<usize> for Outcome {
    fn from(n: usize) -> Outcome {
        Outcome::Value(Value::Int(i64::try_from(n).unwrap_or(i64::MAX)))
    }
}

impl From<Option<usize>> for Outcome {
    /// A position, or Java's -1.
    fn from(position: Option<usize>) -> Outcome {
        position.map_or(Outcome::Value(Value::Int(-1)), Outcome::from)
    }
}

impl From<Option<Value>> for Outcome {
    fn from(value: Option<Value>) -> Outcome {
        Outcome::Value(value.unwrap_or(Value::Null))
    }
}

pub(super) fn property(heap: &mut Heap, value: &Value, name: &str) -> Option<Value> {
    if let Value::Map(map) = value
        && let Some(member) = heap.get(*map, name)
    {
        return Some(member.clone());
    }
    // Velocity reads `$x.empty` as `$x.isEmpty()`.
    match (value, name) {
        (Value::Map(_) | Value::List(_) | Value::Text(_), "empty") => {
            match call(heap, value, "isEmpty", &[]) {
                Outcome::Value(value) => Some(value),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `$list[0]`, `$map["key"]`; lists also count from the end.
pub(super) fn index(heap: &Heap, value: &Value, index: &Value) -> Option<Value> {
    match value {
        Value::List(list) => {
            let items = heap.items(*list);
            items.get(position(items.len(), index)?).cloned()
        }
        Value::Map(map) => heap.get(*map, &heap.to_text(index)).cloned(),
        _ => None,
    }
}

pub(super) fn item_mut<'a>(items: &'a mut [Value], index: &Value) -> Option<&'a mut Value> {
    let at = position(items.len(), index)?;
    items.get_mut(at)
}

fn position(length: usize, index: &Value) -> Option<usize> {
    let Value::Int(index) = index else {
        return None;
    };
    let distance = usize::try_from(index.unsigned_abs()).ok()?;
    if *index >= 0 {
        Some(distance)
    } else {
        length.checked_sub(distance)
    }
}

pub(super) fn call(heap: &mut Heap, value: &Value, method: &str, args: &[Value]) -> Outcome {
    let outcome = match value {
        Value::Text(text) => strings::call(heap, text, method, args),
        Value::List(list) => list_method(heap, *list, method, args),
        Value::Map(map) => map_method(heap, *map, method, args),
        Value::Int(_) | Value::Double(_) | Value::Big(_) => number_method(value, method, args),
        Value::Bool(_) | Value::Null | Value::Object(_) | Value::Defined(_) => Outcome::Missing,
    };
    match (outcome, method, args) {
        (Outcome::Missing, "toString", []) => {
            let text = heap.to_text(value);
            Outcome::Value(Value::text(text))
        }
        (Outcome::Missing, "equals", [other]) => heap.same(value, other).into(),
        (outcome, _, _) => outcome,
    }
}

fn list_method(heap: &mut Heap, list: ListId, method: &str, args: &[Value]) -> Outcome {
    let items = heap.items(list);
    match (method, args) {
        ("size" | "length", []) => items.len().into(),
        ("isEmpty", []) => items.is_empty().into(),
        ("get", [at @ Value::Int(_)]) => index(heap, &Value::List(list), at).into(),
        ("contains", [value]) => items.iter().any(|item| heap.same(item, value)).into(),
        ("indexOf", [value]) => items.iter().position(|item| heap.same(item, value)).into(),
        ("lastIndexOf", [value]) => items.iter().rposition(|item| heap.same(item, value)).into(),
        ("containsAll", [Value::List(others)]) => {
            let has = |other| items.iter().any(|item| heap.same(item, other));
            heap.items(*others).iter().all(has).into()
        }
        ("subList", [Value::Int(from), Value::Int(to)]) => {
            let range = usize::try_from(*from).ok().zip(usize::try_from(*to).ok());
            let part = range
                .and_then(|(from, to)| items.get(from..to))
                .map(<[Value]>::to_vec);
            match part {
                Some(part) => Outcome::Value(heap.list(part, Style::Java)),
                None => Outcome::Missing,
            }
        }
        _ => list_change(heap, list, method, args),
    }
}

fn list_change(heap: &mut Heap, list: ListId, method: &str, args: &[Value]) -> Outcome {
    let found = match (method, args) {
        ("remove", [value]) if !matches!(value, Value::Int(_)) => heap
            .items(list)
            .iter()
            .position(|item| heap.same(item, value)),
        _ => None,
    };
    let others = match args {
        [Value::List(others)] if method == "addAll" => heap.items(*others).to_vec(),
        _ => Vec::new(),
    };
    heap.charge(others.len());
    let Some(items) = heap.items_mut(list) else {
        return Outcome::Missing;
    };
    match (method, args) {
        ("add", [value]) => {
            items.push(value.clone());
            true.into()
        }
        ("add", [Value::Int(at), value]) => match usize::try_from(*at) {
            Ok(at) if at <= items.len() => {
                items.insert(at, value.clone());
                Outcome::Value(Value::Null)
            }
            _ => Outcome::Missing,
        },
        ("addAll", [Value::List(_)]) => {
            items.extend(others);
            true.into()
        }
        ("set", [at, value]) => match item_mut(items, at) {
            Some(item) => Outcome::Value(std::mem::replace(item, value.clone())),
            None => Outcome::Missing,
        },
        ("remove", [Value::Int(at)]) => match usize::try_from(*at) {
            Ok(at) if at < items.len() => Outcome::Value(items.remove(at)),
            _ => Outcome::Missing,
        },
        ("remove", [_]) => {
            if let Some(at) = found {
                items.remove(at);
            }
            found.is_some().into()
        }
        ("clear", []) => {
            items.clear();
            Outcome::Value(Value::Null)
        }
        _ => Outcome::Missing,
    }
}

fn map_method(heap: &mut Heap, map: MapId, method: &str, args: &[Value]) -> Outcome {
    let Some(members) = heap.members(map) else {
        return Outcome::Missing;
    };
    match (method, args) {
        ("size", []) => members.len().into(),
        ("isEmpty", []) => members.is_empty().into(),
        ("get", [key]) => heap.get(map, &heap.to_text(key)).cloned().into(),
        ("getOrDefault", [key, default]) => {
            let found = heap.get(map, &heap.to_text(key)).unwrap_or(default);
            Outcome::Value(found.clone())
        }
        ("containsKey", [key]) => heap.get(map, &heap.to_text(key)).is_some().into(),
        ("containsValue", [value]) => members.values().any(|v| heap.same(v, value)).into(),
        ("getKey", []) => heap.get(map, "key").cloned().into(),
        ("getValue", []) => heap.get(map, "value").cloned().into(),
        ("keySet", []) => {
            let keys = members.keys().map(|key| Value::Text(key.clone())).collect();
            Outcome::Value(heap.list(keys, Style::Java))
        }
        ("values", []) => {
            let values = members.values().cloned().collect();
            Outcome::Value(heap.list(values, Style::Java))
        }
        ("entrySet", []) => {
            let pairs: Vec<_> = members
                .iter()
                .map(|(k, v)| (k.clone(), v.clone()))
                .collect();
            let entries = pairs
                .iter()
                .map(|(k, v)| heap.entry(k, v.clone()))
                .collect();
            Outcome::Value(heap.list(entries, Style::Java))
        }
        _ => map_change(heap, map, method, args),
    }
}

fn map_change(heap: &mut Heap, map: MapId, method: &str, args: &[Value]) -> Outcome {
    let key: Option<Arc<str>> = args.first().map(|key| Arc::from(heap.to_text(key)));
    let others: Vec<(Arc<str>, Value)> = match args {
        [Value::Map(others)] if method == "putAll" => {
            let others = heap.members(*others).into_iter().flatten();
            others
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        }
        _ => Vec::new(),
    };
    heap.charge(others.len());
    let Some(members) = heap.members_mut(map) else {
        return Outcome::Missing;
    };
    match (method, args, key) {
        ("put", [_, value], Some(key)) => members.insert(key, value.clone()).into(),
        ("putIfAbsent", [_, value], Some(key)) => match members.get(&key) {
            Some(present) => Outcome::Value(present.clone()),
            None => members.insert(key, value.clone()).into(),
        },
        ("putAll", [Value::Map(_)], _) => {
            members.extend(others);
            Outcome::Value(Value::Null)
        }
        ("remove", [_], Some(key)) => members.shift_remove(&key).into(),
        ("clear", [], _) => {
            members.clear();
            Outcome::Value(Value::Null)
        }
        _ => Outcome::Missing,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "as Java narrows a double to an integer"
)]
fn number_method(number: &Value, method: &str, args: &[Value]) -> Outcome {
    let double = operators::as_double(number);
    match (method, args) {
        ("intValue" | "longValue", []) => match number {
            Value::Int(n) => Outcome::Value(Value::Int(*n)),
            _ => double.map(|n| Value::Int(n as i64)).into(),
        },
        ("doubleValue" | "floatValue", []) => double.map(Value::Double).into(),
        // Static methods are reached through any instance: `$number.parseInt("7")`.
        ("parseInt" | "parseLong" | "valueOf", [Value::Text(text)]) => {
            match (number, text.parse()) {
                (Value::Double(_), _) => text.parse().ok().map(Value::Double).into(),
                (_, parsed) => parsed.ok().map(Value::Int).into(),
            }
        }
        ("parseDouble" | "parseFloat", [Value::Text(text)]) => {
            text.parse().ok().map(Value::Double).into()
        }
        ("compareTo", [other]) => match (double, operators::as_double(other)) {
            (Some(a), Some(b)) => a
                .partial_cmp(&b)
                .map(|ordering| Value::Int(ordering as i64))
                .into(),
            _ => Outcome::Missing,
        },
        _ => Outcome::Missing,
    }
}
