//! Comparisons and functions from operands whose meaning is known: the last stage of a check, which
//! every language of conditions goes through.

use super::super::{Bound, Comparator, ExpressionError, Given};
use super::{Condition, Operand};
use crate::item::{Path, Type, Value};
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

/// # Errors
/// [`ExpressionError`] for operands that cannot be compared so.
pub fn comparison(comparator: Comparator, left: Operand, right: Operand) -> Checked<Condition> {
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

/// # Errors
/// As [`comparison`], and for bounds that let nothing through.
pub fn between(operand: Operand, low: Operand, high: Operand) -> Checked<Condition> {
    let bounds = [low, high];
    check_distinct("BETWEEN", &operand, &bounds)?;
    let [low, high] = bounds;
    check_ordered("BETWEEN", [&operand, &low, &high])?;
    check_bounds(&low, &high)?;
    Ok(Condition::Between { operand, low, high })
}

/// # Errors
/// As [`comparison`].
pub fn is_in(operand: Operand, list: Vec<Operand>) -> Checked<Condition> {
    check_distinct("IN", &operand, &list)?;
    Ok(Condition::In { operand, list })
}

/// # Errors
/// [`ExpressionError::OperandCount`]
pub fn check_count(function: &str, count: usize) -> Checked<()> {
    match FUNCTIONS.contains(&(function, count)) {
        true => Ok(()),
        false => Err(ExpressionError::OperandCount {
            function: function.to_owned(),
            count,
        }),
    }
}

/// The length of a value.
///
/// # Errors
/// [`ExpressionError`] for operands that have none.
pub fn size(arguments: Vec<Operand>) -> Checked<Operand> {
    let [of] = exactly("size", arguments)?;
    if let Some(Type::N | Type::Bool | Type::Null) = of.known_type() {
        return Err(operand_type("size", &of));
    }
    Ok(Operand::Size(Box::new(of)))
}

/// A function that is a condition by itself.
///
/// # Errors
/// [`ExpressionError`] for a function that is none, and for operands that it does not take.
pub fn call(function: &str, arguments: Vec<Operand>) -> Checked<Condition> {
    match function {
        "attribute_exists" => path_argument(function, arguments).map(Condition::Exists),
        "attribute_not_exists" => path_argument(function, arguments).map(Condition::NotExists),
        "attribute_type" => {
            let [operand, name] = exactly(function, arguments)?;
            let kind = type_named(&name)?;
            Ok(Condition::IsOfType { operand, kind })
        }
        "begins_with" => {
            let [operand, prefix] = exactly(function, arguments)?;
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
        "contains" => {
            let [operand, element] = exactly(function, arguments)?;
            Ok(Condition::Contains { operand, element })
        }
        other => Err(ExpressionError::MisusedFunction(other.to_owned())),
    }
}

fn path_argument(function: &str, arguments: Vec<Operand>) -> Checked<Path> {
    match exactly(function, arguments)? {
        [Operand::Path(path)] => Ok(path),
        [_] => Err(ExpressionError::PathRequired(function.to_owned())),
    }
}

/// The arguments of a function that takes `N`.
fn exactly<const N: usize>(function: &str, arguments: Vec<Operand>) -> Checked<[Operand; N]> {
    check_count(function, arguments.len())?;
    if let [first, rest @ ..] = arguments.as_slice() {
        check_distinct(function, first, rest)?;
    }
    arguments
        .try_into()
        .map_err(|arguments: Vec<Operand>| ExpressionError::OperandCount {
            function: function.to_owned(),
            count: arguments.len(),
        })
}

impl Operand {
    /// The type, if it does not depend on the item.
    fn known_type(&self) -> Option<Type> {
        match self {
            Operand::Path(_) => None,
            Operand::Value(value) => Some(value.type_of()),
            Operand::Size(_) => Some(Type::N),
            Operand::Condition(_) => Some(Type::Bool),
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

/// # Errors
/// [`ExpressionError::SameOperand`] for an attribute that is compared with itself.
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
