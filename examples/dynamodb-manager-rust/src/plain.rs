//! Plain JSON and DynamoDB's attribute values, both ways, as boto3's resource API maps them.
//! Numbers keep all their digits.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::base64;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// An item, a key, or values by name.
pub type Attributes = HashMap<String, AttributeValue>;

/// Reads a plain JSON object as attributes.
pub fn attributes<'de, D>(deserializer: D) -> Result<Attributes, D::Error>
where
    D: Deserializer<'de>,
{
    let object = Map::<String, Value>::deserialize(deserializer)?;
    Ok(to_attributes(object))
}

/// The same for an argument that need not be there.
pub fn some_attributes<'de, D>(deserializer: D) -> Result<Option<Attributes>, D::Error>
where
    D: Deserializer<'de>,
{
    attributes(deserializer).map(Some)
}

fn to_attributes(object: Map<String, Value>) -> Attributes {
    let attributes = object.into_iter();
    attributes
        .map(|(name, value)| (name, to_attribute(value)))
        .collect()
}

/// The attribute value of plain JSON.
pub fn to_attribute(value: Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(value) => AttributeValue::Bool(value),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text),
        Value::Array(items) => AttributeValue::L(items.into_iter().map(to_attribute).collect()),
        Value::Object(object) => AttributeValue::M(to_attributes(object)),
    }
}

/// Attributes as a JSON object.
pub fn from_attributes(attributes: Attributes) -> Result<Value, serde_json::Error> {
    let object = attributes
        .into_iter()
        .map(|(name, value)| Ok((name, from_attribute(value)?)));
    object.collect::<Result<_, _>>().map(Value::Object)
}

/// Plain JSON of an attribute value: sets become sorted lists, bytes base64.
fn from_attribute(value: AttributeValue) -> Result<Value, serde_json::Error> {
    Ok(match value {
        AttributeValue::S(text) => Value::String(text),
        AttributeValue::N(digits) => number(&digits)?,
        AttributeValue::Bool(value) => Value::Bool(value),
        AttributeValue::B(bytes) => Value::String(base64::encode(bytes)),
        AttributeValue::L(items) => list(items.into_iter().map(from_attribute))?,
        AttributeValue::M(object) => from_attributes(object)?,
        AttributeValue::Ss(mut texts) => {
            texts.sort();
            list(texts.into_iter().map(|text| Ok(Value::String(text))))?
        }
        AttributeValue::Ns(mut numbers) => {
            numbers.sort_by(|a, b| magnitude(a).total_cmp(&magnitude(b)));
            list(numbers.iter().map(|digits| number(digits)))?
        }
        AttributeValue::Bs(all) => {
            let mut all: Vec<Vec<u8>> = all.into_iter().map(|bytes| bytes.into_inner()).collect();
            all.sort();
            list(
                all.into_iter()
                    .map(|bytes| Ok(Value::String(base64::encode(bytes)))),
            )?
        }
        // Null, and whatever DynamoDB may invent.
        _ => Value::Null,
    })
}

fn list(
    items: impl Iterator<Item = Result<Value, serde_json::Error>>,
) -> Result<Value, serde_json::Error> {
    items.collect::<Result<_, _>>().map(Value::Array)
}

fn number(digits: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str::<Number>(digits).map(Value::Number)
}

/// Good enough to put numbers in order; no number is made of it.
fn magnitude(digits: &str) -> f64 {
    digits.parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plain_json_comes_back_as_it_was() {
        let plain = json!({
            "id": "1234ABCD",
            "list": [1, true, null, "x", {"deep": []}],
            "digits": serde_json::from_str::<Value>("12345678901234567890.123456789").unwrap(),
        });
        let AttributeValue::M(attributes) = to_attribute(plain.clone()) else {
            panic!("an object becomes a map");
        };
        assert_eq!(from_attributes(attributes).unwrap(), plain);
    }

    #[test]
    fn sets_are_sorted_lists() {
        let strings = AttributeValue::Ss(vec!["b".into(), "a".into()]);
        assert_eq!(from_attribute(strings).unwrap(), json!(["a", "b"]));
        let numbers = AttributeValue::Ns(vec!["10".into(), "-1".into(), "9.5".into()]);
        assert_eq!(from_attribute(numbers).unwrap(), json!([-1, 9.5, 10]));
    }
}
