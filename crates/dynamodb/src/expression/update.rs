//! Updates as typed trees.

mod apply;
mod charge;
mod check;

pub(crate) use check::check_operand;

use super::{Invalid, Kind, Placeholders, check_length, parser};
use crate::item::{Path, Value};
use crate::number::NumberError;
use std::sync::Arc;

/// What an update does to an item: actions on paths that do not overlap.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Update {
    actions: Vec<(Path, Action)>,
    charge: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    Set(Expression),
    Remove,
    /// Adds to a number, or elements to a set.
    Add(Arc<Value>),
    /// Takes elements out of a set.
    Delete(Arc<Value>),
}

/// A value to set.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    Operand(Operand),
    Sum(Operand, Operand),
    Difference(Operand, Operand),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    Path(Path),
    Value(Arc<Value>),
    IfNotExists(Path, Box<Operand>),
    ListAppend(Box<Operand>, Box<Operand>),
}

/// Why an update cannot be applied to an item.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum UpdateError {
    #[error("The provided expression refers to an attribute that does not exist in the item")]
    MissingOperand,
    #[error("An operand in the update expression has an incorrect data type")]
    OperandType,
    #[error("The document path provided in the update expression is invalid for update")]
    Path,
    #[error(transparent)]
    Number(#[from] NumberError),
}

impl Update {
    /// Reads an update expression.
    ///
    /// # Errors
    /// [`Invalid`] with what AWS reports first.
    pub fn parse(text: &str, placeholders: &mut Placeholders) -> Result<Update, Invalid> {
        let kind = Kind::Update;
        check_length(kind, text)?;
        let sections = parser::update(text).map_err(|error| error.in_a(kind))?;
        let actions = check::typed(sections, placeholders).map_err(|error| error.in_a(kind))?;
        let charge = charge::of(&actions);
        Ok(Update { actions, charge })
    }

    /// Whole attributes set to values or removed; what the item is charged for it is nothing.
    pub fn of(actions: Vec<(Path, Action)>) -> Update {
        Update { actions, charge: 0 }
    }

    /// The paths that the update writes to.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.actions.iter().map(|(path, _)| path)
    }

    /// Whether it sets the whole attribute to a value that stands in the request.
    pub fn gives(&self, attribute: &str) -> bool {
        let is_given = |(path, action): &(Path, Action)| {
            let is_value = matches!(action, Action::Set(Expression::Operand(Operand::Value(_))));
            is_value && path.root == attribute && path.steps.is_empty()
        };
        self.actions.iter().any(is_given)
    }

    /// Whether all it does is take something away, so that it makes no item where there is none.
    pub fn only_removes(&self) -> bool {
        let removes =
            |(_, action): &(Path, Action)| matches!(action, Action::Remove | Action::Delete(_));
        !self.actions.is_empty() && self.actions.iter().all(removes)
    }

    /// Calls `visit` with every path that the update reads or writes.
    pub fn for_each_path<'a>(&'a self, visit: &mut dyn FnMut(&'a Path)) {
        for (path, action) in &self.actions {
            visit(path);
            match action {
                Action::Set(Expression::Operand(operand)) => operand.for_each_path(visit),
                Action::Set(Expression::Sum(left, right) | Expression::Difference(left, right)) => {
                    left.for_each_path(visit);
                    right.for_each_path(visit);
                }
                Action::Remove | Action::Add(_) | Action::Delete(_) => {}
            }
        }
    }

    /// What the request counts for where AWS holds it to the item size limit, in bytes.
    pub const fn charge_bytes(&self) -> usize {
        self.charge
    }
}

impl Operand {
    fn for_each_path<'a>(&'a self, visit: &mut dyn FnMut(&'a Path)) {
        match self {
            Operand::Path(path) => visit(path),
            Operand::Value(_) => {}
            Operand::IfNotExists(path, otherwise) => {
                visit(path);
                otherwise.for_each_path(visit);
            }
            Operand::ListAppend(left, right) => {
                left.for_each_path(visit);
                right.for_each_path(visit);
            }
        }
    }
}

#[cfg(test)]
mod tests;
