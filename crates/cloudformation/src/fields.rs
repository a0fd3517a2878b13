//! Reading an object's properties by name, so that every property is either read, refused by name,
//! or unknown.

use crate::document::{Map, Mark, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::template::{text, wrong_type};
use std::collections::BTreeSet;

/// The properties of a resource or of an object within one. Call [`Fields::finish`] at the end.
#[derive(Debug)]
pub(crate) struct Fields<'n> {
    owner: String,
    mark: Mark,
    map: &'n Map,
    seen: BTreeSet<String>,
}

impl<'n> Fields<'n> {
    /// `owner` names the object in messages, `mark` is where it starts.
    pub fn new(owner: impl Into<String>, mark: Mark, map: &'n Map) -> Fields<'n> {
        Fields {
            owner: owner.into(),
            mark,
            map,
            seen: BTreeSet::new(),
        }
    }

    /// The fields of a node that must be an object.
    pub fn of(owner: impl Into<String>, node: &'n Node) -> Result<Fields<'n>, TemplateError> {
        let owner = owner.into();
        match node.as_map() {
            Some(map) => Ok(Fields::new(owner, node.mark, map)),
            None => Err(wrong_type(node, &owner, "an object")),
        }
    }

    pub fn mark(&self) -> Mark {
        self.mark
    }

    fn path(&self, name: &str) -> String {
        format!("{name} of {}", self.owner)
    }

    /// A property as it stands; null counts as absent.
    pub fn node(&mut self, name: &str) -> Option<&'n Node> {
        self.seen.insert(name.to_owned());
        self.map.get(name).filter(|n| n.value != Value::Null)
    }

    /// A property that has to be there.
    pub fn required(&mut self, name: &str) -> Result<&'n Node, TemplateError> {
        let node = self.node(name);
        node.ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> TemplateError {
        let (owner, name) = (self.owner.clone(), name.to_owned());
        Problem::MissingProperty { owner, name }.at(self.mark)
    }

    pub fn text(&mut self, name: &str) -> Result<Option<String>, TemplateError> {
        let node = self.node(name);
        let value = node.map(|node| text(node, &self.path(name)).map(str::to_owned));
        value.transpose()
    }

    pub fn required_text(&mut self, name: &str) -> Result<String, TemplateError> {
        let value = self.text(name)?;
        value.ok_or_else(|| self.missing(name))
    }

    pub fn flag(&mut self, name: &str) -> Result<Option<bool>, TemplateError> {
        let Some(node) = self.node(name) else {
            return Ok(None);
        };
        match node.as_scalar() {
            Some("true" | "True" | "TRUE") => Ok(Some(true)),
            Some("false" | "False" | "FALSE") => Ok(Some(false)),
            _ => Err(wrong_type(node, &self.path(name), "true or false")),
        }
    }

    /// A list's items; an absent list is empty.
    pub fn items(&mut self, name: &str) -> Result<&'n [Node], TemplateError> {
        match self.node(name) {
            None => Ok(&[]),
            Some(node) => {
                let items = node.as_list();
                items.ok_or_else(|| wrong_type(node, &self.path(name), "a list"))
            }
        }
    }

    /// An object within this one.
    pub fn object(&mut self, name: &str) -> Result<Option<Fields<'n>>, TemplateError> {
        let path = self.path(name);
        let node = self.node(name);
        node.map(|node| Fields::of(path, node)).transpose()
    }

    /// Properties that AWS knows and we do not carry out.
    pub fn refuse(&mut self, names: &[&str]) -> Result<(), TemplateError> {
        for name in names {
            if let Some(node) = self.node(name) {
                return Err(TemplateError::not_supported(node.mark, self.path(name)));
            }
        }
        Ok(())
    }

    /// # Errors
    /// The first property that nobody asked for.
    pub fn finish(self) -> Result<(), TemplateError> {
        match self
            .map
            .iter()
            .find(|(key, _)| !self.seen.contains(&key.text))
        {
            None => Ok(()),
            Some((key, _)) => {
                let (owner, name) = (self.owner, key.text.clone());
                Err(Problem::UnknownProperty { owner, name }.at(key.mark))
            }
        }
    }
}
