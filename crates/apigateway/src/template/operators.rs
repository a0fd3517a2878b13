//! Arithmetic and comparison, as Velocity has them: integers stay integers, text is joined by
//! `+`, and what makes no sense yields null.

use super::ast::Operator;
use super::value::{Heap, MAX_TEXT_BYTES, Value};
use std::cmp::Ordering;

/// Any operator but `and` and `or`, which the evaluator handles since they may skip a side.
pub(super) fn apply(heap: &mut Heap, left: &Value, operator: Operator, right: &Value) -> Value {
    match operator {
        Operator::Equal => Value::Bool(equal(heap, left, right)),
        Operator::NotEqual => Value::Bool(!equal(heap, left, right)),
        Operator::Less => ordered(left, right, Ordering::is_lt),
        Operator::LessOrEqual => ordered(left, right, Ordering::is_le),
        Operator::Greater => ordered(left, right, Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(left, right, Ordering::is_ge),
        Operator::Add => add(heap, left, right),
        Operator::Subtract => integers(left, right, i64::checked_sub, |a, b| a - b),
        Operator::Multiply => integers(left, right, i64::checked_mul, |a, b| a * b),
        Operator::Divide => integers(left, right, i64::checked_div, |a, b| a / b),
        Operator::Remainder => integers(left, right, i64::checked_rem, |a, b| a % b),
        Operator::And => Value::Bool(left.is_true() && right.is_true()),
        Operator::Or => Value::Bool(left.is_true() || right.is_true()),
    }
}

/// The value as a double, if it is a number.
#[expect(
    clippy::cast_precision_loss,
    reason = "as Java widens a long to a double"
)]
pub(super) fn as_double(value: &Value) -> Option<f64> {
    match value {
        Value::Int(n) => Some(*n as f64),
        Value::Double(n) => Some(*n),
        Value::Big(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// Numbers by value, equal types by content, anything else by its text.
pub(super) fn equal(heap: &Heap, left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => left == right,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => {
            heap.charge_read(a.len().min(b.len()));
            a == b
        }
        (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => heap.same(left, right),
        _ => match (as_double(left), as_double(right)) {
            (Some(a), Some(b)) => a == b,
            _ => heap.to_text(left) == heap.to_text(right),
        },
    }
}

/// Only numbers have an order; Velocity logs an error for anything else and says false.
fn ordered(left: &Value, right: &Value, wanted: fn(Ordering) -> bool) -> Value {
    let ordering = match (left, right) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        _ => match (as_double(left), as_double(right)) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => None,
        },
    };
    Value::Bool(ordering.is_some_and(wanted))
}

fn add(heap: &mut Heap, left: &Value, right: &Value) -> Value {
    if matches!(left, Value::Null) || matches!(right, Value::Null) {
        return Value::Null;
    }
    if matches!(left, Value::Text(_)) || matches!(right, Value::Text(_)) {
        let mut text = heap.to_text(left);
        let before = text.len();
        heap.print(right, &mut text, MAX_TEXT_BYTES);
        heap.charge_made(text.len() - before);
        return Value::text(text);
    }
    integers(left, right, i64::checked_add, |a, b| a + b)
}

/// Integers exactly while they fit, then and for other numbers doubles.
fn integers(
    left: &Value,
    right: &Value,
    exact: fn(i64, i64) -> Option<i64>,
    rounded: fn(f64, f64) -> f64,
) -> Value {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        if let Some(n) = exact(*a, *b) {
            return Value::Int(n);
        }
        // Dividing by zero yields null.
        if *b == 0 {
            return Value::Null;
        }
    }
    match (as_double(left), as_double(right)) {
        (Some(a), Some(b)) => Value::Double(rounded(a, b)),
        _ => Value::Null,
    }
}
