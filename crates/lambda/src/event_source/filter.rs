//! Filter patterns: which records a function gets.

use serde_json::{Map, Value};

/// A pattern that has been understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pattern {
    /// Every field named must match.
    Fields(Vec<(String, Pattern)>),
    /// One of these must hold of the value.
    OneOf(Vec<Rule>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    Equals(Value),
    Prefix(String),
    Suffix(String),
    EqualsIgnoreCase(String),
    AnythingBut(Vec<Value>),
    AnythingButPrefix(String),
    Exists(bool),
    /// All comparisons hold.
    Numeric(Vec<(Comparison, f64)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Pattern {
    /// `None` if it is no pattern.
    pub fn parse(text: &str) -> Option<Pattern> {
        let Value::Object(fields) = serde_json::from_str(text).ok()? else {
            return None;
        };
        of_fields(fields)
    }

    pub fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Pattern::Fields(fields) => fields
                .iter()
                .all(|(name, pattern)| pattern.matches(value.and_then(|v| v.get(name)))),
            Pattern::OneOf(rules) => rules.iter().any(|rule| rule.holds(value)),
        }
    }
}

fn of_fields(fields: Map<String, Value>) -> Option<Pattern> {
    let fields = fields.into_iter().map(|(name, value)| {
        let pattern = match value {
            Value::Object(fields) => of_fields(fields)?,
            Value::Array(rules) => {
                let rules: Option<Vec<Rule>> = rules.into_iter().map(rule).collect();
                Pattern::OneOf(rules.filter(|rules| !rules.is_empty())?)
            }
            _ => return None,
        };
        Some((name, pattern))
    });
    fields.collect::<Option<Vec<_>>>().map(Pattern::Fields)
}

fn rule(value: Value) -> Option<Rule> {
    let Value::Object(rule) = value else {
        return (!value.is_array()).then_some(Rule::Equals(value));
    };
    let mut rule = rule.into_iter();
    let (name, value) = rule.next()?;
    if rule.next().is_some() {
        return None;
    }
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(match name.as_str() {
        "prefix" => Rule::Prefix(text(&value)?),
        "suffix" => Rule::Suffix(text(&value)?),
        "equals-ignore-case" => Rule::EqualsIgnoreCase(text(&value)?),
        "exists" => Rule::Exists(value.as_bool()?),
        "anything-but" => match value {
            Value::Array(values) => Rule::AnythingBut(values),
            Value::Object(inner) => Rule::AnythingButPrefix(text(inner.get("prefix")?)?),
            other => Rule::AnythingBut(vec![other]),
        },
        "numeric" => Rule::Numeric(comparisons(value.as_array()?)?),
        _ => return None,
    })
}

fn comparisons(parts: &[Value]) -> Option<Vec<(Comparison, f64)>> {
    let pairs = parts.chunks(2).map(|pair| {
        let [comparison, number] = pair else {
            return None;
        };
        let comparison = match comparison.as_str()? {
            "=" => Comparison::Equal,
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            ">" => Comparison::Greater,
            ">=" => Comparison::GreaterOrEqual,
            _ => return None,
        };
        Some((comparison, number.as_f64()?))
    });
    let pairs: Option<Vec<_>> = pairs.collect();
    pairs.filter(|pairs| !pairs.is_empty())
}

impl Rule {
    fn holds(&self, value: Option<&Value>) -> bool {
        if let Rule::Exists(wanted) = self {
            return value.is_some() == *wanted;
        }
        let Some(value) = value else {
            return false;
        };
        let text = value.as_str();
        match self {
            Rule::Exists(_) => false,
            Rule::Equals(wanted) => value == wanted,
            Rule::Prefix(prefix) => text.is_some_and(|t| t.starts_with(prefix.as_str())),
            Rule::Suffix(suffix) => text.is_some_and(|t| t.ends_with(suffix.as_str())),
            Rule::EqualsIgnoreCase(wanted) => {
                text.is_some_and(|t| t.to_lowercase() == wanted.to_lowercase())
            }
            Rule::AnythingBut(values) => !values.contains(value),
            Rule::AnythingButPrefix(prefix) => {
                text.is_some_and(|t| !t.starts_with(prefix.as_str()))
            }
            // Numbers in tables are text, which AWS compares by value only where it is a number.
            Rule::Numeric(comparisons) => value
                .as_f64()
                .is_some_and(|number| comparisons.iter().all(|c| compares(*c, number))),
        }
    }
}

fn compares((comparison, wanted): (Comparison, f64), number: f64) -> bool {
    match comparison {
        Comparison::Equal => number == wanted,
        Comparison::Less => number < wanted,
        Comparison::LessOrEqual => number <= wanted,
        Comparison::Greater => number > wanted,
        Comparison::GreaterOrEqual => number >= wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, value: &str, expected: bool) {
        let pattern = Pattern::parse(pattern).unwrap();
        let value: Value = serde_json::from_str(value).unwrap();
        assert_eq!(pattern.matches(Some(&value)), expected);
    }

    #[test]
    fn what_matches() {
        let record = r#"{"eventName":"INSERT","dynamodb":{"NewImage":{"a":{"S":"xyz"}}},"n":5}"#;
        for (pattern, expected) in [
            (r#"{"eventName":["INSERT","MODIFY"]}"#, true),
            (r#"{"eventName":["REMOVE"]}"#, false),
            (
                r#"{"dynamodb":{"NewImage":{"a":{"S":[{"prefix":"xy"}]}}}}"#,
                true,
            ),
            (
                r#"{"dynamodb":{"NewImage":{"b":[{"exists":false}]}}}"#,
                true,
            ),
            (
                r#"{"dynamodb":{"NewImage":{"b":{"S":[{"exists":true}]}}}}"#,
                false,
            ),
            (
                r#"{"dynamodb":{"NewImage":{"a":{"S":[{"anything-but":["xyz"]}]}}}}"#,
                false,
            ),
            (r#"{"n":[{"numeric":[">",1,"<=",5]}]}"#, true),
            (
                r#"{"n":[{"numeric":["<",5]}],"eventName":["INSERT"]}"#,
                false,
            ),
        ] {
            check(pattern, record, expected);
        }
    }

    #[test]
    fn what_is_no_pattern() {
        for text in [
            "single-string",
            "[]",
            r#"{"a":"b"}"#,
            r#"{"a":[]}"#,
            r#"{"a":[{"b":1}]}"#,
        ] {
            assert_eq!(Pattern::parse(text), None, "{text}");
        }
    }
}
