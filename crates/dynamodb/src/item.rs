//! Typed attribute values and items, and what they count for.
//!
//! Invariants: an [`Item`]'s names are sorted and unique; a [`Set`] is sorted, without duplicates
//! and not empty. Sets are sorted because DynamoDB answers with sorted sets. Sizes are to the byte
//! as DynamoDB counts them. Nothing here knows of requests, of tables or of storage, apart from the
//! record format in [`record`].

mod answer;
mod path;
pub mod record;
mod set;

pub use answer::{answered, write_item};
pub use path::{Path, Step};
pub use set::{Set, SetError};

use crate::number::Number;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most bytes an item may count for.
pub const MAX_ITEM_BYTES: usize = 400 * 1024;
/// How many levels of values an item may have: a scalar may be wrapped in 31 lists and maps.
pub const MAX_DEPTH: usize = 32;

/// One attribute's value.
#[derive(Clone, PartialEq)]
pub enum Value {
    S(String),
    N(Number),
    B(Bytes),
    Bool(bool),
    Null,
    L(Vec<Value>),
    M(Item),
    Ss(Set<String>),
    Ns(Set<Number>),
    Bs(Set<Bytes>),
}

/// The type of a value, by DynamoDB's short names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Type {
    S,
    N,
    B,
    Bool,
    Null,
    L,
    M,
    Ss,
    Ns,
    Bs,
}

impl Type {
    pub const ALL: [Type; 10] = [
        Type::B,
        Type::Null,
        Type::Ss,
        Type::Bool,
        Type::L,
        Type::Bs,
        Type::N,
        Type::Ns,
        Type::S,
        Type::M,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Type::S => "S",
            Type::N => "N",
            Type::B => "B",
            Type::Bool => "BOOL",
            Type::Null => "NULL",
            Type::L => "L",
            Type::M => "M",
            Type::Ss => "SS",
            Type::Ns => "NS",
            Type::Bs => "BS",
        }
    }

    pub fn from_name(name: &str) -> Option<Type> {
        Type::ALL.into_iter().find(|t| t.name() == name)
    }

    /// Whether values of this type have an order: strings, numbers and binaries do.
    pub const fn is_ordered(self) -> bool {
        matches!(self, Type::S | Type::N | Type::B)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Value {
    pub const fn type_of(&self) -> Type {
        match self {
            Value::S(_) => Type::S,
            Value::N(_) => Type::N,
            Value::B(_) => Type::B,
            Value::Bool(_) => Type::Bool,
            Value::Null => Type::Null,
            Value::L(_) => Type::L,
            Value::M(_) => Type::M,
            Value::Ss(_) => Type::Ss,
            Value::Ns(_) => Type::Ns,
            Value::Bs(_) => Type::Bs,
        }
    }

    /// What the value counts for in an item's size, without its name.
    pub fn size_bytes(&self) -> usize {
        match self {
            Value::S(text) => text.len(),
            Value::N(number) => number.size_bytes(),
            Value::B(bytes) => bytes.len(),
            Value::Bool(_) | Value::Null => 1,
            // Three for the collection, and one for each element.
            Value::L(list) => 3 + list.iter().map(|v| 1 + v.size_bytes()).sum::<usize>(),
            Value::M(map) => 3 + map.len() + map.size_bytes(),
            Value::Ss(set) => set.iter().map(String::len).sum(),
            Value::Ns(set) => set.iter().map(|n| n.size_bytes()).sum(),
            Value::Bs(set) => set.iter().map(Bytes::len).sum(),
        }
    }

    /// How many levels of values there are, this one and the innermost ones included.
    pub fn depth(&self) -> usize {
        match self {
            Value::L(list) => 1 + list.iter().map(Value::depth).max().unwrap_or(0),
            Value::M(map) => 1 + map.depth(),
            _ => 1,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::S(text) => fmt::Debug::fmt(text, f),
            Value::N(number) => fmt::Debug::fmt(number, f),
            Value::B(bytes) => fmt::Debug::fmt(bytes, f),
            Value::Bool(value) => fmt::Debug::fmt(value, f),
            Value::Null => f.write_str("null"),
            Value::L(list) => fmt::Debug::fmt(list, f),
            Value::M(map) => fmt::Debug::fmt(map, f),
            Value::Ss(set) => fmt::Debug::fmt(set, f),
            Value::Ns(set) => fmt::Debug::fmt(set, f),
            Value::Bs(set) => fmt::Debug::fmt(set, f),
        }
    }
}

/// Values by name: a whole item, a key, or the content of a map.
#[derive(Clone, Default, PartialEq)]
pub struct Item(Vec<(String, Value)>);

impl Item {
    pub const fn new() -> Item {
        Item(Vec::new())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        let at = self.position(name).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let at = self.position(name).ok()?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.position(name).is_ok()
    }

    /// Sets a value and returns the one it replaces.
    pub fn insert(&mut self, name: String, value: Value) -> Option<Value> {
        // Names mostly come sorted: from a record, or from a map that is.
        if self.0.last().is_none_or(|(last, _)| *last < name) {
            self.0.push((name, value));
            return None;
        }
        match self.position(&name) {
            Ok(at) => self
                .0
                .get_mut(at)
                .map(|entry| std::mem::replace(&mut entry.1, value)),
            Err(at) => {
                self.0.insert(at, (name, value));
                None
            }
        }
    }

    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.position(name).ok()?;
        Some(self.0.remove(at).1)
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// What the item counts for: its names and values.
    pub fn size_bytes(&self) -> usize {
        self.iter()
            .map(|(name, value)| name.len() + value.size_bytes())
            .sum()
    }

    /// The depth of its deepest value; see [`Value::depth`].
    pub fn depth(&self) -> usize {
        self.iter()
            .map(|(_, value)| value.depth())
            .max()
            .unwrap_or(0)
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(n, _)| n.as_str().cmp(name))
    }
}

impl FromIterator<(String, Value)> for Item {
    /// Of a repeated name the last counts.
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(entries: I) -> Item {
        let mut item = Item::new();
        for (name, value) in entries {
            item.insert(name, value);
        }
        item
    }
}

impl IntoIterator for Item {
    type Item = (String, Value);
    type IntoIter = std::vec::IntoIter<(String, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
pub(crate) mod tests;
