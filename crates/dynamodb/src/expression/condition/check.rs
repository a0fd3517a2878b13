//! From the syntax of a condition to the typed tree.
//!
//! AWS reports what is wrong in stages, each for the whole expression: functions that do not
//! exist, functions in the wrong place, reserved words; then, comparison by comparison, undefined
//! placeholders, operand counts, equal operands and operand types.

use super::super::syntax::{
    Call, NameSyntax, Node, Operand as OperandSyntax, PathSyntax, StepSyntax,
};
use super::super::{Bound, ExpressionError, Given, Kind, Placeholders, reserved};
use super::{Condition, Operand};
use crate::item::{Path, Step, Type, Value};
use std::cmp::Ordering;
use std::sync::Arc;

type Checked<T> = Result<T, ExpressionError>;

/// The functions of conditions, and how many operands they take.
pub const FUNCTIONS: [(&str, usize); 6] = [
    ("attribute_exists", 1),
    ("attribute_not_exists", 1),
    ("attribute_type", 2),
    ("begins_with", 2),
    ("contains", 2),
    ("size", 1),
];
/// The functions of updates.
pub const UPDATE_FUNCTIONS: [&str; 2] = ["if_not_exists", "list_append"];

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
            } => {
                let (left, right) = (self.operand(left)?, self.operand(right)?);
                check_distinct(comparator.text(), &left, std::slice::from_ref(&right))?;
                if comparator.is_ordering() {
                    check_ordered(comparator.text(), [&left, &right])?;
                }
                Ok(Condition::Compare {
                    comparator,
                    left,
                    right,
                })
            }
            Node::Between { operand, low, high } => {
                let operand = self.operand(operand)?;
                let bounds = [self.operand(low)?, self.operand(high)?];
                check_distinct("BETWEEN", &operand, &bounds)?;
                let [low, high] = bounds;
                check_ordered("BETWEEN", [&operand, &low, &high])?;
                check_bounds(&low, &high)?;
                Ok(Condition::Between { operand, low, high })
            }
            Node::In { operand, list } => {
                let operand = self.operand(operand)?;
                let list = list.into_iter().map(|element| self.operand(element));
                let list = list.collect::<Checked<Vec<_>>>()?;
                check_distinct("IN", &operand, &list)?;
                Ok(Condition::In { operand, list })
            }
            Node::Operand(OperandSyntax::Call(call)) => self.call(call),
            // The grammar lets nothing else through.
            other => self.condition(other),
        }
    }

    fn operand(&mut self, operand: OperandSyntax<'_>) -> Checked<Operand> {
        match operand {
            OperandSyntax::Path(path) => resolve(&path, self.placeholders).map(Operand::Path),
            OperandSyntax::Value(key) => self.placeholders.value(key).map(Operand::Value),
            OperandSyntax::Call(call) => {
                let [of] = self.arguments(call)?;
                if let Some(Type::N | Type::Bool | Type::Null) = of.known_type() {
                    return Err(operand_type("size", &of));
                }
                Ok(Operand::Size(Box::new(of)))
            }
        }
    }

    fn call(&mut self, call: Call<'_>) -> Checked<Condition> {
        match call.function {
            "attribute_exists" => self.path_argument(call).map(Condition::Exists),
            "attribute_not_exists" => self.path_argument(call).map(Condition::NotExists),
            "attribute_type" => {
                let [operand, name] = self.arguments(call)?;
                let kind = type_named(&name)?;
                Ok(Condition::IsOfType { operand, kind })
            }
            "begins_with" => {
                let [operand, prefix] = self.arguments(call)?;
                for argument in [&operand, &prefix] {
                    if argument
                        .known_type()
                        .is_some_and(|t| !matches!(t, Type::S | Type::B))
                    {
                        return Err(operand_type("begins_with", argument));
                    }
                }
                Ok(Condition::BeginsWith { operand, prefix })
            }
            _ => {
                let [operand, element] = self.arguments(call)?;
                Ok(Condition::Contains { operand, element })
            }
        }
    }

    fn path_argument(&mut self, call: Call<'_>) -> Checked<Path> {
        let function = call.function;
        match self.arguments(call)? {
            [Operand::Path(path)] => Ok(path),
            [_] => Err(ExpressionError::PathRequired(function.to_owned())),
        }
    }

    /// The arguments of a function that takes `N`.
    fn arguments<const N: usize>(&mut self, call: Call<'_>) -> Checked<[Operand; N]> {
        let Call {
            function,
            arguments,
        } = call;
        let count = arguments.len();
        let miscounted = || ExpressionError::OperandCount {
            function: function.to_owned(),
            count,
        };
        if FUNCTIONS
            .iter()
            .all(|(name, n)| *name != function || *n != count)
        {
            return Err(miscounted());
        }
        let arguments = arguments.into_iter().map(|argument| self.operand(argument));
        let arguments = arguments.collect::<Checked<Vec<_>>>()?;
        if let [first, rest @ ..] = arguments.as_slice() {
            check_distinct(function, first, rest)?;
        }
        arguments.try_into().map_err(|_| miscounted())
    }
}

impl Operand {
    /// The type, if it does not depend on the item.
    fn known_type(&self) -> Option<Type> {
        match self {
            Operand::Path(_) => None,
            Operand::Value(value) => Some(value.type_of()),
            Operand::Size(_) => Some(Type::N),
        }
    }
}

fn operand_type(function: &str, operand: &Operand) -> ExpressionError {
    let given = operand.known_type().map_or(Given::Any, Given::Type);
    ExpressionError::OperandType {
        function: function.to_owned(),
        given,
    }
}

fn type_named(name: &Operand) -> Checked<Type> {
    match name {
        Operand::Value(value) => match &**value {
            Value::S(name) => {
                Type::from_name(name).ok_or_else(|| ExpressionError::TypeName(name.clone()))
            }
            _ => Err(operand_type(
                "attribute_type",
                &Operand::Value(Arc::clone(value)),
            )),
        },
        other => Err(operand_type("attribute_type", other)),
    }
}

fn check_distinct(operator: &str, first: &Operand, rest: &[Operand]) -> Checked<()> {
    let Operand::Path(path) = first else {
        return Ok(());
    };
    if rest.contains(first) {
        let (operator, operand) = (operator.to_owned(), path.clone());
        return Err(ExpressionError::SameOperand { operator, operand });
    }
    Ok(())
}

fn check_ordered<const N: usize>(operator: &str, operands: [&Operand; N]) -> Checked<()> {
    let unordered = |operand: &&Operand| operand.known_type().is_some_and(|t| !t.is_ordered());
    match operands.into_iter().find(unordered) {
        Some(operand) => Err(operand_type(operator, operand)),
        None => Ok(()),
    }
}

fn check_bounds(low: &Operand, high: &Operand) -> Checked<()> {
    let (Operand::Value(low), Operand::Value(high)) = (low, high) else {
        return Ok(());
    };
    if low.type_of() != high.type_of() {
        return Err(ExpressionError::BoundTypes {
            low: Bound::from(&**low),
            high: Bound::from(&**high),
        });
    }
    if low.compare(high) == Some(Ordering::Greater) {
        return Err(ExpressionError::BoundOrder {
            low: Bound::from(&**low),
            high: Bound::from(&**high),
        });
    }
    Ok(())
}
