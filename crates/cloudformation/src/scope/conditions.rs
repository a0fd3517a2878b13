//! The Conditions section: truth values of parameters, before there is any resource.

use super::{Resolver, Scope};
use crate::document::{Mark, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::intrinsic::{Intrinsic, intrinsic};
use crate::template::wrong_type;

impl Scope<'_> {
    /// The value of a condition by name; `path` holds the conditions that wait for it.
    pub(super) fn evaluate(
        &self,
        name: &str,
        mark: Mark,
        path: &mut Vec<String>,
    ) -> Result<bool, TemplateError> {
        if let Some(value) = self.conditions.get(name) {
            return Ok(*value);
        }
        let circular = path.iter().any(|waiting| waiting == name);
        path.push(name.to_owned());
        if circular {
            return Err(Problem::Cycle(path.clone()).at(mark));
        }
        let Some(node) = self.template.conditions.get(name) else {
            return Err(Problem::UnknownCondition(name.to_owned()).at(mark));
        };
        let value = self.condition(node, path)?;
        path.pop();
        Ok(value)
    }

    fn condition(&self, node: &Node, path: &mut Vec<String>) -> Result<bool, TemplateError> {
        let named = node.as_map().and_then(|map| map.single());
        if let Some((key, name)) = named.filter(|(key, _)| key.text == "Condition") {
            let text = name.as_text();
            let text = text.ok_or_else(|| wrong_type(name, &key.text, "a condition's name"))?;
            return self.evaluate(text, name.mark, path);
        }
        match intrinsic(node)? {
            Some(Intrinsic::Equals(left, right)) => Ok(self.early(left)? == self.early(right)?),
            Some(Intrinsic::And(all)) => all
                .iter()
                .try_fold(true, |so_far, one| Ok(self.condition(one, path)? && so_far)),
            Some(Intrinsic::Or(any)) => {
                any.iter().try_fold(
                    false,
                    |so_far, one| Ok(self.condition(one, path)? || so_far),
                )
            }
            Some(Intrinsic::Not(one)) => Ok(!self.condition(one, path)?),
            _ => Err(wrong_type(
                node,
                "a condition",
                "Fn::Equals, Fn::And, Fn::Or or Fn::Not",
            )),
        }
    }

    /// A value that must not depend on a resource. Scalars compare as the strings they are.
    fn early(&self, node: &Node) -> Result<Value, TemplateError> {
        let mut resolver = Resolver {
            scope: self,
            pending: false,
        };
        let value = resolver.node(node)?;
        if resolver.pending {
            let what = "a resource in a condition";
            return Err(TemplateError::not_supported(node.mark, what));
        }
        Ok(match value {
            Some(node) => match node.as_scalar() {
                Some(scalar) => Value::Text(scalar.to_owned()),
                None => node.value,
            },
            None => Value::Null,
        })
    }
}
