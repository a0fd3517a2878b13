//! Which resources a value refers to, in the branches that count in this deployment.

use super::Scope;
use crate::document::{Map, Node, Value};
use crate::error::TemplateError;
use crate::intrinsic::{Intrinsic, SubPart, intrinsic};
use std::collections::BTreeSet;

impl Scope<'_> {
    /// The logical ids of the resources that a map of properties refers to.
    pub fn references(&self, map: &Map) -> Result<BTreeSet<String>, TemplateError> {
        let mut found = BTreeSet::new();
        for (_, node) in map.iter() {
            self.collect(node, &mut found)?;
        }
        Ok(found)
    }

    fn collect(&self, node: &Node, found: &mut BTreeSet<String>) -> Result<(), TemplateError> {
        if let Some(call) = intrinsic(node)? {
            return self.collect_call(node, call, found);
        }
        match &node.value {
            Value::List(items) => items.iter().try_for_each(|item| self.collect(item, found)),
            Value::Map(map) => map.iter().try_for_each(|(_, n)| self.collect(n, found)),
            _ => Ok(()),
        }
    }

    fn collect_call(
        &self,
        node: &Node,
        call: Intrinsic<'_>,
        found: &mut BTreeSet<String>,
    ) -> Result<(), TemplateError> {
        match call {
            Intrinsic::Ref(name) => self.note(name, found),
            Intrinsic::GetAtt { resource, .. } => self.note(resource, found),
            Intrinsic::Sub { parts, variables } => {
                for part in parts {
                    match part {
                        SubPart::Name(name) if variables.is_none_or(|v| v.get(name).is_none()) => {
                            self.note(name.split('.').next().unwrap_or(name), found);
                        }
                        SubPart::Name(_) | SubPart::Text(_) => {}
                    }
                }
                let variables = variables.into_iter().flat_map(Map::iter);
                for (_, node) in variables {
                    self.collect(node, found)?;
                }
            }
            Intrinsic::If {
                condition,
                then,
                otherwise,
            } => {
                let chosen = self.holds(Some(&(condition.to_owned(), node.mark)))?;
                self.collect(if chosen { then } else { otherwise }, found)?;
            }
            Intrinsic::Join { list, .. } => self.collect(list, found)?,
            Intrinsic::Split { text, .. } => self.collect(text, found)?,
            Intrinsic::Select { index, list } => {
                self.collect(index, found)?;
                self.collect(list, found)?;
            }
            Intrinsic::Base64(node) | Intrinsic::Not(node) => self.collect(node, found)?,
            Intrinsic::FindInMap { map, top, second } => {
                for node in [map, top, second] {
                    self.collect(node, found)?;
                }
            }
            Intrinsic::And(_) | Intrinsic::Or(_) | Intrinsic::Equals(..) => {}
        }
        Ok(())
    }

    fn note(&self, name: &str, found: &mut BTreeSet<String>) {
        if self.template.resource(name).is_some() {
            found.insert(name.to_owned());
        }
    }
}
