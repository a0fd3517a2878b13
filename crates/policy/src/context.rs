//! What is known about a request beside its principal, action and resource.

use base::{Arn, Timestamp};
use std::borrow::Cow;
use std::net::IpAddr;

/// One value of a context key.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Text(Cow<'a, str>),
    Integer(i64),
    Bool(bool),
    Date(Timestamp),
    Ip(IpAddr),
    Binary(Vec<u8>),
}

impl Value<'_> {
    pub(crate) fn is_empty_text(&self) -> bool {
        matches!(self, Value::Text(text) if text.is_empty())
    }

    /// The value as text, as string operators and policy variables see it.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Text(text) => Cow::Borrowed(text),
            Value::Integer(number) => Cow::Owned(number.to_string()),
            Value::Bool(true) => Cow::Borrowed("true"),
            Value::Bool(false) => Cow::Borrowed("false"),
            Value::Date(date) => Cow::Owned(date.iso8601()),
            Value::Ip(address) => Cow::Owned(address.to_string()),
            Value::Binary(bytes) => Cow::Owned(crate::compare::base64(bytes)),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Value<'a> {
        Value::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<Cow<'a, str>> for Value<'a> {
    fn from(text: Cow<'a, str>) -> Value<'a> {
        Value::Text(text)
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Value<'a> {
        Value::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a Arn> for Value<'a> {
    fn from(arn: &'a Arn) -> Value<'a> {
        Value::Text(Cow::Borrowed(arn.as_str()))
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Integer(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(date: Timestamp) -> Self {
        Value::Date(date)
    }
}

impl From<IpAddr> for Value<'_> {
    fn from(address: IpAddr) -> Self {
        Value::Ip(address)
    }
}

/// Context keys with their values. Keys are compared without regard to case, as IAM does; a key
/// may have any number of values.
///
/// A request has a dozen keys or two, so a list is searched faster than a map is built. Most
/// decisions look at none of them, so what can be borrowed is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Context<'a>(Vec<(Cow<'a, str>, Values<'a>)>);

#[derive(Clone, Debug, PartialEq)]
enum Values<'a> {
    One(Value<'a>),
    Many(Vec<Value<'a>>),
}

/// Room for the keys that most requests have.
const USUAL_KEYS: usize = 24;

impl<'a> Context<'a> {
    pub fn new() -> Context<'a> {
        Context(Vec::with_capacity(USUAL_KEYS))
    }

    /// Gives `key` one value, in place of what it had.
    pub fn insert(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) {
        self.set(key.into(), Values::One(value.into()));
    }

    /// Gives `key` these values, in place of what it had. With no values at all, the key counts
    /// as missing.
    pub fn insert_all<V: Into<Value<'a>>>(
        &mut self,
        key: impl Into<Cow<'a, str>>,
        values: impl IntoIterator<Item = V>,
    ) {
        let values = values.into_iter().map(Into::into).collect();
        self.set(key.into(), Values::Many(values));
    }

    /// Takes over all of `other`'s keys, in place of what they had here.
    pub fn extend(&mut self, other: Context<'a>) {
        for (key, values) in other.0 {
            self.set(key, values);
        }
    }

    fn set(&mut self, key: Cow<'a, str>, values: Values<'a>) {
        match self
            .0
            .iter_mut()
            .find(|(k, _)| k.eq_ignore_ascii_case(&key))
        {
            Some((_, present)) => *present = values,
            None => self.0.push((key, values)),
        }
    }

    /// All values of `key`; none if it is missing.
    pub fn values(&self, key: &str) -> &[Value<'a>] {
        match self.0.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)) {
            Some((_, Values::One(value))) => std::slice::from_ref(value),
            Some((_, Values::Many(values))) => values,
            None => &[],
        }
    }

    /// All keys in the order in which they were added, with their values as text.
    pub fn entries(&self) -> impl Iterator<Item = (&str, Vec<String>)> {
        self.0.iter().map(|(key, values)| {
            let values = match values {
                Values::One(value) => std::slice::from_ref(value),
                Values::Many(values) => values,
            };
            let texts = values.iter().map(|value| value.text().into_owned());
            (&**key, texts.collect())
        })
    }

    /// The value of a key that has exactly one.
    pub(crate) fn single(&self, key: &str) -> Option<&Value<'a>> {
        match self.values(key) {
            [value] => Some(value),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_ignore_case_and_are_replaced() {
        let mut context = Context::new();
        context.insert("aws:SourceIp", "1.2.3.4");
        context.insert("AWS:sourceip", "5.6.7.8");
        assert_eq!(context.values("aws:sourceIP"), [Value::from("5.6.7.8")]);
        context.insert_all("k", ["a", "b"]);
        assert_eq!(context.values("K").len(), 2);
        assert_eq!(context.single("k"), None);
        assert!(context.values("other").is_empty());
    }
}
