//! DynamoDB's JSON: one `{"Item": {...}}` on each line.

use super::FormatError;
use crate::item::Item;
use crate::item::write_item;
use crate::values::{WireItem, typed_item};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use wire::{AttributeValue, JsonWriter, Node};

/// Writes an object of items by their names: `{"Item": {...}}`.
pub fn write<'a>(out: &mut Vec<u8>, members: impl IntoIterator<Item = (&'static str, &'a Item)>) {
    let mut writer = JsonWriter::new();
    writer.object(|writer| {
        for (name, item) in members {
            writer.key(name);
            write_item(item, writer);
        }
    });
    out.extend_from_slice(&writer.finish());
    out.push(b'\n');
}

/// The item on a line.
///
/// # Errors
/// [`FormatError`] if there is none.
pub fn read(line: &[u8]) -> Result<Item, FormatError> {
    let node: Node<'_> =
        serde_json::from_slice(line).map_err(|error| FormatError::Json(error.to_string()))?;
    let Node::Map(members) = node else {
        return Err(FormatError::NotAnItem);
    };
    let item = members.into_iter().find(|(name, _)| name == "Item");
    let (_, item) = item.ok_or(FormatError::NotAnItem)?;
    typed_item(map(item)?).map_err(|_| FormatError::Value)
}

fn map(node: Node<'_>) -> Result<WireItem, FormatError> {
    let Node::Map(members) = node else {
        return Err(FormatError::Value);
    };
    let entry = |(name, node)| Ok((String::from(name), value(node)?));
    members.into_iter().map(entry).collect()
}

fn value(node: Node<'_>) -> Result<AttributeValue, FormatError> {
    let Node::Map(members) = node else {
        return Err(FormatError::Value);
    };
    let [(kind, node)] = <[_; 1]>::try_from(members).map_err(|_| FormatError::Value)?;
    Ok(match (&*kind, node) {
        ("S", node) => AttributeValue::S(text(node)?),
        ("N", node) => AttributeValue::N(text(node)?),
        ("B", node) => AttributeValue::B(binary(node)?),
        ("BOOL", Node::Bool(value)) => AttributeValue::Bool(value),
        ("NULL", Node::Bool(value)) => AttributeValue::Null(value),
        ("SS", node) => AttributeValue::Ss(list(node, text)?),
        ("NS", node) => AttributeValue::Ns(list(node, text)?),
        ("BS", node) => AttributeValue::Bs(list(node, binary)?),
        ("L", node) => AttributeValue::L(list(node, value)?),
        ("M", node) => AttributeValue::M(map(node)?),
        _ => return Err(FormatError::Value),
    })
}

fn list<T>(
    node: Node<'_>,
    read: impl Fn(Node<'_>) -> Result<T, FormatError>,
) -> Result<Vec<T>, FormatError> {
    match node {
        Node::List(nodes) => nodes.into_iter().map(read).collect(),
        _ => Err(FormatError::Value),
    }
}

fn text(node: Node<'_>) -> Result<String, FormatError> {
    match node {
        Node::String(text) => Ok(text.into_owned()),
        _ => Err(FormatError::Value),
    }
}

fn binary(node: Node<'_>) -> Result<Bytes, FormatError> {
    let bytes = STANDARD.decode(text(node)?);
    Ok(bytes.map_err(|_| FormatError::Value)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::tests::any_item;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_item() {
        for line in [
            "",
            "[]",
            "{}",
            r#"{"Item": []}"#,
            r#"{"Item": {"a": "b"}}"#,
            r#"{"Item": {"a": {"S": 1}}}"#,
            r#"{"Item": {"a": {"S": "x", "N": "1"}}}"#,
            r#"{"Item": {"a": {"N": "x"}}}"#,
            r#"{"Item": {"a": {"X": "x"}}}"#,
        ] {
            assert!(read(line.as_bytes()).is_err(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn reading_is_the_inverse_of_writing(item in any_item()) {
            let mut line = Vec::new();
            write(&mut line, [("Item", &item)]);
            if let Ok(read) = read(&line) {
                prop_assert_eq!(read, item);
            } else {
                // Only attributes without a name are refused.
                let text = String::from_utf8(line).unwrap();
                prop_assert!(text.contains(r#""":"#));
            }
        }
    }
}
