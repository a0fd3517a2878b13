use super::super::{Kind, Placeholders};
use super::*;
use crate::item::Type;
use crate::item::tests::{n, s};
use crate::key::KeyAttribute;
use std::collections::BTreeMap;

fn parse(text: &str) -> Result<KeyCondition, String> {
    let names = BTreeMap::from([("#p".to_owned(), "p".to_owned())]);
    let values = [
        (":s", s("x")),
        (":t", s("y")),
        (":n", n("1")),
        (":e", s("")),
    ];
    let values = values
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value));
    let mut placeholders = Placeholders::new(names, values);
    let condition = Condition::parse(Kind::KeyCondition, text, &mut placeholders);
    KeyCondition::new(condition.map_err(|e| e.to_string())?).map_err(|e| e.to_string())
}

fn schema(partition: &[&str], sort: &[&str]) -> KeySchema {
    let attributes = |names: &[&str]| {
        let named = |name: &&str| KeyAttribute {
            name: (*name).into(),
            kind: Type::S,
        };
        names.iter().map(named).collect()
    };
    KeySchema {
        partition: attributes(partition),
        sort: attributes(sort),
    }
}

#[track_caller]
fn check_refused(texts: &[&str], message: &str) {
    for text in texts {
        let expected = format!("Invalid KeyConditionExpression: {message}");
        assert_eq!(parse(text).unwrap_err(), expected, "{text}");
    }
}

#[test]
fn what_is_no_key_condition() {
    let operator = |text: &str, operator: &str| {
        check_refused(
            &[text],
            &format!("Invalid operator used in KeyConditionExpression: {operator}"),
        );
    };
    operator("a > b and size(b) > c or a > c", "OR");
    operator("a in (b, size(c), d)", "IN");
    operator("attribute_exists(a)", "attribute_exists");
    operator("attribute_not_exists(a)", "attribute_not_exists");
    operator("contains(a.d, b)", "contains");
    operator("not a > b", "NOT");
    operator("a <> b", "<>");
    check_refused(
        &[
            "size(b) > a AND a.b > b AND b > c",
            "a > size(b.d)",
            "a between size(b) and size(a)",
        ],
        "KeyConditionExpressions cannot contain nested operations",
    );
    check_refused(
        &[
            "b > a.b",
            "b between c[1] and d",
            "a between b and size(a)",
            "begins_with(a, b)",
        ],
        "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition",
    );
    check_refused(
        &["b.d > a AND c.d > e.f", "a.d > c", "b[0] > a"],
        "KeyConditionExpressions cannot have conditions on nested attributes",
    );
    check_refused(
        &[":s > :t AND a < :s", ":t > b AND :t < :s"],
        "Invalid condition in KeyConditionExpression: No key attribute specified",
    );
    check_refused(
        &[
            "b > :s AND b < :s and c = :s",
            "(a > :s and b > :s) and (b > :s and c > :s)",
        ],
        "KeyConditionExpressions must only contain one condition per key",
    );
    check_refused(
        &[":s between size(b) and size(a) and b > :t"],
        "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute as its first operand",
    );
    check_refused(
        &["begins_with(:s, b) and a > :t"],
        "Invalid condition in KeyConditionExpression: begins_with operator must have the key attribute as its first operand",
    );
}

#[track_caller]
fn check_bound(text: &str, schema: &KeySchema, shown: &str) {
    let bound = parse(text).unwrap().bind(schema);
    let got = match bound {
        Ok(bound) => format!("{:?} {:?}", bound.partition, bound.sort),
        Err(error) => error.to_string(),
    };
    assert_eq!(got, shown, "{text}");
}

#[test]
fn binding_to_a_key() {
    let table = schema(&["p"], &["r"]);
    check_bound("#p = :s", &table, r#"{"p": "x"} []"#);
    check_bound("r < :t AND :s = p", &table, r#"{"p": "x"} [Less("y")]"#);
    check_bound(
        "p = :s AND :t <= r",
        &table,
        r#"{"p": "x"} [GreaterOrEqual("y")]"#,
    );
    check_bound(
        "p = :s AND r between :s and :t",
        &table,
        r#"{"p": "x"} [Between("x", "y")]"#,
    );
    check_bound(
        "p = :s AND begins_with(r, :t)",
        &table,
        r#"{"p": "x"} [BeginsWith("y")]"#,
    );
    check_bound(
        "r = :s",
        &table,
        "Query condition missed key schema element: p",
    );
    check_bound("p > :s", &table, "Query key condition not supported");
    check_bound(
        "p = :s and z = :s",
        &table,
        "Query condition missed key schema element: r",
    );
    check_bound(
        "p = :s and r = :s and z = :s",
        &table,
        "The number of query conditions (3) exceeds the number of key attributes defined in the schema (2)",
    );
    check_bound(
        "p = :s and r = :n",
        &table,
        "One or more parameter values were invalid: Condition parameter type does not match schema type",
    );
    check_bound(
        "p = :e",
        &table,
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p",
    );
}

#[test]
fn binding_to_a_key_of_many_attributes() {
    let index = schema(&["a", "b"], &["c", "d"]);
    check_bound("a = :s and b = :t", &index, r#"{"a": "x", "b": "y"} []"#);
    check_bound(
        "a = :s and b = :t and c = :s and d > :s",
        &index,
        r#"{"a": "x", "b": "y"} [Equal("x"), Greater("x")]"#,
    );
    check_bound(
        "a = :s",
        &index,
        "HASH key attributes [b] must have equality conditions specified in the query",
    );
    check_bound(
        "a = :s and b = :t and d > :s",
        &index,
        "RANGE key attributes [c] must have equality conditions specified in the query",
    );
}
