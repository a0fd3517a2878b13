//! What names mean in one deployment: parameters, pseudo parameters, mappings, conditions, and the
//! resources made so far. Turns nodes with function calls into plain data.
//!
//! A resource that is not made yet stands as a placeholder, `${Name}` or `${Name.Attribute}`, so
//! that properties can be checked before anything is created; whoever resolves learns whether a
//! placeholder was used.

mod conditions;
mod references;

use crate::catalog;
use crate::document::{Map, Mark, Node, Value};
use crate::error::{Problem, TemplateError};
use crate::intrinsic::{Intrinsic, SubPart, intrinsic};
use crate::template::{ParameterValue, Template, parameter_values, text, wrong_type, wrong_value};
use base64::Engine as _;
use std::collections::BTreeMap;

/// Where a deployment happens: the values of the pseudo parameters.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub region: String,
    pub account_id: String,
    pub stack_name: String,
    pub stack_id: String,
}

/// What the rest of the template may know of a resource that exists.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Made {
    /// What `Ref` gives.
    pub reference: String,
    /// What `Fn::GetAtt` gives.
    pub attributes: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(crate) struct Scope<'t> {
    template: &'t Template,
    place: &'t Place,
    parameters: BTreeMap<String, ParameterValue>,
    conditions: BTreeMap<String, bool>,
    made: BTreeMap<String, Made>,
}

/// Plain data, and whether it holds placeholders.
#[derive(Debug)]
pub(crate) struct Resolved<T> {
    pub value: T,
    pub pending: bool,
}

impl<'t> Scope<'t> {
    /// # Errors
    /// Parameter values that do not fit, or a condition that cannot be evaluated.
    pub fn new(
        template: &'t Template,
        place: &'t Place,
        given: &BTreeMap<String, String>,
    ) -> Result<Scope<'t>, TemplateError> {
        let mut scope = Scope {
            template,
            place,
            parameters: parameter_values(&template.parameters, given)?,
            conditions: BTreeMap::new(),
            made: BTreeMap::new(),
        };
        for (key, _) in template.conditions.iter() {
            let value = scope.evaluate(&key.text, key.mark, &mut Vec::new())?;
            scope.conditions.insert(key.text.clone(), value);
        }
        Ok(scope)
    }

    /// Makes a resource known.
    pub fn made(&mut self, logical_id: &str, made: Made) {
        self.made.insert(logical_id.to_owned(), made);
    }

    /// Whether a condition by name holds; no condition always does.
    pub fn holds(&self, condition: Option<&(String, Mark)>) -> Result<bool, TemplateError> {
        let Some((name, mark)) = condition else {
            return Ok(true);
        };
        let value = self.conditions.get(name).copied();
        value.ok_or_else(|| Problem::UnknownCondition(name.clone()).at(*mark))
    }

    /// Plain data for a resource's properties.
    pub fn properties(&self, map: &Map) -> Result<Resolved<Map>, TemplateError> {
        let mut resolver = Resolver {
            scope: self,
            pending: false,
        };
        let value = resolver.map(map)?;
        let pending = resolver.pending;
        Ok(Resolved { value, pending })
    }

    /// Plain data for one value; `AWS::NoValue` is null.
    pub fn value(&self, node: &Node) -> Result<Resolved<Node>, TemplateError> {
        let mut resolver = Resolver {
            scope: self,
            pending: false,
        };
        let value = resolver.node(node)?;
        let value = value.unwrap_or_else(|| Node::new(node.mark, Value::Null));
        let pending = resolver.pending;
        Ok(Resolved { value, pending })
    }

    fn pseudo(&self, name: &str) -> Option<&str> {
        match name {
            "AWS::Region" => Some(&self.place.region),
            "AWS::AccountId" => Some(&self.place.account_id),
            "AWS::StackName" => Some(&self.place.stack_name),
            "AWS::StackId" => Some(&self.place.stack_id),
            "AWS::Partition" => Some(base::PARTITION),
            "AWS::URLSuffix" => Some("amazonaws.com"),
            _ => None,
        }
    }

    /// The resource of this name, if the stack has it.
    fn resource_type(&self, name: &str, mark: Mark) -> Result<&'t str, TemplateError> {
        let Some(resource) = self.template.resource(name) else {
            return Err(Problem::UnknownName(name.to_owned()).at(mark));
        };
        if !self.holds(resource.condition.as_ref())? {
            return Err(Problem::NotCreated(name.to_owned()).at(mark));
        }
        Ok(&resource.type_name)
    }
}

/// One pass over a value.
struct Resolver<'s, 't> {
    scope: &'s Scope<'t>,
    pending: bool,
}

impl Resolver<'_, '_> {
    /// `None` stands for `AWS::NoValue`: the key or item that holds it is left out.
    fn node(&mut self, node: &Node) -> Result<Option<Node>, TemplateError> {
        if let Some(call) = intrinsic(node)? {
            return self.call(node.mark, call);
        }
        let value = match &node.value {
            Value::List(items) => {
                let items = items.iter().map(|item| self.node(item));
                Value::List(
                    items
                        .filter_map(Result::transpose)
                        .collect::<Result<_, _>>()?,
                )
            }
            Value::Map(map) => Value::Map(self.map(map)?),
            Value::Text(text) => {
                check_static(node.mark, text)?;
                Value::Text(text.clone())
            }
            plain => plain.clone(),
        };
        Ok(Some(Node::new(node.mark, value)))
    }

    fn map(&mut self, map: &Map) -> Result<Map, TemplateError> {
        let mut plain = Map::default();
        for (key, node) in map.iter() {
            if let Some(node) = self.node(node)? {
                plain.set(key.mark, key.text.as_str(), node);
            }
        }
        Ok(plain)
    }

    fn call(&mut self, mark: Mark, call: Intrinsic<'_>) -> Result<Option<Node>, TemplateError> {
        let node = match call {
            Intrinsic::Ref("AWS::NoValue") => return Ok(None),
            Intrinsic::Ref(name) => self.reference(mark, name)?,
            Intrinsic::GetAtt {
                resource,
                attribute,
            } => Node::text(mark, self.attribute(mark, resource, attribute)?),
            Intrinsic::Sub { parts, variables } => {
                let mut all = String::new();
                for part in parts {
                    all.push_str(&self.part(mark, part, variables)?);
                }
                check_static(mark, &all)?;
                Node::text(mark, all)
            }
            Intrinsic::Join { delimiter, list } => {
                let delimiter = self.text(delimiter, "Fn::Join's delimiter")?;
                Node::text(mark, self.texts(list, "Fn::Join's list")?.join(&delimiter))
            }
            Intrinsic::Split { delimiter, text } => {
                let delimiter = self.text(delimiter, "Fn::Split's delimiter")?;
                let text = self.text(text, "Fn::Split's text")?;
                Node::list(mark, split(&text, &delimiter, mark))
            }
            Intrinsic::Select { index, list } => return self.select(index, list).map(Some),
            Intrinsic::If {
                condition,
                then,
                otherwise,
            } => {
                let chosen = self.scope.holds(Some(&(condition.to_owned(), mark)))?;
                return self.node(if chosen { then } else { otherwise });
            }
            Intrinsic::FindInMap { map, top, second } => self.find(map, top, second)?,
            Intrinsic::Base64(node) => {
                let text = self.text(node, "Fn::Base64's text")?;
                Node::text(mark, base64::engine::general_purpose::STANDARD.encode(text))
            }
            Intrinsic::Equals(..) | Intrinsic::And(_) | Intrinsic::Or(_) | Intrinsic::Not(_) => {
                let what = "a condition outside the section Conditions";
                return Err(TemplateError::not_supported(mark, what));
            }
        };
        Ok(Some(node))
    }

    fn reference(&mut self, mark: Mark, name: &str) -> Result<Node, TemplateError> {
        if let Some(value) = self.scope.pseudo(name) {
            return Ok(Node::text(mark, value));
        }
        match self.scope.parameters.get(name) {
            Some(ParameterValue::Text(value)) => return Ok(Node::text(mark, value)),
            Some(ParameterValue::List(items)) => {
                return Ok(Node::list(mark, items.iter().map(|i| Node::text(mark, i))));
            }
            Some(ParameterValue::Stored(key)) => {
                let (parameter, key) = (name.to_owned(), key.clone());
                return Err(Problem::StoredElsewhere { parameter, key }.at(mark));
            }
            None => {}
        }
        self.scope.resource_type(name, mark)?;
        match self.scope.made.get(name) {
            Some(made) => Ok(Node::text(mark, &made.reference)),
            None => {
                self.pending = true;
                Ok(Node::text(mark, format!("${{{name}}}")))
            }
        }
    }

    fn attribute(&mut self, mark: Mark, name: &str, attr: &str) -> Result<String, TemplateError> {
        let type_name = self.scope.resource_type(name, mark)?;
        let unknown = || {
            let (resource, type_name) = (name.to_owned(), type_name.to_owned());
            let attribute = attr.to_owned();
            Problem::UnknownAttribute {
                resource,
                type_name,
                attribute,
            }
            .at(mark)
        };
        match self.scope.made.get(name) {
            Some(made) => made.attributes.get(attr).cloned().ok_or_else(unknown),
            None if catalog::has_attribute(type_name, attr) => {
                self.pending = true;
                Ok(format!("${{{name}.{attr}}}"))
            }
            None => Err(unknown()),
        }
    }

    fn part(
        &mut self,
        mark: Mark,
        part: SubPart<'_>,
        variables: Option<&Map>,
    ) -> Result<String, TemplateError> {
        let name = match part {
            SubPart::Text(text) => return Ok(text.to_owned()),
            SubPart::Name(name) => name,
        };
        if let Some(node) = variables.and_then(|v| v.get(name)) {
            return self.text(node, "a variable of Fn::Sub");
        }
        if let Some((resource, attribute)) = name.split_once('.') {
            return self.attribute(mark, resource, attribute);
        }
        let node = self.reference(mark, name)?;
        Ok(text(&node, "a variable of Fn::Sub")?.to_owned())
    }

    /// A value that must come out as a string.
    fn text(&mut self, node: &Node, what: &str) -> Result<String, TemplateError> {
        let resolved = self.node(node)?;
        let resolved = resolved.unwrap_or_else(|| Node::new(node.mark, Value::Null));
        Ok(text(&resolved, what)?.to_owned())
    }

    /// A value that must come out as a list of strings.
    fn texts(&mut self, node: &Node, what: &str) -> Result<Vec<String>, TemplateError> {
        let items = self.list(node, what)?;
        let texts = items.iter().map(|item| Ok(text(item, what)?.to_owned()));
        texts.collect()
    }

    fn list(&mut self, node: &Node, what: &str) -> Result<Vec<Node>, TemplateError> {
        match self.node(node)? {
            Some(Node {
                value: Value::List(items),
                ..
            }) => Ok(items),
            Some(other) => Err(wrong_type(&other, what, "a list")),
            None => Err(wrong_type(node, what, "a list")),
        }
    }

    fn select(&mut self, index: &Node, list: &Node) -> Result<Node, TemplateError> {
        let at = self.text(index, "Fn::Select's index")?;
        let pending_before = std::mem::take(&mut self.pending);
        let items = self.list(list, "Fn::Select's list")?;
        // A placeholder that is split has not the parts that the value will have.
        let undecided = self.pending;
        self.pending |= pending_before;
        let place = at.parse::<usize>().ok();
        match place.map(|place| items.into_iter().nth(place)) {
            Some(Some(item)) => Ok(item),
            Some(None) if undecided => Ok(Node::text(list.mark, format!("${{part {at}}}"))),
            _ => {
                let expected = "a place in its list";
                Err(wrong_value(index.mark, "Fn::Select's index", expected, &at))
            }
        }
    }

    fn find(&mut self, map: &Node, top: &Node, second: &Node) -> Result<Node, TemplateError> {
        let mark = map.mark;
        let path = [
            self.text(map, "Fn::FindInMap's map")?,
            self.text(top, "Fn::FindInMap's first key")?,
            self.text(second, "Fn::FindInMap's second key")?,
        ];
        let mut at = Some(&self.scope.template.mappings);
        let mut found = None;
        for key in &path {
            found = at.and_then(|map| map.get(key));
            at = found.and_then(Node::as_map);
        }
        match found.map(|node| &node.value) {
            Some(Value::Map(_)) | None => Err(Problem::UnknownMapping(path.join(" / ")).at(mark)),
            Some(value) => Ok(Node::new(mark, value.clone())),
        }
    }
}

/// Refuses `{{resolve:ssm:name}}`, which CloudFormation would look up elsewhere.
fn check_static(mark: Mark, text: &str) -> Result<(), TemplateError> {
    let Some((_, rest)) = text.split_once("{{resolve:") else {
        return Ok(());
    };
    let name = rest.split_once("}}").map_or(rest, |(name, _)| name);
    Err(Problem::DynamicReference(format!("{{{{resolve:{name}}}}}")).at(mark))
}

fn split(text: &str, delimiter: &str, mark: Mark) -> Vec<Node> {
    if delimiter.is_empty() {
        return vec![Node::text(mark, text)];
    }
    text.split(delimiter)
        .map(|part| Node::text(mark, part))
        .collect()
}

#[cfg(test)]
mod tests;
