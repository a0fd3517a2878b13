//! From the syntax of a condition to the typed tree.
//!
//! AWS reports what is wrong in stages, each for the whole expression: functions that do not
//! exist, functions in the wrong place, reserved words; then, comparison by comparison, undefined
//! placeholders, operand counts, equal operands and operand types.

use super::super::syntax::{
    Call, NameSyntax, Node, Operand as OperandSyntax, PathSyntax, StepSyntax,
};
use super::super::{ExpressionError, Kind, Placeholders, reserved};
use super::build::{self, FUNCTIONS};
use super::{Condition, Operand};
use crate::item::{Path, Step};

type Checked<T> = Result<T, ExpressionError>;

/// The functions of updates.
const UPDATE_FUNCTIONS: [&str; 2] = ["if_not_exists", "list_append"];

/// # Errors
/// The [`ExpressionError`] that AWS reports first.
pub fn typed(kind: Kind, node: Node<'_>, placeholders: &mut Placeholders) -> Checked<Condition> {
    each_call(&node, &mut |call| check_function(kind, call))?;
    check_use(&node)?;
    each_path(&node, &mut check_reserved)?;
    Typing { placeholders }.condition(node)
}

/// Calls `visit` with every function call, the inner ones first.
fn each_call<'a>(
    node: &'a Node<'a>,
    visit: &mut dyn FnMut(&'a Call<'a>) -> Checked<()>,
) -> Checked<()> {
    each_operand(node, &mut |operand| calls_in(operand, visit))
}

fn calls_in<'a>(
    operand: &'a OperandSyntax<'a>,
    visit: &mut dyn FnMut(&'a Call<'a>) -> Checked<()>,
) -> Checked<()> {
    let OperandSyntax::Call(call) = operand else {
        return Ok(());
    };
    call.arguments
        .iter()
        .try_for_each(|argument| calls_in(argument, visit))?;
    visit(call)
}

/// Calls `visit` with every path, in the order of the text.
fn each_path<'a>(
    node: &'a Node<'a>,
    visit: &mut dyn FnMut(&'a PathSyntax<'a>) -> Checked<()>,
) -> Checked<()> {
    each_operand(node, &mut |operand| paths_in(operand, visit))
}

fn paths_in<'a>(
    operand: &'a OperandSyntax<'a>,
    visit: &mut dyn FnMut(&'a PathSyntax<'a>) -> Checked<()>,
) -> Checked<()> {
    match operand {
        OperandSyntax::Path(path) => visit(path),
        OperandSyntax::Value(_) => Ok(()),
        OperandSyntax::Call(call) => call
            .arguments
            .iter()
            .try_for_each(|argument| paths_in(argument, visit)),
    }
}

fn each_operand<'a>(
    node: &'a Node<'a>,
    visit: &mut dyn FnMut(&'a OperandSyntax<'a>) -> Checked<()>,
) -> Checked<()> {
    match node {
        Node::And(terms) | Node::Or(terms) => {
            terms.iter().try_for_each(|term| each_operand(term, visit))
        }
        Node::Not(inner) => each_operand(inner, visit),
        Node::Compare { left, right, .. } => {
            visit(left)?;
            visit(right)
        }
        Node::Between { operand, low, high } => {
            visit(operand)?;
            visit(low)?;
            visit(high)
        }
        Node::In { operand, list } => {
            visit(operand)?;
            list.iter().try_for_each(visit)
        }
        Node::Operand(operand) => visit(operand),
    }
}

fn check_function(kind: Kind, call: &Call<'_>) -> Checked<()> {
    if FUNCTIONS.iter().any(|(name, _)| *name == call.function) {
        return Ok(());
    }
    let name = call.function.to_owned();
    if UPDATE_FUNCTIONS.contains(&call.function) {
        let context = match kind {
            Kind::Filter => "a filter",
            Kind::KeyCondition => "a key condition",
            _ => "a condition",
        };
        return Err(ExpressionError::ForbiddenFunction { context, name });
    }
    Err(ExpressionError::UnknownFunction(name))
}

/// Only `size` gives a value to go on with, and all but `size` are conditions.
fn check_use(node: &Node<'_>) -> Checked<()> {
    match node {
        Node::And(terms) | Node::Or(terms) => terms.iter().try_for_each(check_use),
        Node::Not(inner) => check_use(inner),
        Node::Operand(OperandSyntax::Call(call)) => {
            check_arguments(call)?;
            if call.function == "size" {
                Err(misused(call))
            } else {
                Ok(())
            }
        }
        _ => each_operand(node, &mut |operand| check_operand(operand)),
    }
}

fn check_arguments(call: &Call<'_>) -> Checked<()> {
    call.arguments.iter().try_for_each(check_operand)
}

fn check_operand(operand: &OperandSyntax<'_>) -> Checked<()> {
    let OperandSyntax::Call(call) = operand else {
        return Ok(());
    };
    check_arguments(call)?;
    if call.function == "size" {
        Ok(())
    } else {
        Err(misused(call))
    }
}

fn misused(call: &Call<'_>) -> ExpressionError {
    ExpressionError::MisusedFunction(call.function.to_owned())
}

/// # Errors
/// [`ExpressionError::Reserved`] for the first reserved word in a path.
pub fn check_reserved(path: &PathSyntax<'_>) -> Checked<()> {
    let steps = path.steps.iter().filter_map(|step| match step {
        StepSyntax::Key(name) => Some(name),
        StepSyntax::Index(_) => None,
    });
    for name in std::iter::once(&path.root).chain(steps) {
        if let NameSyntax::Plain(name) = name
            && reserved::is_reserved(name)
        {
            return Err(ExpressionError::Reserved((*name).to_owned()));
        }
    }
    Ok(())
}

/// Replaces a path's placeholders.
///
/// # Errors
/// [`ExpressionError::UndefinedName`]
pub fn resolve(path: &PathSyntax<'_>, placeholders: &mut Placeholders) -> Checked<Path> {
    let mut text = |name: &NameSyntax<'_>| match name {
        NameSyntax::Plain(name) => Ok((*name).to_owned()),
        NameSyntax::Placeholder(key) => placeholders.name(key).map(str::to_owned),
    };
    let root = text(&path.root)?;
    let steps = path.steps.iter().map(|step| match step {
        StepSyntax::Key(name) => text(name).map(Step::Key),
        StepSyntax::Index(index) => Ok(Step::Index(*index)),
    });
    Ok(Path {
        root,
        steps: steps.collect::<Checked<_>>()?,
    })
}

/// The last stage: one comparison after the other.
struct Typing<'a> {
    placeholders: &'a mut Placeholders,
}

impl Typing<'_> {
    fn condition(&mut self, node: Node<'_>) -> Checked<Condition> {
        match node {
            Node::And(terms) => Ok(Condition::And(self.conditions(terms)?)),
            Node::Or(terms) => Ok(Condition::Or(self.conditions(terms)?)),
            Node::Not(inner) => Ok(Condition::Not(Box::new(self.condition(*inner)?))),
            leaf => {
                // All placeholders of a comparison come before its other checks.
                let mut all = Vec::new();
                each_operand(&leaf, &mut |operand| {
                    all.push(operand);
                    Ok(())
                })?;
                all.into_iter()
                    .try_for_each(|operand| self.define(operand))?;
                self.comparison(leaf)
            }
        }
    }

    fn conditions(&mut self, nodes: Vec<Node<'_>>) -> Checked<Vec<Condition>> {
        nodes.into_iter().map(|node| self.condition(node)).collect()
    }

    fn define(&mut self, operand: &OperandSyntax<'_>) -> Checked<()> {
        match operand {
            OperandSyntax::Path(path) => resolve(path, self.placeholders).map(|_| ()),
            OperandSyntax::Value(key) => self.placeholders.value(key).map(|_| ()),
            OperandSyntax::Call(call) => call
                .arguments
                .iter()
                .try_for_each(|argument| self.define(argument)),
        }
    }

    fn comparison(&mut self, leaf: Node<'_>) -> Checked<Condition> {
        match leaf {
            Node::Compare {
                comparator,
                left,
                right,
            } => build::comparison(comparator, self.operand(left)?, self.operand(right)?),
            Node::Between { operand, low, high } => {
                let operand = self.operand(operand)?;
                build::between(operand, self.operand(low)?, self.operand(high)?)
            }
            Node::In { operand, list } => {
                let operand = self.operand(operand)?;
                build::is_in(operand, self.operands(list)?)
            }
            Node::Operand(OperandSyntax::Call(call)) => {
                build::check_count(call.function, call.arguments.len())?;
                build::call(call.function, self.operands(call.arguments)?)
            }
            // The grammar lets nothing else through.
            other => self.condition(other),
        }
    }

    fn operands(&mut self, operands: Vec<OperandSyntax<'_>>) -> Checked<Vec<Operand>> {
        operands
            .into_iter()
            .map(|operand| self.operand(operand))
            .collect()
    }

    fn operand(&mut self, operand: OperandSyntax<'_>) -> Checked<Operand> {
        match operand {
            OperandSyntax::Path(path) => resolve(&path, self.placeholders).map(Operand::Path),
            OperandSyntax::Value(key) => self.placeholders.value(key).map(Operand::Value),
            OperandSyntax::Call(call) => {
                build::check_count(call.function, call.arguments.len())?;
                build::size(self.operands(call.arguments)?)
            }
        }
    }
}
