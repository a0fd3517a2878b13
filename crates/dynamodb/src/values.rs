//! The border between the wire's attribute values and typed ones.
//!
//! What crosses it inwards is checked as AWS checks any value of a request, in the order of the
//! names; what is wrong is told by [`ValueError`], whose words depend on the operation.

use crate::item::{Item, MAX_DEPTH, Set, SetError, Type, Value};
use crate::number::{Number, NumberError};
use bytes::Bytes;
use std::collections::BTreeMap;
use wire::AttributeValue;

/// A map of attribute values as it stands on the wire.
pub type WireItem = BTreeMap<String, AttributeValue>;

/// What is wrong with a value of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueError {
    /// No member.
    Unset,
    /// Several members.
    Ambiguous,
    /// `{"NULL": false}`
    NullFalse,
    EmptySet(Type),
    /// The elements as they came, and the position of the first repetition.
    RepeatedString(Vec<String>, usize),
    RepeatedBinary(Vec<Bytes>, usize),
    RepeatedNumber,
    Number(NumberError),
    /// Wrapped in more lists and maps than an item may hold.
    TooDeep,
    /// An attribute or map entry whose name is empty.
    EmptyName,
}

/// Checks and types the attributes of an item or key.
///
/// # Errors
/// [`ValueError`] for the first value that is no value.
pub fn typed_item(wire: WireItem) -> Result<Item, ValueError> {
    if wire.contains_key("") || wire.values().any(has_empty_name) {
        return Err(ValueError::EmptyName);
    }
    map(wire, 0)
}

/// Checks and types one value.
///
/// # Errors
/// [`ValueError`]
pub fn typed_value(wire: AttributeValue) -> Result<Value, ValueError> {
    if has_empty_name(&wire) {
        return Err(ValueError::EmptyName);
    }
    value(wire, 0)
}

fn has_empty_name(value: &AttributeValue) -> bool {
    match value {
        AttributeValue::M(map) => map.contains_key("") || map.values().any(has_empty_name),
        AttributeValue::L(list) => list.iter().any(has_empty_name),
        _ => false,
    }
}

fn map(wire: WireItem, depth: usize) -> Result<Item, ValueError> {
    wire.into_iter()
        .map(|(name, wire)| Ok((name, value(wire, depth)?)))
        .collect()
}

fn value(wire: AttributeValue, depth: usize) -> Result<Value, ValueError> {
    if depth >= MAX_DEPTH {
        return Err(ValueError::TooDeep);
    }
    Ok(match wire {
        AttributeValue::S(text) => Value::S(text),
        AttributeValue::N(text) => Value::N(number(&text)?),
        AttributeValue::B(bytes) => Value::B(bytes),
        AttributeValue::Bool(value) => Value::Bool(value),
        AttributeValue::Null(true) => Value::Null,
        AttributeValue::Null(false) => return Err(ValueError::NullFalse),
        AttributeValue::L(list) => {
            let list = list.into_iter().map(|element| value(element, depth + 1));
            Value::L(list.collect::<Result<_, _>>()?)
        }
        AttributeValue::M(entries) => Value::M(map(entries, depth + 1)?),
        AttributeValue::Ss(texts) => Value::Ss(set(Type::Ss, texts, ValueError::RepeatedString)?),
        AttributeValue::Ns(texts) => {
            let numbers = texts.iter().map(|text| number(text));
            let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
            Value::Ns(set(Type::Ns, numbers, |_, _| ValueError::RepeatedNumber)?)
        }
        AttributeValue::Bs(blobs) => Value::Bs(set(Type::Bs, blobs, ValueError::RepeatedBinary)?),
        AttributeValue::Unset => return Err(ValueError::Unset),
        AttributeValue::Ambiguous => return Err(ValueError::Ambiguous),
    })
}

fn number(text: &str) -> Result<Number, ValueError> {
    text.parse().map_err(ValueError::Number)
}

fn set<T: Ord>(
    kind: Type,
    elements: Vec<T>,
    repeated: impl FnOnce(Vec<T>, usize) -> ValueError,
) -> Result<Set<T>, ValueError> {
    Set::new(elements).map_err(|(error, elements)| match error {
        SetError::Empty => ValueError::EmptySet(kind),
        SetError::Duplicate { at } => repeated(elements, at),
    })
}

/// An item as the wire has it.
pub fn wire_item(item: Item) -> WireItem {
    item.into_iter()
        .map(|(name, value)| (name, wire_value(value)))
        .collect()
}

/// A value as the wire has it.
pub fn wire_value(value: Value) -> AttributeValue {
    match value {
        Value::S(text) => AttributeValue::S(text),
        Value::N(number) => AttributeValue::N(number.to_string()),
        Value::B(bytes) => AttributeValue::B(bytes),
        Value::Bool(value) => AttributeValue::Bool(value),
        Value::Null => AttributeValue::Null(true),
        Value::L(list) => AttributeValue::L(list.into_iter().map(wire_value).collect()),
        Value::M(map) => AttributeValue::M(wire_item(map)),
        Value::Ss(set) => AttributeValue::Ss(set.into_vec()),
        Value::Ns(set) => AttributeValue::Ns(set.iter().map(Number::to_string).collect()),
        Value::Bs(set) => AttributeValue::Bs(set.into_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::answered;
    use crate::item::tests::any_item;
    use proptest::prelude::*;
    use wire::{EncodeJson as _, JsonWriter};

    fn texts(elements: &[&str]) -> Vec<String> {
        elements.iter().map(|&e| e.to_owned()).collect()
    }

    #[test]
    fn what_is_no_value() {
        let check = |wire: AttributeValue, error: ValueError| {
            assert_eq!(typed_value(wire.clone()), Err(error.clone()), "{wire:?}");
            let inside = AttributeValue::L(vec![AttributeValue::M(WireItem::from([(
                "k".into(),
                wire,
            )]))]);
            assert_eq!(typed_value(inside), Err(error));
        };
        check(AttributeValue::Unset, ValueError::Unset);
        check(AttributeValue::Ambiguous, ValueError::Ambiguous);
        check(AttributeValue::Null(false), ValueError::NullFalse);
        check(AttributeValue::Ss(vec![]), ValueError::EmptySet(Type::Ss));
        check(AttributeValue::Ns(vec![]), ValueError::EmptySet(Type::Ns));
        check(AttributeValue::Bs(vec![]), ValueError::EmptySet(Type::Bs));
        let repeated = texts(&["b", "a", "b"]);
        check(
            AttributeValue::Ss(repeated.clone()),
            ValueError::RepeatedString(repeated, 2),
        );
        check(
            AttributeValue::Ns(texts(&["1", "1.0"])),
            ValueError::RepeatedNumber,
        );
        check(
            AttributeValue::N("x".into()),
            ValueError::Number(NumberError::NotNumeric("x".into())),
        );
        let nameless = WireItem::from([(String::new(), AttributeValue::Bool(true))]);
        check(AttributeValue::M(nameless), ValueError::EmptyName);
    }

    #[test]
    fn depth() {
        let nested = |levels: usize| {
            (0..levels).fold(AttributeValue::Bool(true), |value, _| {
                AttributeValue::L(vec![value])
            })
        };
        assert!(typed_value(nested(31)).is_ok());
        assert_eq!(typed_value(nested(32)), Err(ValueError::TooDeep));
    }

    proptest! {
        #[test]
        fn items_cross_and_come_back(item in any_item()) {
            let named = item.into_iter().filter(|(name, value)| {
                !name.is_empty() && !has_empty_name(&wire_value(value.clone()))
            });
            let item: Item = named.collect();
            prop_assert_eq!(typed_item(wire_item(item.clone())), Ok(item));
        }

        #[test]
        fn answers_are_what_the_wire_has(item in any_item()) {
            let mut out = JsonWriter::new();
            wire_item(item.clone()).json(&mut out);
            let answered = answered(&item);
            prop_assert_eq!(answered.as_json(), &out.finish()[..]);
        }
    }
}
