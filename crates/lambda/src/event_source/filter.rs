//! Filter patterns: which records a function gets.

use serde_json::{Map, Value};

/// A pattern that has been understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pattern {
    /// Every field named must match.
    Fields(Vec<(String, Pattern)>),
    /// One of these must hold of the value.
    OneOf(Vec<Rule>),
    /// One of these must match the whole.
    Either(Vec<Pattern>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rule {
    Equals(Value),
    Prefix(String),
    Suffix(String),
    EqualsIgnoreCase(String),
    AnythingBut(Vec<Value>),
    /// None of these holds.
    NoneOf(Vec<Rule>),
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
            Pattern::Fields(fields) => fields.iter().all(|(name, pattern)| match pattern {
                Pattern::Either(_) => pattern.matches(value),
                _ => pattern.matches(value.and_then(|v| v.get(name))),
            }),
            Pattern::Either(patterns) => patterns.iter().any(|p| p.matches(value)),
            Pattern::OneOf(rules) => match value {
                // One element of a list is enough.
                Some(Value::Array(values)) if !values.is_empty() => values
                    .iter()
                    .any(|value| rules.iter().any(|rule| rule.holds(Some(value)))),
                _ => rules.iter().any(|rule| rule.holds(value)),
            },
        }
    }
}

fn of_fields(fields: Map<String, Value>) -> Option<Pattern> {
    let fields = fields.into_iter().map(|(name, value)| {
        let pattern = match value {
            Value::Object(fields) => of_fields(fields)?,
            Value::Array(patterns) if name == EITHER => either(patterns)?,
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

/// The name of a field that holds whole patterns instead of rules.
const EITHER: &str = "$or";

fn either(patterns: Vec<Value>) -> Option<Pattern> {
    let patterns = patterns.into_iter().map(|pattern| match pattern {
        Value::Object(fields) => of_fields(fields),
        _ => None,
    });
    let patterns: Vec<Pattern> = patterns.collect::<Option<_>>()?;
    (patterns.len() > 1).then_some(Pattern::Either(patterns))
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
            Value::Object(inner) => none_of(inner)?,
            other => Rule::AnythingBut(vec![other]),
        },
        "numeric" => Rule::Numeric(comparisons(value.as_array()?)?),
        _ => return None,
    })
}

/// `{"prefix": "a"}` or `{"prefix": ["a", "b"]}`, and so on.
fn none_of(rules: Map<String, Value>) -> Option<Rule> {
    let mut named = Vec::new();
    for (name, value) in rules {
        let values = match value {
            Value::Array(values) => values,
            one => vec![one],
        };
        for value in values {
            let rule_of_text = |rule: fn(String) -> Rule| value.as_str().map(|t| rule(t.into()));
            named.push(match name.as_str() {
                "prefix" => rule_of_text(Rule::Prefix)?,
                "suffix" => rule_of_text(Rule::Suffix)?,
                "equals-ignore-case" => rule_of_text(Rule::EqualsIgnoreCase)?,
                _ => return None,
            });
        }
    }
    (!named.is_empty()).then_some(Rule::NoneOf(named))
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
            // What has fields of its own is no value.
            let is_there = value.is_some_and(|value| !value.is_object());
            return is_there == *wanted;
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
            Rule::AnythingBut(values) => !values.iter().any(|other| is_same(value, other)),
            Rule::NoneOf(rules) => text.is_some() && !rules.iter().any(|r| r.holds(Some(value))),
            // Numbers in tables are text, which AWS does not compare with numbers here.
            Rule::Numeric(comparisons) => value
                .as_f64()
                .is_some_and(|number| comparisons.iter().all(|c| compares(*c, number))),
        }
    }
}

/// Whether a value is one that is ruled out, which text is if it is how a number is written.
fn is_same(value: &Value, other: &Value) -> bool {
    let written = value.as_str().and_then(|text| text.parse::<f64>().ok());
    value == other || (written.is_some() && written == other.as_f64())
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
        let record = r#"{"eventName":"INSERT","dynamodb":{"NewImage":{"a":{"S":"xyz"},"c":{"N":"101"}}},"n":5,"tags":["a","b"]}"#;
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
            // Only values exist, not what holds them.
            (
                r#"{"dynamodb":{"NewImage":{"a":[{"exists":false}]}}}"#,
                true,
            ),
            (
                r#"{"dynamodb":{"NewImage":{"c":{"N":[{"numeric":[">",100]},{"anything-but":101}]}}}}"#,
                false,
            ),
            (
                r#"{"dynamodb":{"NewImage":{"c":{"N":[{"anything-but":42}]}}}}"#,
                true,
            ),
            (
                r#"{"dynamodb":{"NewImage":{"a":{"S":[{"anything-but":{"prefix":["xy","b"]}}]}}}}"#,
                false,
            ),
            (
                r#"{"dynamodb":{"NewImage":{"a":{"S":[{"anything-but":{"suffix":"b"}}]}}}}"#,
                true,
            ),
            (r#"{"tags":["b"]}"#, true),
            (r#"{"tags":["d"]}"#, false),
            (r#"{"$or":[{"eventName":["REMOVE"]},{"n":[5]}]}"#, true),
            (
                r#"{"$or":[{"eventName":["REMOVE"]},{"n":[6]}],"n":[5]}"#,
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
            r#"{"$or":[{"a":[1]}]}"#,
            r#"{"a":[{"anything-but":{"exists":true}}]}"#,
        ] {
            assert_eq!(Pattern::parse(text), None, "{text}");
        }
    }
}
