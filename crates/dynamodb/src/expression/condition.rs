//! Conditions as typed trees, and the check that makes them from syntax.

pub(crate) mod build;
mod check;

pub(super) use build::FUNCTIONS;
pub(super) use check::{check_reserved, resolve};

use super::{Invalid, Kind, Placeholders, check_length, parser};
use crate::item::{Path, Type, Value};
use std::sync::Arc;

/// A condition on an item. [`Condition::evaluate`] decides it.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        comparator: Comparator,
        left: Operand,
        right: Operand,
    },
    Between {
        operand: Operand,
        low: Operand,
        high: Operand,
    },
    In {
        operand: Operand,
        list: Vec<Operand>,
    },
    Exists(Path),
    NotExists(Path),
    /// `attribute_type`
    IsOfType {
        operand: Operand,
        kind: Type,
    },
    BeginsWith {
        operand: Operand,
        prefix: Operand,
    },
    Contains {
        operand: Operand,
        element: Operand,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    Path(Path),
    Value(Arc<Value>),
    /// `size(...)`
    Size(Box<Operand>),
    /// Whether a condition is met, which only PartiQL compares with other values.
    Condition(Box<Condition>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparator {
    pub const fn text(self) -> &'static str {
        match self {
            Comparator::Equal => "=",
            Comparator::NotEqual => "<>",
            Comparator::Less => "<",
            Comparator::LessOrEqual => "<=",
            Comparator::Greater => ">",
            Comparator::GreaterOrEqual => ">=",
        }
    }

    pub(super) fn from_text(text: &str) -> Comparator {
        match text {
            "<>" => Comparator::NotEqual,
            "<" => Comparator::Less,
            "<=" => Comparator::LessOrEqual,
            ">" => Comparator::Greater,
            ">=" => Comparator::GreaterOrEqual,
            _ => Comparator::Equal,
        }
    }

    /// Whether it asks which of two values is the greater, which only ordered types can tell.
    pub const fn is_ordering(self) -> bool {
        !matches!(self, Comparator::Equal | Comparator::NotEqual)
    }

    /// The same comparison with its sides exchanged.
    pub const fn mirrored(self) -> Comparator {
        match self {
            Comparator::Less => Comparator::Greater,
            Comparator::LessOrEqual => Comparator::GreaterOrEqual,
            Comparator::Greater => Comparator::Less,
            Comparator::GreaterOrEqual => Comparator::LessOrEqual,
            same => same,
        }
    }
}

impl Condition {
    /// Reads a condition, filter or key condition.
    ///
    /// # Errors
    /// [`Invalid`] with what AWS reports first.
    pub fn parse(
        kind: Kind,
        text: &str,
        placeholders: &mut Placeholders,
    ) -> Result<Condition, Invalid> {
        check_length(kind, text)?;
        let node = parser::condition(text).map_err(|error| error.in_a(kind))?;
        check::typed(kind, node, placeholders).map_err(|error| error.in_a(kind))
    }

    /// Calls `visit` with every path that the condition looks at.
    pub fn for_each_path<'a>(&'a self, visit: &mut dyn FnMut(&'a Path)) {
        match self {
            Condition::And(terms) | Condition::Or(terms) => {
                terms.iter().for_each(|term| term.for_each_path(visit));
            }
            Condition::Not(inner) => inner.for_each_path(visit),
            Condition::Exists(path) | Condition::NotExists(path) => visit(path),
            _ => self
                .operands()
                .into_iter()
                .for_each(|operand| operand.for_each_path(visit)),
        }
    }

    /// The operands of a condition that is no combination of others.
    fn operands(&self) -> Vec<&Operand> {
        match self {
            Condition::Compare { left, right, .. } => vec![left, right],
            Condition::Between { operand, low, high } => vec![operand, low, high],
            Condition::In { operand, list } => std::iter::once(operand).chain(list).collect(),
            Condition::IsOfType { operand, .. } => vec![operand],
            Condition::BeginsWith {
                operand,
                prefix: other,
            }
            | Condition::Contains {
                operand,
                element: other,
            } => vec![operand, other],
            _ => Vec::new(),
        }
    }
}

impl Operand {
    fn for_each_path<'a>(&'a self, visit: &mut dyn FnMut(&'a Path)) {
        match self {
            Operand::Path(path) => visit(path),
            Operand::Size(inner) => inner.for_each_path(visit),
            Operand::Condition(inner) => inner.for_each_path(visit),
            Operand::Value(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
