//! Parameters: their declarations, and the values a deployment gives them.

use super::{map, text, wrong_type, wrong_value};
use crate::document::{Key, Mark, Node};
use crate::error::{Problem, TemplateError};
use regex::Regex;
use std::collections::BTreeMap;

/// What a parameter's value may be. Names and ids of things elsewhere are text like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParameterKind {
    Text,
    Number,
    TextList,
    NumberList,
    /// A value of the SSM Parameter Store; the declared one is its name there.
    Stored,
    StoredList,
}

/// One entry of the Parameters section.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub mark: Mark,
    pub name: String,
    kind: ParameterKind,
    default: Option<String>,
    allowed: Vec<String>,
    min_length: Option<f64>,
    max_length: Option<f64>,
    min_value: Option<f64>,
    max_value: Option<f64>,
    pattern: Option<Regex>,
}

/// What a parameter stands for in this deployment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ParameterValue {
    Text(String),
    List(Vec<String>),
    /// What the Parameter Store would have under this name.
    Stored(String),
}

impl Parameter {
    pub(super) fn read(key: &Key, node: &Node) -> Result<Parameter, TemplateError> {
        let owner = format!("the parameter {}", key.text);
        let mut parameter = Parameter {
            mark: key.mark,
            name: key.text.clone(),
            kind: ParameterKind::Text,
            default: None,
            allowed: Vec::new(),
            min_length: None,
            max_length: None,
            min_value: None,
            max_value: None,
            pattern: None,
        };
        let body = map(node, &owner)?;
        if body.get("Type").is_none() {
            let name = "Type".to_owned();
            return Err(Problem::MissingProperty { owner, name }.at(key.mark));
        }
        for (key, node) in body.iter() {
            parameter.attribute(&owner, key, node)?;
        }
        Ok(parameter)
    }

    fn attribute(&mut self, owner: &str, key: &Key, node: &Node) -> Result<(), TemplateError> {
        match key.text.as_str() {
            "Type" => self.kind = kind(node)?,
            "Default" => self.default = Some(text(node, "Default")?.to_owned()),
            "AllowedValues" => {
                let values = node.as_list();
                let values = values.ok_or_else(|| wrong_type(node, "AllowedValues", "a list"))?;
                let values = values.iter().map(|n| text(n, "AllowedValues"));
                self.allowed = values
                    .map(|v| v.map(str::to_owned))
                    .collect::<Result<_, _>>()?;
            }
            "MinLength" => self.min_length = Some(number(node, "MinLength")?),
            "MaxLength" => self.max_length = Some(number(node, "MaxLength")?),
            "MinValue" => self.min_value = Some(number(node, "MinValue")?),
            "MaxValue" => self.max_value = Some(number(node, "MaxValue")?),
            "Description" | "ConstraintDescription" | "NoEcho" => {}
            "AllowedPattern" => self.pattern = Some(pattern(node)?),
            _ => {
                let (owner, name) = (owner.to_owned(), key.text.clone());
                return Err(Problem::UnknownProperty { owner, name }.at(key.mark));
            }
        }
        Ok(())
    }

    /// The parameter's value: `given`, else its default.
    ///
    /// # Errors
    /// No value, or one that its declaration does not allow.
    fn value(&self, given: Option<&str>) -> Result<ParameterValue, TemplateError> {
        let Some(value) = given.or(self.default.as_deref()) else {
            return Err(Problem::ParameterMissing(self.name.clone()).at(self.mark));
        };
        match self.kind {
            ParameterKind::Stored | ParameterKind::StoredList if given.is_none() => {
                Ok(ParameterValue::Stored(value.to_owned()))
            }
            ParameterKind::Text | ParameterKind::Number | ParameterKind::Stored => {
                self.check(value)?;
                Ok(ParameterValue::Text(value.to_owned()))
            }
            ParameterKind::TextList | ParameterKind::NumberList | ParameterKind::StoredList => {
                let items: Vec<String> = value.split(',').map(|v| v.trim().to_owned()).collect();
                items.iter().try_for_each(|item| self.check(item))?;
                Ok(ParameterValue::List(items))
            }
        }
    }

    fn check(&self, value: &str) -> Result<(), TemplateError> {
        let what = format!("the parameter {}", self.name);
        let refuse = |expected: &str| Err(wrong_value(self.mark, &what, expected, value));
        if !self.allowed.is_empty() && !self.allowed.iter().any(|v| v == value) {
            return refuse(&format!("one of {}", self.allowed.join(", ")));
        }
        if let Some(pattern) = self.pattern.as_ref().filter(|p| !p.is_match(value)) {
            return refuse(&format!("text that matches {}", pattern.as_str()));
        }
        let (measure, min, max) = match self.kind {
            ParameterKind::Number | ParameterKind::NumberList => match value.parse::<f64>() {
                Ok(number) if number.is_finite() => (number, self.min_value, self.max_value),
                _ => return refuse("a number"),
            },
            _ => {
                let characters = u32::try_from(value.chars().count()).unwrap_or(u32::MAX);
                (f64::from(characters), self.min_length, self.max_length)
            }
        };
        let unit = match self.kind {
            ParameterKind::Number | ParameterKind::NumberList => "",
            _ => " characters",
        };
        match (min, max) {
            (Some(min), _) if measure < min => refuse(&format!("at least {min}{unit}")),
            (_, Some(max)) if measure > max => refuse(&format!("at most {max}{unit}")),
            _ => Ok(()),
        }
    }
}

fn kind(node: &Node) -> Result<ParameterKind, TemplateError> {
    const STORED: &str = "AWS::SSM::Parameter::Value<";
    match text(node, "Type")? {
        "String" => Ok(ParameterKind::Text),
        "Number" => Ok(ParameterKind::Number),
        "CommaDelimitedList" | "List<String>" => Ok(ParameterKind::TextList),
        "List<Number>" => Ok(ParameterKind::NumberList),
        stored if stored.starts_with(STORED) => match stored.strip_prefix(STORED) {
            Some(inner) if inner.starts_with("List<") || inner.starts_with("CommaDelimited") => {
                Ok(ParameterKind::StoredList)
            }
            _ => Ok(ParameterKind::Stored),
        },
        name if name.starts_with("AWS::") => Ok(ParameterKind::Text),
        names if names.starts_with("List<AWS::") => Ok(ParameterKind::TextList),
        other => Err(TemplateError::not_supported(
            node.mark,
            format!("the parameter type {other:?}"),
        )),
    }
}

/// The whole value must match.
fn pattern(node: &Node) -> Result<Regex, TemplateError> {
    let text = text(node, "AllowedPattern")?;
    Regex::new(&format!("^(?:{text})$")).map_err(|_| {
        let expected = "a regular expression without look-around and back-references";
        wrong_value(node.mark, "AllowedPattern", expected, text)
    })
}

fn number(node: &Node, what: &str) -> Result<f64, TemplateError> {
    let text = text(node, what)?;
    text.parse()
        .map_err(|_| wrong_value(node.mark, what, "a number", text))
}

/// The values of all parameters of a template.
///
/// # Errors
/// A value for a parameter that is not declared, a missing or a disallowed one.
pub(crate) fn values(
    parameters: &[Parameter],
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, ParameterValue>, TemplateError> {
    let declared = |name: &&String| !parameters.iter().any(|p| p.name == **name);
    if let Some(name) = given.keys().find(declared) {
        return Err(Problem::ParameterUnknown(name.clone()).at(Mark::default()));
    }
    let values = parameters.iter().map(|parameter| {
        let given = given.get(&parameter.name).map(String::as_str);
        Ok((parameter.name.clone(), parameter.value(given)?))
    });
    values.collect()
}
