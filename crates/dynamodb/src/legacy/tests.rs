use super::*;
use crate::item::tests::{item, n, s};

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: &str) -> AttributeValue {
    AttributeValue::N(value.to_owned())
}

#[track_caller]
fn check_expected(wire: ExpectedAttributeValue, result: Result<bool, &str>) {
    let expected = expected(BTreeMap::from([("a".to_owned(), wire)]), None);
    let got = expected.map(|condition| condition.unwrap().evaluate(&item([("a", s("x"))])));
    assert_eq!(got.map_err(|e| e.message()), result.map_err(str::to_owned));
}

#[test]
fn expectations() {
    let none = ExpectedAttributeValue::default;
    let invalid = |words: &str| format!("One or more parameter values were invalid: {words}");
    let refused = |wire: ExpectedAttributeValue, words: &str| {
        check_expected(wire, Err(&invalid(words)));
    };
    check_expected(
        ExpectedAttributeValue {
            value: Some(text("x")),
            ..none()
        },
        Ok(true),
    );
    check_expected(
        ExpectedAttributeValue {
            value: Some(text("y")),
            ..none()
        },
        Ok(false),
    );
    check_expected(
        ExpectedAttributeValue {
            exists: Some(false),
            ..none()
        },
        Ok(false),
    );
    let compare = |operator, list| ExpectedAttributeValue {
        comparison_operator: Some(operator),
        attribute_value_list: Some(list),
        ..none()
    };
    check_expected(compare(ComparisonOperator::Ge, vec![text("w")]), Ok(true));
    check_expected(
        compare(ComparisonOperator::NotContains, vec![text("w")]),
        Ok(true),
    );
    check_expected(
        compare(ComparisonOperator::In, vec![text("w"), text("x")]),
        Ok(true),
    );
    check_expected(compare(ComparisonOperator::NotNull, vec![]), Ok(true));
    refused(
        none(),
        "Value must be provided when Exists is null for Attribute: a",
    );
    refused(
        ExpectedAttributeValue {
            exists: Some(true),
            ..none()
        },
        "Value must be provided when Exists is true for Attribute: a",
    );
    refused(
        ExpectedAttributeValue {
            exists: Some(false),
            value: Some(text("x")),
            ..none()
        },
        "Value cannot be used when Exists is false for Attribute: a",
    );
    refused(
        ExpectedAttributeValue {
            comparison_operator: Some(ComparisonOperator::Eq),
            ..none()
        },
        "Value or AttributeValueList must be used with ComparisonOperator: EQ for Attribute: a",
    );
    refused(
        compare(ComparisonOperator::Between, vec![text("w")]),
        "Invalid number of argument(s) for the BETWEEN ComparisonOperator",
    );
    refused(
        compare(ComparisonOperator::In, vec![text("w"), number("1")]),
        "AttributeValues inside AttributeValueList must be of same type",
    );
    refused(
        compare(ComparisonOperator::BeginsWith, vec![number("1")]),
        "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type",
    );
    check_expected(
        compare(ComparisonOperator::Between, vec![text("b"), text("a")]),
        Err(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound",
        ),
    );
}

#[track_caller]
fn check_update(action: Option<AttributeAction>, value: Option<AttributeValue>, shown: &str) {
    let update = AttributeValueUpdate { action, value };
    let got = match updates(BTreeMap::from([("a".to_owned(), update)])) {
        Ok(update) => {
            let mut it = item([("a", n("1"))]);
            match update.apply(&mut it) {
                Ok(()) => format!("{it:?}"),
                Err(error) => error.to_string(),
            }
        }
        Err(error) => error.message(),
    };
    assert_eq!(got, shown);
}

#[test]
fn attribute_updates() {
    check_update(None, Some(text("x")), r#"{"a": "x"}"#);
    check_update(Some(AttributeAction::Add), Some(number("2")), r#"{"a": 3}"#);
    check_update(Some(AttributeAction::Delete), None, "{}");
    check_update(
        Some(AttributeAction::Add),
        Some(text("x")),
        "One or more parameter values were invalid: ADD action is not supported for the type S",
    );
    check_update(
        Some(AttributeAction::Delete),
        Some(number("1")),
        "One or more parameter values were invalid: DELETE action with value is not supported for the type N",
    );
    check_update(
        None,
        None,
        "One or more parameter values were invalid: Only DELETE action is allowed when no attribute value is specified",
    );
}

#[test]
fn operators_join_two_or_more() {
    let check = |count: usize, message: Option<&str>| {
        let result = check_operator(Some(ConditionalOperator::And), count);
        assert_eq!(result.err().map(|e| e.message()).as_deref(), message);
    };
    check(
        0,
        Some("ConditionalOperator cannot be used without Filter or Expected"),
    );
    check(
        1,
        Some(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements",
        ),
    );
    check(2, None);
}
