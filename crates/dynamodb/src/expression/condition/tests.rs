use super::super::Kind;
use super::*;
use crate::item::tests::{item, n, s};
use crate::item::{Item, Set};
use bytes::Bytes;
use std::collections::BTreeMap;

fn set(elements: &[&str]) -> Value {
    Value::Ss(Set::new(elements.iter().map(|&e| e.to_owned()).collect()).unwrap())
}

fn numbers(elements: &[&str]) -> Value {
    Value::Ns(Set::new(elements.iter().map(|e| e.parse().unwrap()).collect()).unwrap())
}

fn binary(bytes: &[u8]) -> Value {
    Value::B(Bytes::copy_from_slice(bytes))
}

fn one_of_each() -> Vec<(&'static str, Value)> {
    vec![
        (":s", s("a")),
        (":n", n("1")),
        (":b", binary(b"a")),
        (":bool", Value::Bool(true)),
        (":null", Value::Null),
        (":l", Value::L(vec![])),
        (":m", Value::M(Item::new())),
        (":ss", set(&["1"])),
        (":ns", numbers(&["1"])),
        (
            ":bs",
            Value::Bs(Set::new(vec![Bytes::from_static(b"a")]).unwrap()),
        ),
        (":type", s("SS")),
        (":t", s("b")),
        (":two", n("2")),
    ]
}

fn parse(text: &str) -> Result<Condition, String> {
    let names = BTreeMap::from([("#a".to_owned(), "a".to_owned())]);
    let values = one_of_each()
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value));
    let mut placeholders = Placeholders::new(names, values);
    Condition::parse(Kind::Filter, text, &mut placeholders).map_err(|e| e.to_string())
}

#[track_caller]
fn check_refused(text: &str, message: &str) {
    assert_eq!(
        parse(text).unwrap_err(),
        format!("Invalid FilterExpression: {message}"),
        "{text}"
    );
}

#[test]
fn functions() {
    check_refused(
        "a=:s and whatever((:things)) > a",
        "Invalid function name; function: whatever",
    );
    check_refused(
        "attRIbute_exIsts((views), #x)",
        "Invalid function name; function: attRIbute_exIsts",
    );
    check_refused(
        "a = if_not_exists(b, c)",
        "The function is not allowed in a filter expression; function: if_not_exists",
    );
    for (text, function) in [
        (
            "a=b and attribute_exists((views), (#x)) > b",
            "attribute_exists",
        ),
        ("attribute_not_exists(things) > b", "attribute_not_exists"),
        ("attribute_type(things, :a) > b", "attribute_type"),
        ("begins_with(things, a) > b", "begins_with"),
        ("contains(:things, c) > b", "contains"),
        ("size(contains(a, b)) > a", "contains"),
        ("size(things)", "size"),
        (
            "a between b and attribute_exists(things)",
            "attribute_exists",
        ),
        ("a in (b, attribute_exists(things))", "attribute_exists"),
        ("not size(things)", "size"),
    ] {
        check_refused(
            text,
            &format!(
                "The function is not allowed to be used this way in an expression; function: {function}"
            ),
        );
    }
}

#[test]
fn names_and_values() {
    let reserved = |text: &str, word: &str| {
        check_refused(
            text,
            &format!("Attribute name is a reserved keyword; reserved keyword: {word}"),
        );
    };
    reserved("attribute_exists(views, #x)", "views");
    reserved(":x < abOrT", "abOrT");
    reserved("a.b.Status = :x", "Status");
    for (text, name) in [
        (
            "attribute_exists(#Pictures.RearView, :x) and a=a",
            "#Pictures",
        ),
        ("begins_with(Pictures.#RearView)", "#RearView"),
        ("(#P between :lo and :hi) and (#PC in (:cat1, :cat2))", "#P"),
        ("#4g > a", "#4g"),
        ("(a)between(b.c[45].#d)and(:x)", "#d"),
    ] {
        check_refused(
            text,
            &format!(
                "An expression attribute name used in the document path is not defined; attribute name: {name}"
            ),
        );
    }
    for (text, value) in [
        ("begins_with(:hello, #x, #y)", ":hello"),
        (":x < :y", ":x"),
        (":_ > a", ":_"),
    ] {
        check_refused(
            text,
            &format!(
                "An expression attribute value used in expression is not defined; attribute value: {value}"
            ),
        );
    }
}

#[test]
fn operands() {
    for (text, function, count) in [
        ("attribute_exists(things, a) and a=b", "attribute_exists", 2),
        ("attribute_not_exists(things, b)", "attribute_not_exists", 2),
        ("attribute_type(things)", "attribute_type", 1),
        ("begins_with(things)", "begins_with", 1),
        ("begins_with(things, size(a), b)", "begins_with", 3),
        ("contains(things)", "contains", 1),
        ("size(things, a) > b", "size", 2),
    ] {
        check_refused(
            text,
            &format!(
                "Incorrect number of operands for operator or function; operator or function: {function}, number of operands: {count}"
            ),
        );
    }
    for (text, operator, operand) in [
        ("a = #a AND #x = b", "=", "[a]"),
        ("#a <> a", "<>", "[a]"),
        ("a > #a", ">", "[a]"),
        ("((a=a) OR (b=b))", "=", "[a]"),
        (
            "contains(ab.bc[1].a, ab.bc[1].#a)",
            "contains",
            "[ab, bc, [1], a]",
        ),
        ("attribute_type(ab.#a, ab.a)", "attribute_type", "[ab, a]"),
        ("begins_with(a, a)", "begins_with", "[a]"),
        ("a in (:s, a)", "IN", "[a]"),
        ("a between :s and a", "BETWEEN", "[a]"),
    ] {
        check_refused(
            text,
            &format!(
                "The first operand must be distinct from the remaining operands for this operator or function; operator: {operator}, first operand: {operand}"
            ),
        );
    }
    assert!(parse(":s > :s").is_ok());
    check_refused(
        "attribute_exists(:s) and a=b",
        "Operator or function requires a document path; operator or function: attribute_exists",
    );
    check_refused(
        "attribute_not_exists(size(:s))",
        "Operator or function requires a document path; operator or function: attribute_not_exists",
    );
    check_refused(
        "attribute_type(a, :s)",
        "Invalid attribute type name found; type: a, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
    );
}

#[test]
fn operand_types() {
    let check = |text: &str, function: &str, given: &str| {
        check_refused(
            text,
            &format!(
                "Incorrect operand type for operator or function; operator or function: {function}, operand type: {given}"
            ),
        );
    };
    check(
        "attribute_type(a, b)",
        "attribute_type",
        "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}",
    );
    check("attribute_type(a, size(b)) and a=:s", "attribute_type", "N");
    check("begins_with(a, size(b))", "begins_with", "N");
    check("size(size(a)) > :n", "size", "N");
    check("attribute_not_exists(size(:n))", "size", "N");
    check("size(:bool) > a", "size", "BOOL");
    check("a < :bool", "<", "BOOL");
    check(":null >= a", ">=", "NULL");
    check("a between :l and :l", "BETWEEN", "L");
    for (key, value) in one_of_each() {
        let name = value.type_of().name();
        if value.type_of() != Type::S {
            check(&format!("attribute_type(a, {key})"), "attribute_type", name);
        }
        if !matches!(value.type_of(), Type::S | Type::B) {
            check(&format!("begins_with(a, {key})"), "begins_with", name);
            check(&format!("begins_with({key}, a)"), "begins_with", name);
        }
    }
}

#[test]
fn bounds_of_between() {
    check_refused(
        "a between :n and :s",
        "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}",
    );
    check_refused(
        "a between :t and :s",
        "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {S:b}, upper bound operand: AttributeValue: {S:a}",
    );
}

#[test]
fn stages_of_the_check() {
    check_refused(
        "((a)) = foo(b)",
        "The expression has redundant parentheses;",
    );
    check_refused("status = foo(b)", "Invalid function name; function: foo");
    let first =
        "An expression attribute name used in the document path is not defined; attribute name: #x";
    check_refused("#x = :s and begins_with(a)", first);
    check_refused("a = :s and begins_with(#x, a, a)", first);
}

fn subject() -> Item {
    item([
        ("a", s("hello")),
        ("n", n("10")),
        ("b", binary(b"\x00\xff\x01")),
        ("t", Value::Bool(true)),
        ("z", Value::Null),
        ("l", Value::L(vec![s("a"), n("1.0"), Value::L(vec![])])),
        ("m", Value::M(item([("k", s("v")), ("n", n("5"))]))),
        ("ss", set(&["1", "x"])),
        ("ns", numbers(&["1", "2.50"])),
        ("emoji", s("a😀")),
    ])
}

#[track_caller]
fn check_value(text: &str, expected: bool) {
    let condition = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    assert_eq!(condition.evaluate(&subject()), expected, "{text}");
}

#[test]
fn comparisons() {
    for (text, expected) in [
        ("a > :s", true),
        ("a < :s", false),
        ("n > :two", true),
        ("n > :n AND n <> :n", true),
        ("a = n", false),
        ("a <> n", true),
        ("a > n", false),
        ("a < n", false),
        ("absent = :s", false),
        ("absent <> :s", true),
        ("absent < :s", false),
        ("NOT absent = :s", true),
        ("absent <> gone", true),
        ("absent = gone", false),
        ("t = :bool", true),
        ("z = :null", true),
        ("m.k > :s", true),
        ("m.n between :n and :two", false),
        ("absent between :n and :two", false),
        ("a between :n and :two", false),
        ("n in (:n, :two)", false),
        ("l[1] in (:n, :two)", true),
        ("absent in (:n, gone)", false),
        ("l[1] = :n", true),
        ("l[9] = :n", false),
        ("l.k = :n", false),
        (":s = :s", true),
    ] {
        check_value(text, expected);
    }
}

#[test]
fn functions_on_items() {
    for (text, expected) in [
        ("attribute_exists(m.k)", true),
        ("attribute_exists(z)", true),
        ("attribute_exists(m.x)", false),
        ("attribute_not_exists(l[2])", false),
        ("attribute_not_exists(l[3])", true),
        ("attribute_type(ss, :type)", true),
        ("attribute_type(ns, :type)", false),
        ("attribute_type(absent, :type)", false),
        ("begins_with(a, :s)", false),
        ("begins_with(n, :s)", false),
        ("begins_with(:s, :s)", true),
        ("contains(a, :s)", false),
        ("contains(a, :t)", false),
        ("contains(ss, :s)", false),
        ("contains(ns, :n)", true),
        ("contains(ns, :two)", false),
        ("contains(l, :s)", true),
        ("contains(l, :n)", true),
        ("contains(l, :l)", true),
        ("contains(l, :m)", false),
        ("contains(m, :s)", false),
        ("contains(absent, :s)", false),
        ("size(a) > :two", true),
        ("size(emoji) > :two", true),
        ("size(m) = :two", true),
        ("size(ss) = :two", true),
        ("size(b) > :two", true),
        ("size(n) > :n", false),
        ("size(n) <> :n", true),
        ("size(absent) = :n", false),
    ] {
        check_value(text, expected);
    }
}

#[test]
fn the_first_failing_term_decides() {
    for (text, expected) in [
        ("n = :two OR a > :s", true),
        ("n > :n AND a < :s", false),
        ("NOT (n > :n AND a < :s)", true),
        ("NOT n > :n AND a < :s", false),
        ("n > :n OR a < :s AND absent = :s", true),
    ] {
        check_value(text, expected);
    }
}
