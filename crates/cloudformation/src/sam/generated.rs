//! References to what the transform generates: `!Ref Api.Stage`, `${Function.Version}`.

use crate::document::{Map, Node, Value};
use crate::template::Template;
use std::collections::BTreeMap;

/// The logical ids of what was generated, by the names that templates may use: `Api.Stage`.
#[derive(Debug, Default)]
pub(super) struct Generated(BTreeMap<String, String>);

impl Generated {
    pub fn note(&mut self, resource: &str, property: &str, logical_id: &str) {
        let name = format!("{resource}.{property}");
        self.0.insert(name, logical_id.to_owned());
    }

    /// Puts the logical ids where the names stand.
    pub fn resolve(&self, template: &mut Template) {
        if self.0.is_empty() {
            return;
        }
        for resource in &mut template.resources {
            self.map(&mut resource.properties);
            for (name, _) in &mut resource.depends_on {
                self.name(name);
            }
        }
        for output in &mut template.outputs {
            self.node(&mut output.value);
        }
    }

    fn map(&self, map: &mut Map) {
        for (key, node) in map.iter_mut() {
            match (key.text.as_str(), &mut node.value) {
                ("Ref", Value::Text(name)) => self.name(name),
                ("Fn::GetAtt", Value::Text(path)) => self.attribute(path),
                ("Fn::GetAtt", Value::List(path)) => {
                    if let Some(Value::Text(name)) = path.first_mut().map(|node| &mut node.value) {
                        self.name(name);
                    }
                }
                ("Fn::Sub", Value::Text(text)) => self.placeholders(text),
                ("Fn::Sub", Value::List(arguments)) => {
                    let mut arguments = arguments.iter_mut();
                    if let Some(Value::Text(text)) = arguments.next().map(|node| &mut node.value) {
                        self.placeholders(text);
                    }
                    arguments.for_each(|argument| self.node(argument));
                }
                _ => self.node(node),
            }
        }
    }

    fn node(&self, node: &mut Node) {
        match &mut node.value {
            Value::Map(map) => self.map(map),
            Value::List(items) => items.iter_mut().for_each(|item| self.node(item)),
            _ => {}
        }
    }

    fn name(&self, name: &mut String) {
        if let Some(id) = self.0.get(name) {
            name.clone_from(id);
        }
    }

    /// `Function.Alias.AliasArn`
    fn attribute(&self, path: &mut String) {
        if let Some((name, attribute)) = path.rsplit_once('.')
            && let Some(id) = self.0.get(name)
        {
            *path = format!("{id}.{attribute}");
        }
    }

    /// `${Api.Stage}` within a text; `${!Api.Stage}` is text.
    fn placeholders(&self, text: &mut String) {
        for (name, id) in &self.0 {
            let placeholder = format!("${{{name}}}");
            if text.contains(&placeholder) {
                *text = text.replace(&placeholder, &format!("${{{id}}}"));
            }
        }
    }
}
