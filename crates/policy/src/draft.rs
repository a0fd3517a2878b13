//! A policy document whose elements have the right names and types, before its meaning is
//! checked.
//!
//! Faults found here are worded as the parser of trust policies words them; that of identity
//! policies calls all of them syntax errors.

use crate::condition::Operator;
use crate::json::{self, Json, Node, Span};
use crate::{Element, Malformed, Version};

#[derive(Debug)]
pub(crate) struct Draft {
    pub version: Option<Version>,
    pub id: Option<String>,
    pub statements: Vec<DraftStatement>,
}

#[derive(Debug)]
pub(crate) struct DraftStatement {
    pub span: Span,
    pub sid: Option<String>,
    /// `Allow` or `Deny`, in any case.
    pub effect: String,
    pub principals: Option<Element<DraftPrincipal>>,
    pub actions: Option<Element<String>>,
    pub resources: Option<Element<String>>,
    pub conditions: Vec<DraftCondition>,
}

#[derive(Debug)]
pub(crate) enum DraftPrincipal {
    /// The string `*` in place of an object.
    Star,
    Provided {
        provider: String,
        value: String,
    },
}

#[derive(Debug)]
pub(crate) struct DraftCondition {
    pub operator: Operator,
    pub key: String,
    pub values: Vec<String>,
}

impl Draft {
    pub(crate) fn parse(document: &str) -> Result<Draft, Malformed> {
        let node = json::read(document).map_err(|_| Malformed::InvalidJson)?;
        let Json::Object(entries) = node.value else {
            return Err(Malformed::InvalidJson);
        };
        let mut draft = Draft {
            version: None,
            id: None,
            statements: Vec::new(),
        };
        let mut has_statement = false;
        for (name, node) in entries {
            match name.as_str() {
                "Version" => draft.version = Some(version(node)?),
                "Id" => draft.id = Some(text(node)?),
                "Statement" => {
                    has_statement = true;
                    draft.statements = statements(node)?;
                }
                _ => return Err(Malformed::UnknownField(name)),
            }
        }
        match (has_statement, draft.statements.is_empty()) {
            (false, _) => Err(Malformed::MissingField("Statement")),
            (true, true) => Err(Malformed::EmptyStatement),
            (true, false) => Ok(draft),
        }
    }
}

fn version(node: Node) -> Result<Version, Malformed> {
    match text(node)?.as_str() {
        "2008-10-17" => Ok(Version::V2008),
        "2012-10-17" => Ok(Version::V2012),
        _ => Err(Malformed::InvalidVersion),
    }
}

fn statements(node: Node) -> Result<Vec<DraftStatement>, Malformed> {
    match node.value {
        Json::List(items) => items.into_iter().map(statement).collect(),
        _ => Ok(vec![statement(node)?]),
    }
}

fn statement(node: Node) -> Result<DraftStatement, Malformed> {
    let Json::Object(entries) = node.value else {
        return Err(Malformed::StatementSyntax);
    };
    let mut effect = None;
    let mut draft = DraftStatement {
        span: node.span,
        sid: None,
        effect: String::new(),
        principals: None,
        actions: None,
        resources: None,
        conditions: Vec::new(),
    };
    for (name, node) in entries {
        match name.as_str() {
            "Sid" => draft.sid = Some(text(node)?),
            "Effect" => effect = Some(text(node)?),
            "Principal" => fill(&mut draft.principals, Element::Is(principals(node)?))?,
            "NotPrincipal" => fill(&mut draft.principals, Element::IsNot(principals(node)?))?,
            "Action" => fill(&mut draft.actions, Element::Is(texts(node)?))?,
            "NotAction" => fill(&mut draft.actions, Element::IsNot(texts(node)?))?,
            "Resource" => fill(&mut draft.resources, Element::Is(texts(node)?))?,
            "NotResource" => fill(&mut draft.resources, Element::IsNot(texts(node)?))?,
            "Condition" => draft.conditions = conditions(node)?,
            _ => return Err(Malformed::UnknownField(name)),
        }
    }
    draft.effect = effect.ok_or(Malformed::MissingField("Effect"))?;
    match draft.effect.to_ascii_lowercase().as_str() {
        "allow" | "deny" => Ok(draft),
        _ => Err(Malformed::InvalidEffect(draft.effect)),
    }
}

/// `X` and `NotX` exclude each other.
fn fill<T>(slot: &mut Option<Element<T>>, element: Element<T>) -> Result<(), Malformed> {
    match slot.replace(element) {
        None => Ok(()),
        Some(_) => Err(Malformed::StatementSyntax),
    }
}

fn principals(node: Node) -> Result<Vec<DraftPrincipal>, Malformed> {
    let entries = match node.value {
        Json::Text(text) if text == "*" => return Ok(vec![DraftPrincipal::Star]),
        Json::Object(entries) => entries,
        _ => return Err(Malformed::StatementSyntax),
    };
    let mut principals = Vec::new();
    for (provider, node) in entries {
        principals.extend(texts(node)?.into_iter().map(|value| {
            let provider = provider.clone();
            DraftPrincipal::Provided { provider, value }
        }));
    }
    Ok(principals)
}

/// An operator that is not known is let through while it has no keys, as IAM does.
fn conditions(node: Node) -> Result<Vec<DraftCondition>, Malformed> {
    let Json::Object(operators) = node.value else {
        return Err(Malformed::StatementSyntax);
    };
    let mut conditions = Vec::new();
    for (name, node) in operators {
        let Json::Object(keys) = node.value else {
            return Err(Malformed::StatementSyntax);
        };
        for (key, node) in keys {
            let operator = Operator::parse(&name).ok_or(Malformed::StatementSyntax)?;
            let values = one_or_many(node, scalar)?;
            conditions.push(DraftCondition {
                operator,
                key,
                values,
            });
        }
    }
    Ok(conditions)
}

fn text(node: Node) -> Result<String, Malformed> {
    match node.value {
        Json::Text(text) => Ok(text),
        _ => Err(Malformed::StatementSyntax),
    }
}

fn texts(node: Node) -> Result<Vec<String>, Malformed> {
    one_or_many(node, text)
}

/// Condition values may be written as numbers and booleans.
fn scalar(node: Node) -> Result<String, Malformed> {
    match node.value {
        Json::Text(text) | Json::Number(text) => Ok(text),
        Json::Bool(truth) => Ok(truth.to_string()),
        _ => Err(Malformed::StatementSyntax),
    }
}

fn one_or_many(
    node: Node,
    read: impl Fn(Node) -> Result<String, Malformed>,
) -> Result<Vec<String>, Malformed> {
    match node.value {
        Json::List(items) => items.into_iter().map(read).collect(),
        _ => Ok(vec![read(node)?]),
    }
}
