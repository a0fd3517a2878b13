//! Conditions: one operator, one key, some values.
//!
//! The meaning of missing keys, of several values and of negation follows "IAM JSON policy
//! elements: Condition operators" and "Single-valued vs. multivalued context keys" of the IAM
//! user guide.

use crate::Version;
use crate::compare::{Operand, Relation, Test, Unreadable, parse_bool};
use crate::context::{Context, Value};

/// One key of one operator in a `Condition` element.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Condition {
    operator: Operator,
    key: String,
    operands: Vec<Operand>,
}

/// An operator with its prefix and suffix, such as `ForAnyValue:StringNotLikeIfExists`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    quantifier: Quantifier,
    check: Check,
    missing: Missing,
}

/// Which of a key's values have to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantifier {
    /// No prefix: for keys with one value. Of several, one must be accepted, or none refused.
    Plain,
    ForAllValues,
    ForAnyValue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    /// The value is what one of the operands says.
    Is(Test),
    /// The value is what none of the operands says.
    IsNot(Test),
    /// Whether the key is there at all.
    Null,
}

/// What a missing key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    /// What follows from the operator.
    Decides,
    /// `IfExists`: the condition holds.
    Passes,
}

const OPERATORS: [(&str, Check); 27] = [
    ("StringEquals", Check::Is(Test::String)),
    ("StringNotEquals", Check::IsNot(Test::String)),
    (
        "StringEqualsIgnoreCase",
        Check::Is(Test::StringIgnoringCase),
    ),
    (
        "StringNotEqualsIgnoreCase",
        Check::IsNot(Test::StringIgnoringCase),
    ),
    ("StringLike", Check::Is(Test::StringLike)),
    ("StringNotLike", Check::IsNot(Test::StringLike)),
    ("NumericEquals", Check::Is(Test::Numeric(Relation::Equal))),
    (
        "NumericNotEquals",
        Check::IsNot(Test::Numeric(Relation::Equal)),
    ),
    ("NumericLessThan", Check::Is(Test::Numeric(Relation::Less))),
    (
        "NumericLessThanEquals",
        Check::Is(Test::Numeric(Relation::LessOrEqual)),
    ),
    (
        "NumericGreaterThan",
        Check::Is(Test::Numeric(Relation::Greater)),
    ),
    (
        "NumericGreaterThanEquals",
        Check::Is(Test::Numeric(Relation::GreaterOrEqual)),
    ),
    ("DateEquals", Check::Is(Test::Date(Relation::Equal))),
    ("DateNotEquals", Check::IsNot(Test::Date(Relation::Equal))),
    ("DateLessThan", Check::Is(Test::Date(Relation::Less))),
    (
        "DateLessThanEquals",
        Check::Is(Test::Date(Relation::LessOrEqual)),
    ),
    ("DateGreaterThan", Check::Is(Test::Date(Relation::Greater))),
    (
        "DateGreaterThanEquals",
        Check::Is(Test::Date(Relation::GreaterOrEqual)),
    ),
    ("Bool", Check::Is(Test::Bool)),
    ("BinaryEquals", Check::Is(Test::Binary)),
    ("IpAddress", Check::Is(Test::Ip)),
    ("NotIpAddress", Check::IsNot(Test::Ip)),
    ("ArnEquals", Check::Is(Test::Arn)),
    ("ArnLike", Check::Is(Test::Arn)),
    ("ArnNotEquals", Check::IsNot(Test::Arn)),
    ("ArnNotLike", Check::IsNot(Test::Arn)),
    ("Null", Check::Null),
];

impl Operator {
    /// Reads an operator's name; `None` if there is no such operator. `Null` takes no suffix.
    pub(crate) fn parse(name: &str) -> Option<Operator> {
        let (quantifier, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Quantifier::ForAllValues, rest),
            Some(("ForAnyValue", rest)) => (Quantifier::ForAnyValue, rest),
            Some(_) => return None,
            None => (Quantifier::Plain, name),
        };
        let (missing, rest) = match rest.strip_suffix("IfExists") {
            Some(rest) => (Missing::Passes, rest),
            None => (Missing::Decides, rest),
        };
        let (_, check) = OPERATORS.iter().find(|(name, _)| *name == rest)?;
        if (*check, missing) == (Check::Null, Missing::Passes) {
            return None;
        }
        Some(Operator {
            quantifier,
            check: *check,
            missing,
        })
    }

    /// Whether the operator compares dates, whose operands IAM checks when a policy is stored.
    pub(crate) fn compares_dates(self) -> bool {
        matches!(
            self.check,
            Check::Is(Test::Date(_)) | Check::IsNot(Test::Date(_))
        )
    }
}

impl Condition {
    pub(crate) fn new(operator: Operator, key: &str, values: &[String], version: Version) -> Self {
        let operand = |text: &String| match operator.check {
            Check::Is(test) | Check::IsNot(test) => Operand::parse(test, text, version),
            Check::Null => parse_bool(text).map_or(Operand::Unreadable, Operand::Bool),
        };
        Condition {
            operator,
            key: key.to_owned(),
            operands: values.iter().map(operand).collect(),
        }
    }

    /// The context keys that it looks at: its own, and those of policy variables.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        let variables = self.operands.iter().flat_map(Operand::variables);
        std::iter::once(self.key.as_str()).chain(variables)
    }

    /// Whether the condition holds for a request with this context.
    pub(crate) fn holds(&self, context: &Context) -> Result<bool, Unreadable> {
        let values = context.values(&self.key);
        let Operator {
            quantifier,
            check,
            missing,
        } = self.operator;
        if check == Check::Null {
            return self.null_holds(values);
        }
        // For the set operators, a value that is an empty text is no value.
        let counts = |value: &Value| quantifier == Quantifier::Plain || !value.is_empty_text();
        if !values.iter().any(counts) {
            return Ok(match (missing, quantifier) {
                (Missing::Passes, _) | (_, Quantifier::ForAllValues) => true,
                (_, Quantifier::ForAnyValue) => false,
                (_, Quantifier::Plain) => matches!(check, Check::IsNot(_)),
            });
        }
        let passes = |value: &Value| self.passes(value, context);
        match (quantifier, check) {
            (Quantifier::ForAllValues, _) | (Quantifier::Plain, Check::IsNot(_)) => {
                all(values, passes)
            }
            (Quantifier::ForAnyValue, _) | (Quantifier::Plain, _) => any(values, passes),
        }
    }

    fn passes(&self, value: &Value, context: &Context) -> Result<bool, Unreadable> {
        match self.operator.check {
            Check::Is(test) => any(&self.operands, |o| o.accepts(test, value, context)),
            Check::IsNot(test) => {
                any(&self.operands, |o| o.accepts(test, value, context)).map(|hit| !hit)
            }
            Check::Null => Err(Unreadable),
        }
    }

    /// `"Null": {key: "true"}` demands that the key is missing, `"false"` that it is there.
    fn null_holds(&self, values: &[Value]) -> Result<bool, Unreadable> {
        any(&self.operands, |operand| match operand {
            Operand::Bool(demanded) => Ok(*demanded == values.is_empty()),
            _ => Err(Unreadable),
        })
    }
}

/// Whether one of `items` is accepted. One that cannot be compared matters only if none is.
fn any<T>(
    items: &[T],
    mut accepts: impl FnMut(&T) -> Result<bool, Unreadable>,
) -> Result<bool, Unreadable> {
    let mut outcome = Ok(false);
    for item in items {
        match accepts(item) {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(unreadable) => outcome = Err(unreadable),
        }
    }
    outcome
}

/// Whether all of `items` are accepted. One that cannot be compared matters only if none is
/// refused.
fn all<T>(
    items: &[T],
    mut accepts: impl FnMut(&T) -> Result<bool, Unreadable>,
) -> Result<bool, Unreadable> {
    any(items, |item| accepts(item).map(|yes| !yes)).map(|refused| !refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(name: &str, values: &[&str]) -> Condition {
        let operator = Operator::parse(name).unwrap();
        let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        Condition::new(operator, "k", &values, Version::V2012)
    }

    #[test]
    fn names() {
        for bad in [
            "",
            "x",
            "stringEquals",
            "ForAnyValue::StringEquals",
            "ForSomeValue:StringEquals",
            "NullIfExists",
            "IfExists",
            "StringEqualsIfExistsIfExists",
            "ForAnyValue:",
        ] {
            assert_eq!(Operator::parse(bad), None, "{bad}");
        }
        for (name, _) in OPERATORS {
            assert!(
                Operator::parse(&format!("ForAllValues:{name}")).is_some(),
                "{name}"
            );
        }
        assert!(
            Operator::parse("DateEqualsIfExists")
                .unwrap()
                .compares_dates()
        );
    }

    /// Each row: operator, policy's values, request's values, outcome.
    #[test]
    fn missing_keys_many_values_and_negation() {
        let check = |name: &str, operands: &[&str], values: &[&str], expected: bool| {
            let mut context = Context::new();
            context.insert_all("K", values.iter().copied());
            let found = condition(name, operands).holds(&context);
            assert_eq!(found, Ok(expected), "{name} {operands:?} {values:?}");
        };
        check("StringEquals", &["a", "b"], &["b"], true);
        check("StringEquals", &["a", "b"], &["c"], false);
        check("StringEquals", &["a"], &[], false);
        check("StringEqualsIfExists", &["a"], &[], true);
        check("StringEqualsIfExists", &["a"], &["b"], false);
        check("StringEquals", &[], &["a"], false);
        check("StringNotEquals", &["a", "b"], &["b"], false);
        check("StringNotEquals", &["a", "b"], &["c"], true);
        check("StringNotEquals", &["a"], &[], true);
        check("StringNotEquals", &[], &["a"], true);
        check("StringNotEquals", &["a"], &["a", "b"], false);
        check("StringEquals", &["a"], &["a", "b"], true);
        check("ForAllValues:StringEquals", &["a", "b"], &["a", "b"], true);
        check("ForAllValues:StringEquals", &["a", "b"], &["a", "c"], false);
        check("ForAllValues:StringEquals", &["a"], &[], true);
        check("ForAllValues:StringNotEquals", &["a"], &["b", "c"], true);
        check("ForAllValues:StringNotEquals", &["a"], &["a", "c"], false);
        check("ForAnyValue:StringEquals", &["a"], &["b", "a"], true);
        check("ForAnyValue:StringEquals", &["a"], &["b"], false);
        check("ForAnyValue:StringEquals", &["a"], &[], false);
        check("ForAnyValue:StringNotEquals", &["a"], &["a", "b"], true);
        check("ForAnyValue:StringNotEquals", &["a"], &["a"], false);
        check("ForAnyValue:StringNotEquals", &["a"], &[], false);
        check("ForAnyValue:StringLikeIfExists", &["a*"], &[], true);
        check("Null", &["true"], &[], true);
        check("Null", &["true"], &["x"], false);
        check("Null", &["false"], &["x"], true);
        check("Null", &["false"], &[], false);
        check("ArnLike", &["arn:aws:s3:::a*"], &["arn:aws:s3:::ab"], true);
        check(
            "ArnNotEquals",
            &["arn:aws:s3:::a*"],
            &["arn:aws:s3:::ab"],
            false,
        );
        check("NotIpAddress", &["10.0.0.0/8"], &["10.1.1.1"], false);
    }

    #[test]
    fn what_cannot_be_compared_is_an_error_unless_it_does_not_matter() {
        let mut context = Context::new();
        context.insert("k", "5");
        let holds = |name: &str, operands: &[&str]| condition(name, operands).holds(&context);
        assert_eq!(holds("NumericEquals", &["x"]), Err(Unreadable));
        assert_eq!(holds("NumericNotEquals", &["x"]), Err(Unreadable));
        assert_eq!(holds("NumericEquals", &["x", "5"]), Ok(true));
        assert_eq!(holds("Null", &["maybe"]), Err(Unreadable));
        assert_eq!(
            condition("NumericEquals", &["x"]).holds(&Context::new()),
            Ok(false)
        );
    }
}
