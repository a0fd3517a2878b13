//! A template's text as a tree whose every node knows its place in the file.
//!
//! Both notations end in the same tree: YAML's short tags (`!Ref x`) become the long form
//! (`{"Ref": "x"}`), aliases are copied in. The tree is bounded in size and depth, so that code
//! that walks it may recurse. Knows nothing of what a template means.

mod flow;
mod json;
mod source;
mod write;
mod yaml;

pub use source::{Notation, Source};

use crate::error::TemplateError;

/// The longest template text accepted, in bytes: CloudFormation's own limit for a stored template.
pub const MAX_TEXT_BYTES: usize = 1024 * 1024;
/// How deep lists and maps may nest.
pub const MAX_DEPTH: usize = 100;
/// How many keys one map may have: they are looked up one by one.
pub const MAX_KEYS: usize = 2_000;
/// How many nodes a tree may have once aliases are copied in.
pub const MAX_NODES: usize = 200_000;

/// A place in a template's text; lines and columns count from one, columns in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub line: u32,
    pub column: u32,
}

/// One value and where it stands. Two nodes are equal when their values are: places do not count.
#[derive(Clone, Debug)]
pub struct Node {
    pub mark: Mark,
    pub value: Value,
}

/// What a node holds. A number keeps its text: as a string property it must come back unchanged.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Map),
}

/// A map's key and where it stands; equal when the text is.
#[derive(Clone, Debug)]
pub struct Key {
    pub mark: Mark,
    pub text: String,
}

/// Entries in the order of the file, each key once.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Key, Node)>,
}

/// Reads a template's text.
///
/// What looks like a slip but has a meaning joins `remarks`.
///
/// # Errors
/// Text that is not of its notation, in JSON a key given twice, an unknown tag, or a tree beyond
/// the bounds; each with its place.
pub(crate) fn parse(
    source: &Source,
    remarks: &mut Vec<TemplateError>,
) -> Result<Node, TemplateError> {
    let text = source.text();
    if text.len() > MAX_TEXT_BYTES {
        let limit = format!("{MAX_TEXT_BYTES} bytes of text");
        return Err(TemplateError::too_large(Mark::default(), limit));
    }
    match source.notation() {
        Notation::Json => json::parse(text),
        Notation::Yaml => yaml::parse(text, remarks),
    }
}

/// Reads JSON text that this crate wrote itself, such as recorded properties.
pub(crate) fn parse_json(text: &str) -> Result<Node, TemplateError> {
    json::parse(text)
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.value == other.value
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        self.text == other.text
    }
}

impl PartialEq for Map {
    /// The order of keys does not count.
    fn eq(&self, other: &Map) -> bool {
        self.len() == other.len()
            && self
                .iter()
                .all(|(key, node)| other.get(&key.text) == Some(node))
    }
}

impl Node {
    pub fn new(mark: Mark, value: Value) -> Node {
        Node { mark, value }
    }

    pub fn text(mark: Mark, text: impl Into<String>) -> Node {
        Node::new(mark, Value::Text(text.into()))
    }

    pub fn list(mark: Mark, items: impl IntoIterator<Item = Node>) -> Node {
        Node::new(mark, Value::List(items.into_iter().collect()))
    }

    /// A map whose keys stand where the map does; a key given twice keeps its last value.
    pub fn map<K: Into<String>>(mark: Mark, entries: impl IntoIterator<Item = (K, Node)>) -> Node {
        let mut map = Map::default();
        for (key, node) in entries {
            map.set(mark, key, node);
        }
        Node::new(mark, Value::Map(map))
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Text, or the text of a number or truth value, as CloudFormation coerces scalars to strings.
    pub fn as_scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            _ => None,
        }
    }

    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(items) => Some(items),
            _ => None,
        }
    }

    /// What kind of value this is, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "an object",
        }
    }
}

impl Map {
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, node)| node)
    }

    /// A key with its place, and its value.
    pub fn entry(&self, key: &str) -> Option<(&Key, &Node)> {
        self.iter().find(|(known, _)| known.text == key)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Node)> {
        self.entries.iter().map(|(key, node)| (key, node))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&Key, &mut Node)> {
        self.entries.iter_mut().map(|(key, node)| (&*key, node))
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The only entry of a map that has exactly one.
    pub fn single(&self) -> Option<(&Key, &Node)> {
        match self.entries.as_slice() {
            [(key, node)] => Some((key, node)),
            _ => None,
        }
    }

    /// Gives `key` a value, in its old position if it had one; `mark` is where a new key stands.
    pub fn set(&mut self, mark: Mark, key: impl Into<String>, node: Node) {
        let text = key.into();
        match self
            .entries
            .iter_mut()
            .find(|(known, _)| known.text == text)
        {
            Some((_, value)) => *value = node,
            None => self.entries.push((Key { mark, text }, node)),
        }
    }

    /// Adds entries to the object at `key`, which is made if there is none.
    pub fn merge(&mut self, mark: Mark, key: &str, entries: &Map) {
        let there = self.get(key).and_then(Node::as_map);
        let mut all = there.cloned().unwrap_or_default();
        for (key, node) in entries.iter() {
            all.set(key.mark, key.text.as_str(), node.clone());
        }
        self.set(mark, key, Node::new(mark, Value::Map(all)));
    }

    /// Takes a key out.
    pub fn take(&mut self, key: &str) -> Option<(Key, Node)> {
        let at = self
            .entries
            .iter()
            .position(|(known, _)| known.text == key)?;
        Some(self.entries.remove(at))
    }

    /// Adds an entry of the file; a key that is there takes the new value.
    fn put(&mut self, key: Key, node: Node) -> Result<(), TemplateError> {
        match self.entries.iter_mut().find(|(known, _)| *known == key) {
            Some(entry) => {
                *entry = (key, node);
                Ok(())
            }
            None => self.push(key, node),
        }
    }

    /// Adds an entry of the file that must be new.
    fn push(&mut self, key: Key, node: Node) -> Result<(), TemplateError> {
        if let Some((first, _)) = self.entry(&key.text) {
            return Err(TemplateError::duplicate_key(
                key.mark, &key.text, first.mark,
            ));
        }
        if self.len() == MAX_KEYS {
            let limit = format!("{MAX_KEYS} keys in one object");
            return Err(TemplateError::too_large(key.mark, limit));
        }
        self.entries.push((key, node));
        Ok(())
    }
}

/// Whether plain text reads as a number in both notations: JSON's grammar, so that `012` and
/// `2012-10-17` stay text.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

#[cfg(test)]
mod tests;
