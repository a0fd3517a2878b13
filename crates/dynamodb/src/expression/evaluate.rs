//! What conditions mean on an item.
//!
//! A comparison with an attribute that is not there is false, but `<>` is true; values of
//! different types are different and have no order. Sets are equal regardless of order, documents
//! when all they hold is.

use super::{Comparator, Condition, Operand};
use crate::item::{Item, Value};
use crate::number::Number;
use std::borrow::Cow;
use std::cmp::Ordering;

impl Condition {
    /// Whether `item` meets the condition; for an item that does not exist, an empty one.
    pub fn evaluate(&self, item: &Item) -> bool {
        match self {
            Condition::And(terms) => terms.iter().all(|term| term.evaluate(item)),
            Condition::Or(terms) => terms.iter().any(|term| term.evaluate(item)),
            Condition::Not(inner) => !inner.evaluate(item),
            Condition::Compare {
                comparator,
                left,
                right,
            } => compares(
                *comparator,
                left.value(item).as_deref(),
                right.value(item).as_deref(),
            ),
            Condition::Between { operand, low, high } => {
                let value = operand.value(item);
                let value = value.as_deref();
                compares(
                    Comparator::GreaterOrEqual,
                    value,
                    low.value(item).as_deref(),
                ) && compares(Comparator::LessOrEqual, value, high.value(item).as_deref())
            }
            Condition::In { operand, list } => {
                let value = operand.value(item);
                value.is_some() && list.iter().any(|element| element.value(item) == value)
            }
            Condition::Exists(path) => path.resolve(item).is_some(),
            Condition::NotExists(path) => path.resolve(item).is_none(),
            Condition::IsOfType { operand, kind } => operand
                .value(item)
                .is_some_and(|value| value.type_of() == *kind),
            Condition::BeginsWith { operand, prefix } => both(operand, prefix, item)
                .is_some_and(|(value, prefix)| value.starts_with(&prefix)),
            Condition::Contains { operand, element } => both(operand, element, item)
                .is_some_and(|(value, element)| value.contains(&element)),
        }
    }
}

fn both<'a>(
    left: &'a Operand,
    right: &'a Operand,
    item: &'a Item,
) -> Option<(Cow<'a, Value>, Cow<'a, Value>)> {
    Some((left.value(item)?, right.value(item)?))
}

fn compares(comparator: Comparator, left: Option<&Value>, right: Option<&Value>) -> bool {
    let (Some(left), Some(right)) = (left, right) else {
        return comparator == Comparator::NotEqual;
    };
    match comparator {
        Comparator::Equal => left == right,
        Comparator::NotEqual => left != right,
        Comparator::Less => left.compare(right).is_some_and(Ordering::is_lt),
        Comparator::LessOrEqual => left.compare(right).is_some_and(Ordering::is_le),
        Comparator::Greater => left.compare(right).is_some_and(Ordering::is_gt),
        Comparator::GreaterOrEqual => left.compare(right).is_some_and(Ordering::is_ge),
    }
}

impl Operand {
    /// The operand's value on an item, if it has one there.
    fn value<'a>(&'a self, item: &'a Item) -> Option<Cow<'a, Value>> {
        match self {
            Operand::Path(path) => path.resolve(item).map(Cow::Borrowed),
            Operand::Value(value) => Some(Cow::Borrowed(value)),
            Operand::Size(of) => {
                let length = of.value(item)?.length()?;
                Some(Cow::Owned(Value::N(Number::from(length))))
            }
            Operand::Condition(condition) => {
                Some(Cow::Owned(Value::Bool(condition.evaluate(item))))
            }
        }
    }
}

impl Value {
    /// The order of two values of one ordered type.
    pub fn compare(&self, other: &Value) -> Option<Ordering> {
        match (self, other) {
            (Value::S(left), Value::S(right)) => Some(left.cmp(right)),
            (Value::N(left), Value::N(right)) => Some(left.cmp(right)),
            (Value::B(left), Value::B(right)) => Some(left.cmp(right)),
            _ => None,
        }
    }

    fn starts_with(&self, prefix: &Value) -> bool {
        match (self, prefix) {
            (Value::S(text), Value::S(prefix)) => text.starts_with(prefix.as_str()),
            (Value::B(bytes), Value::B(prefix)) => bytes.starts_with(prefix),
            _ => false,
        }
    }

    /// Whether this is a text or binary with `element` in it, or a set or list that has it.
    fn contains(&self, element: &Value) -> bool {
        match (self, element) {
            (Value::S(text), Value::S(part)) => text.contains(part.as_str()),
            (Value::B(bytes), Value::B(part)) => {
                part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
            }
            (Value::Ss(set), Value::S(element)) => set.contains(element),
            (Value::Ns(set), Value::N(element)) => set.contains(element),
            (Value::Bs(set), Value::B(element)) => set.contains(element),
            (Value::L(list), element) => list.contains(element),
            _ => false,
        }
    }

    /// What `size` gives: a text's UTF-16 units, a binary's bytes, a collection's elements.
    fn length(&self) -> Option<u64> {
        let length = match self {
            Value::S(text) => text.encode_utf16().count(),
            Value::B(bytes) => bytes.len(),
            Value::L(list) => list.len(),
            Value::M(map) => map.len(),
            Value::Ss(set) => set.len(),
            Value::Ns(set) => set.len(),
            Value::Bs(set) => set.len(),
            Value::N(_) | Value::Bool(_) | Value::Null => return None,
        };
        u64::try_from(length).ok()
    }
}
