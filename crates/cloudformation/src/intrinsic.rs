//! Intrinsic functions as typed views of the nodes they stand in.
//!
//! An object whose only key is `Ref` or starts with `Fn::` is a function call, wherever it stands.
//! Says what is called with what; values come from `resolve`.

use crate::document::{Map, Mark, Node, Value};
use crate::error::{Problem, TemplateError};

/// A function call.
#[derive(Debug, PartialEq)]
pub(crate) enum Intrinsic<'n> {
    Ref(&'n str),
    GetAtt {
        resource: &'n str,
        attribute: &'n str,
    },
    Sub {
        parts: Vec<SubPart<'n>>,
        variables: Option<&'n Map>,
    },
    Join {
        delimiter: &'n Node,
        list: &'n Node,
    },
    Select {
        index: &'n Node,
        list: &'n Node,
    },
    Split {
        delimiter: &'n Node,
        text: &'n Node,
    },
    If {
        condition: &'n str,
        then: &'n Node,
        otherwise: &'n Node,
    },
    FindInMap {
        map: &'n Node,
        top: &'n Node,
        second: &'n Node,
    },
    Base64(&'n Node),
    Equals(&'n Node, &'n Node),
    And(&'n [Node]),
    Or(&'n [Node]),
    Not(&'n Node),
}

/// A piece of `Fn::Sub`'s text.
#[derive(Debug, PartialEq)]
pub(crate) enum SubPart<'n> {
    Text(&'n str),
    /// `${Name}` or `${Resource.Attribute}`, without the braces.
    Name(&'n str),
}

const KNOWN: [&str; 18] = [
    "Fn::GetAtt",
    "Fn::Sub",
    "Fn::Join",
    "Fn::Select",
    "Fn::Split",
    "Fn::If",
    "Fn::FindInMap",
    "Fn::Base64",
    "Fn::Equals",
    "Fn::And",
    "Fn::Or",
    "Fn::Not",
    "Fn::ImportValue",
    "Fn::GetAZs",
    "Fn::Cidr",
    "Fn::Transform",
    "Fn::Length",
    "Fn::ToJsonString",
];

/// Whether CloudFormation has a function of this (long) name, built here or not.
pub(crate) fn is_known(name: &str) -> bool {
    name == "Ref" || KNOWN.contains(&name)
}

/// Reads a node as a function call; `None` where it is plain data.
///
/// # Errors
/// A function that does not exist, is not built, or has arguments of the wrong shape.
pub(crate) fn intrinsic(node: &Node) -> Result<Option<Intrinsic<'_>>, TemplateError> {
    let Some(map) = node.as_map() else {
        return Ok(None);
    };
    if let Some((key, argument)) = map.single()
        && (key.text == "Ref" || key.text.starts_with("Fn::"))
    {
        return call(&key.text, key.mark, argument).map(Some);
    }
    match map.iter().find(|(key, _)| key.text.starts_with("Fn::")) {
        Some((key, _)) => Err(wrong(
            &key.text,
            key.mark,
            "must be the only key of its object",
        )),
        None => Ok(None),
    }
}

fn wrong(function: &str, mark: Mark, reason: &'static str) -> TemplateError {
    let function = function.to_owned();
    Problem::Function { function, reason }.at(mark)
}

fn call<'n>(name: &str, mark: Mark, node: &'n Node) -> Result<Intrinsic<'n>, TemplateError> {
    let wrong = |reason| wrong(name, mark, reason);
    match name {
        "Ref" => {
            let text = node.as_text();
            text.map(Intrinsic::Ref)
                .ok_or_else(|| wrong("takes a name"))
        }
        "Fn::GetAtt" => get_att(node).ok_or_else(|| {
            wrong("takes \"Resource.Attribute\" or a list of resource and attribute name")
        }),
        "Fn::Sub" => sub(name, mark, node),
        "Fn::Base64" => Ok(Intrinsic::Base64(node)),
        _ => {
            let arguments = node.as_list();
            match (name, arguments) {
                ("Fn::Join", Some([delimiter, list])) => Ok(Intrinsic::Join { delimiter, list }),
                ("Fn::Join", _) => Err(wrong("takes a delimiter and a list")),
                ("Fn::Select", Some([index, list])) => Ok(Intrinsic::Select { index, list }),
                ("Fn::Select", _) => Err(wrong("takes an index and a list")),
                ("Fn::Split", Some([delimiter, text])) => Ok(Intrinsic::Split { delimiter, text }),
                ("Fn::Split", _) => Err(wrong("takes a delimiter and a string")),
                ("Fn::FindInMap", Some([map, top, second])) => {
                    Ok(Intrinsic::FindInMap { map, top, second })
                }
                ("Fn::FindInMap", _) => Err(wrong("takes a map name and two keys")),
                _ => conditional(name, mark, arguments),
            }
        }
    }
}

fn conditional<'n>(
    name: &str,
    mark: Mark,
    arguments: Option<&'n [Node]>,
) -> Result<Intrinsic<'n>, TemplateError> {
    let wrong = |reason| wrong(name, mark, reason);
    match (name, arguments) {
        ("Fn::If", Some([condition, then, otherwise])) => match condition.as_text() {
            Some(condition) => Ok(Intrinsic::If {
                condition,
                then,
                otherwise,
            }),
            None => Err(wrong("takes the name of a condition first")),
        },
        ("Fn::If", _) => Err(wrong("takes a condition's name and two values")),
        ("Fn::Equals", Some([left, right])) => Ok(Intrinsic::Equals(left, right)),
        ("Fn::Equals", _) => Err(wrong("takes two values")),
        ("Fn::And", Some(all)) if (2..=10).contains(&all.len()) => Ok(Intrinsic::And(all)),
        ("Fn::Or", Some(all)) if (2..=10).contains(&all.len()) => Ok(Intrinsic::Or(all)),
        ("Fn::And" | "Fn::Or", _) => Err(wrong("takes two to ten conditions")),
        ("Fn::Not", Some([one])) => Ok(Intrinsic::Not(one)),
        ("Fn::Not", _) => Err(wrong("takes one condition")),
        _ if is_known(name) || name.starts_with("Fn::ForEach::") => {
            Err(TemplateError::not_supported(mark, name))
        }
        _ => Err(Problem::UnknownFunction(name.to_owned()).at(mark)),
    }
}

fn get_att(node: &Node) -> Option<Intrinsic<'_>> {
    let (resource, attribute) = match &node.value {
        Value::Text(text) => text.split_once('.')?,
        Value::List(items) => match items.as_slice() {
            [resource, attribute] => (resource.as_text()?, attribute.as_text()?),
            _ => return None,
        },
        _ => return None,
    };
    Some(Intrinsic::GetAtt {
        resource,
        attribute,
    })
}

fn sub<'n>(name: &str, mark: Mark, node: &'n Node) -> Result<Intrinsic<'n>, TemplateError> {
    let (text, variables) = match &node.value {
        Value::Text(text) => (text, None),
        Value::List(items) => match items.as_slice() {
            [
                Node {
                    value: Value::Text(text),
                    ..
                },
                Node {
                    value: Value::Map(variables),
                    ..
                },
            ] => (text, Some(variables)),
            _ => {
                return Err(wrong(
                    name,
                    mark,
                    "takes a string and an object of variables",
                ));
            }
        },
        _ => {
            return Err(wrong(
                name,
                mark,
                "takes a string, or a list of it and its variables",
            ));
        }
    };
    let parts = sub_parts(text).map_err(|reason| wrong(name, mark, reason))?;
    Ok(Intrinsic::Sub { parts, variables })
}

/// Takes `Fn::Sub`'s text apart; `${!x}` stands for a literal `${x}`.
fn sub_parts(text: &str) -> Result<Vec<SubPart<'_>>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, behind) = after.split_once('}').ok_or("a `${` is not closed by `}`")?;
        if !before.is_empty() {
            parts.push(SubPart::Text(before));
        }
        match name.strip_prefix('!') {
            Some(literal) => {
                parts.push(SubPart::Text("${"));
                parts.push(SubPart::Text(literal));
                parts.push(SubPart::Text("}"));
            }
            None => parts.push(SubPart::Name(sub_name(name)?)),
        }
        rest = behind;
    }
    if !rest.is_empty() {
        parts.push(SubPart::Text(rest));
    }
    Ok(parts)
}

fn sub_name(name: &str) -> Result<&str, &'static str> {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
    if !name.is_empty() && name.chars().all(known) {
        Ok(name)
    } else {
        Err("a name in `${...}` has only letters, digits, underscores, periods and colons")
    }
}

#[cfg(test)]
mod tests;
