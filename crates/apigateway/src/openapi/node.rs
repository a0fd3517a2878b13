//! Looking into a document: members, texts, and references to other places of it.

use crate::json::{Json, Number};

/// References that are followed one after the other.
const MAX_REFERENCES: usize = 32;

/// A place in a document.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    root: &'a Json,
    json: &'a Json,
}

impl<'a> Node<'a> {
    pub fn root(root: &'a Json) -> Node<'a> {
        Node { root, json: root }
    }

    pub fn json(&self) -> &'a Json {
        self.json
    }

    fn at(&self, json: &'a Json) -> Node<'a> {
        Node {
            root: self.root,
            json,
        }
    }

    pub fn member(&self, name: &str) -> Option<Node<'a>> {
        self.json.get(name).map(|json| self.at(json))
    }

    /// A member as text: numbers and booleans as they print.
    pub fn text(&self, name: &str) -> Option<String> {
        self.json
            .get(name)
            .filter(|json| **json != Json::Null)
            .map(text)
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.json.get(name)? {
            Json::Bool(flag) => Some(*flag),
            Json::String(text) => Some(text == "true"),
            _ => None,
        }
    }

    pub fn integer(&self, name: &str) -> Option<i32> {
        match self.json.get(name)? {
            Json::Number(Number::Integer(n)) => i32::try_from(*n).ok(),
            Json::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// The members of a member, in the document's order.
    pub fn members(&self, name: &str) -> Vec<(&'a str, Node<'a>)> {
        self.member(name)
            .map(|node| node.all_members())
            .unwrap_or_default()
    }

    pub fn all_members(&self) -> Vec<(&'a str, Node<'a>)> {
        match self.json {
            Json::Object(members) => members
                .iter()
                .map(|(name, json)| (name.as_str(), self.at(json)))
                .collect(),
            _ => Vec::new(),
        }
    }

    pub fn items(&self) -> Vec<Node<'a>> {
        match self.json {
            Json::Array(items) => items.iter().map(|json| self.at(json)).collect(),
            _ => Vec::new(),
        }
    }

    /// Texts of a list.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let items = self
            .member(name)
            .map(|node| node.items())
            .unwrap_or_default();
        items.into_iter().map(|item| text(item.json)).collect()
    }

    /// Follows `$ref` within the document; a reference that leads nowhere stays where it is.
    pub fn resolved(self) -> Node<'a> {
        let mut node = self;
        for _ in 0..MAX_REFERENCES {
            let Some(pointer) = node.json.get("$ref").and_then(Json::as_str) else {
                return node;
            };
            match pointer
                .strip_prefix("#/")
                .and_then(|pointer| node.find(pointer))
            {
                Some(found) => node = found,
                None => return node,
            }
        }
        node
    }

    fn find(&self, pointer: &str) -> Option<Node<'a>> {
        let unescape = |part: &str| part.replace("~1", "/").replace("~0", "~");
        pointer
            .split('/')
            .map(unescape)
            .try_fold(Node::root(self.root), |node, part| node.member(&part))
    }
}

/// A scalar as text.
pub fn text(json: &Json) -> String {
    match json {
        Json::String(text) => text.clone(),
        json => json.to_text(),
    }
}
