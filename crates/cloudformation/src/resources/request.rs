//! Inputs for operations, read by the same decoder as a client's request, so that every
//! constraint of the model holds and its message is AWS's.

use super::Failure;
use crate::document::{Map, Node, Value};
use std::borrow::Cow;
use wire::Input;

/// An input's document while it is written.
#[derive(Default)]
pub(super) struct Request<'p>(Vec<(Cow<'p, str>, wire::Node<'p>)>);

impl<'p> Request<'p> {
    pub fn new() -> Request<'p> {
        Request::default()
    }

    /// Gives a member a text.
    pub fn text(mut self, member: &'p str, text: &'p str) -> Request<'p> {
        let text = wire::Node::String(Cow::Borrowed(text));
        self.0.push((Cow::Borrowed(member), text));
        self
    }

    /// Gives a member a text that was made for it.
    pub fn own_text(mut self, member: &'p str, text: String) -> Request<'p> {
        let text = wire::Node::String(Cow::Owned(text));
        self.0.push((Cow::Borrowed(member), text));
        self
    }

    /// Gives a member a truth value.
    pub fn flag(mut self, member: &'p str, value: bool) -> Request<'p> {
        self.0
            .push((Cow::Borrowed(member), wire::Node::Bool(value)));
        self
    }

    /// Copies properties that the operation has under the same name.
    pub fn copy(self, properties: &'p Map, names: &[&'static str]) -> Request<'p> {
        names.iter().fold(self, |request, name| {
            request.copy_as(properties, name, name)
        })
    }

    /// Copies properties whose member has the same name with a small first letter, as API
    /// Gateway spells it.
    pub fn copy_small(self, properties: &'p Map, names: &[&'static str]) -> Request<'p> {
        names.iter().fold(self, |mut request, name| {
            if let Some(node) = properties.get(name) {
                request.0.push((Cow::Owned(small(name)), wire_node(node)));
            }
            request
        })
    }

    /// The same for properties that are objects with such names themselves.
    pub fn copy_small_objects(self, properties: &'p Map, names: &[&'static str]) -> Request<'p> {
        names.iter().fold(self, |mut request, name| {
            if let Some(node) = properties.get(name) {
                request
                    .0
                    .push((Cow::Owned(small(name)), small_object(node)));
            }
            request
        })
    }

    /// The same for a property that is a list of such objects.
    pub fn copy_small_list(mut self, properties: &'p Map, name: &str) -> Request<'p> {
        if let Some(items) = properties.get(name).and_then(Node::as_list) {
            let items = items.iter().map(small_object).collect();
            let items = wire::Node::List(items);
            self.0.push((Cow::Owned(small(name)), items));
        }
        self
    }

    /// The same for a property with such objects under keys of the user's choice.
    pub fn copy_small_map(mut self, properties: &'p Map, name: &str) -> Request<'p> {
        if let Some(map) = properties.get(name).and_then(Node::as_map) {
            let entries = map.iter();
            let entries =
                entries.map(|(key, node)| (Cow::Borrowed(key.text.as_str()), small_object(node)));
            let entries = wire::Node::Map(entries.collect());
            self.0.push((Cow::Owned(small(name)), entries));
        }
        self
    }

    /// Copies a property to a member of another name.
    pub fn copy_as(mut self, properties: &'p Map, name: &str, member: &'p str) -> Request<'p> {
        if let Some(node) = properties.get(name) {
            self.0.push((Cow::Borrowed(member), wire_node(node)));
        }
        self
    }

    /// Copies `[{Key, Value}]` to a member that is a map.
    pub fn tag_map(mut self, properties: &'p Map, member: &'p str) -> Request<'p> {
        if let Some(tags) = properties.get("Tags").and_then(Node::as_list) {
            let pairs = tags.iter().filter_map(|tag| {
                let tag = tag.as_map()?;
                let key = tag.get("Key")?.as_text()?;
                Some((Cow::Borrowed(key), wire_node(tag.get("Value")?)))
            });
            let tags = wire::Node::Map(pairs.collect());
            self.0.push((Cow::Borrowed(member), tags));
        }
        self
    }

    /// Gives a member an object, if there is one.
    pub fn object(
        mut self,
        member: &'p str,
        object: impl Into<Option<Request<'p>>>,
    ) -> Request<'p> {
        if let Some(object) = object.into() {
            self.0
                .push((Cow::Borrowed(member), wire::Node::Map(object.0)));
        }
        self
    }

    /// Gives a member a list of objects.
    pub fn list(
        mut self,
        member: &'p str,
        objects: impl IntoIterator<Item = Request<'p>>,
    ) -> Request<'p> {
        let objects = objects.into_iter();
        let objects = objects.map(|object| wire::Node::Map(object.0)).collect();
        self.0
            .push((Cow::Borrowed(member), wire::Node::List(objects)));
        self
    }

    /// The input.
    ///
    /// # Errors
    /// What the operation would refuse a client with.
    pub fn input<I: Input>(self) -> Result<I, Failure> {
        let input = wire::decode_input(wire::Node::Map(self.0));
        input.map_err(|rejection| Failure::Refused {
            operation: I::OPERATION.name,
            fault: rejection.fault(I::SERVICE),
        })
    }
}

/// A name with a small first letter.
fn small(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

fn small_object(node: &Node) -> wire::Node<'_> {
    match &node.value {
        Value::Map(map) => {
            let members = map.iter();
            let members = members.map(|(key, n)| (Cow::Owned(small(&key.text)), wire_node(n)));
            wire::Node::Map(members.collect())
        }
        _ => wire_node(node),
    }
}

fn wire_node(node: &Node) -> wire::Node<'_> {
    match &node.value {
        Value::Null => wire::Node::Null,
        Value::Bool(value) => wire::Node::Bool(*value),
        Value::Number(digits) => match (digits.parse(), digits.parse()) {
            (Ok(integer), _) => wire::Node::Integer(integer),
            (_, Ok(decimal)) => wire::Node::Decimal(decimal),
            _ => wire::Node::Null,
        },
        Value::Text(text) => wire::Node::String(Cow::Borrowed(text)),
        Value::List(items) => wire::Node::List(items.iter().map(wire_node).collect()),
        Value::Map(map) => {
            let members = map.iter();
            let members = members.map(|(key, n)| (Cow::Borrowed(key.text.as_str()), wire_node(n)));
            wire::Node::Map(members.collect())
        }
    }
}
