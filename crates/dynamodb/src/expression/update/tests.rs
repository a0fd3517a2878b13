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

fn list(elements: &[&str]) -> Value {
    Value::L(elements.iter().map(|e| s(e)).collect())
}

fn parse(text: &str) -> Result<Update, String> {
    let names = [
        ("#c", "c"),
        ("#d", "[3]"),
        ("#t", "abcdefghij"),
        ("#e", "\u{20ac}\u{20ac}"),
    ];
    let names = names.map(|(key, name)| (key.to_owned(), name.to_owned()));
    let values = [
        (":s", s("x")),
        (":n", n("1")),
        (":b", Value::B(Bytes::from_static(b"b"))),
        (":bool", Value::Bool(true)),
        (":null", Value::Null),
        (":l", list(&["p", "q"])),
        (":m", Value::M(Item::new())),
        (":ss", set(&["a", "z"])),
        (":ns", numbers(&["1"])),
        (":ten", s("0123456789")),
        (":lst", list(&["0123456789"])),
    ];
    let values = values.map(|(key, value)| (key.to_owned(), value));
    let mut placeholders = Placeholders::new(BTreeMap::from(names), values);
    Update::parse(text, &mut placeholders).map_err(|e| e.to_string())
}

#[track_caller]
fn check_refused(text: &str, message: &str) {
    assert_eq!(
        parse(text).unwrap_err(),
        format!("Invalid UpdateExpression: {message}"),
        "{text}"
    );
}

#[test]
fn refusals() {
    check_refused("", "The expression can not be empty;");
    check_refused("set a", "Syntax error; token: \"<EOF>\", near: \"a\"");
    for (text, word) in [
        (" set #x = :x set abOrt = true ", "abOrt"),
        (" remove Absolute ", "Absolute"),
    ] {
        check_refused(
            text,
            &format!("Attribute name is a reserved keyword; reserved keyword: {word}"),
        );
    }
    check_refused(
        "set #x = if_not_exist(:x) set c = d",
        "Invalid function name; function: if_not_exist",
    );
    check_refused(
        "set a = size(b)",
        "The function is not allowed in an update expression; function: size",
    );
    for (text, section) in [
        ("set a = #x set c = :x", "SET"),
        ("remove #x set a = b remove e", "REMOVE"),
        ("add #x :x set a = b add e :y", "ADD"),
        ("delete #x :x set a = b delete #y :y", "DELETE"),
    ] {
        check_refused(
            text,
            &format!("The \"{section}\" section can only be used once in an update expression;"),
        );
    }
    check_refused(
        "SET #x = if_not_exists(:x)",
        "An expression attribute name used in the document path is not defined; attribute name: #x",
    );
    check_refused(
        "SET #c = if_not_exists(:x)",
        "An expression attribute value used in expression is not defined; attribute value: :x",
    );
}

#[test]
fn paths_must_be_apart() {
    let check = |text: &str, words: &str, one: &str, two: &str| {
        check_refused(
            text,
            &format!(
                "Two document paths {words} with each other; must remove or rewrite one of these paths; path one: {one}, path two: {two}"
            ),
        );
    };
    let overlap = "overlap";
    check(
        "set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)",
        overlap,
        "[c, [1], a]",
        "[c]",
    );
    check(
        "set #c[3].#d = a, #c[3] = a",
        overlap,
        "[c, [3], [3]]",
        "[c, [3]]",
    );
    check("set a = :s remove a", overlap, "[a]", "[a]");
    let conflict = "conflict";
    check(
        "set #c[3].#d = a, #c.#d[3] = if_not_exists(a)",
        conflict,
        "[c, [3], [3]]",
        "[c, [3], [3]]",
    );
    check("remove a.#c set a[1] = #d", conflict, "[a, c]", "[a, [1]]");
}

#[test]
fn operand_types() {
    for (text, section, given) in [
        (
            "set b = list_append(:s, a), c = if_not_exists(a) add a.b :s",
            "ADD",
            "STRING",
        ),
        ("delete a.b :s", "DELETE", "STRING"),
        ("add a.b :null", "ADD", "NULL"),
        ("add a.b :bool", "ADD", "BOOL"),
        ("delete a.b :b", "DELETE", "Binary"),
        ("add a.b :m", "ADD", "MAP"),
        ("add a.b :l", "ADD", "LIST"),
        ("delete a.b :n", "DELETE", "NUMBER"),
    ] {
        check_refused(
            text,
            &format!(
                "Incorrect operand type for operator or function; operator: {section}, operand type: {given}, typeSet: ALLOWED_FOR_{section}_OPERAND"
            ),
        );
    }
    for (text, function, given) in [
        ("set a = list_append(:s, a)", "list_append", "S"),
        ("set a = list_append(a, :n)", "list_append", "N"),
        ("set a = list_append(:m, a)", "list_append", "M"),
        ("set a = a + :s", "+", "S"),
        ("set a = :s + :b", "+", "S"),
        ("set a = :b - a", "-", "B"),
        ("set a = a - :ns", "-", "NS"),
    ] {
        check_refused(
            text,
            &format!(
                "Incorrect operand type for operator or function; operator or function: {function}, operand type: {given}"
            ),
        );
    }
    check_refused(
        "set a = if_not_exists(c)",
        "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1",
    );
    check_refused(
        "set a = if_not_exists(if_not_exists(a, b), c)",
        "Operator or function requires a document path; operator or function: if_not_exists",
    );
}

fn subject() -> Item {
    item([
        ("l", list(&["0", "1", "2"])),
        ("m", Value::M(item([("k", s("v")), ("ss", set(&["a"]))]))),
        ("n", n("5")),
        ("ls", Value::L(vec![set(&["a"]), s("tail")])),
        ("s", s("text")),
        ("ss", set(&["a", "b"])),
    ])
}

/// Checks the attributes that an update changes, or its error.
#[track_caller]
fn check(text: &str, shown: &str) {
    let update = parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    let before = subject();
    let mut after = before.clone();
    let got = match update.apply(&mut after) {
        Ok(()) => {
            let names = before.iter().chain(after.iter()).map(|(name, _)| name);
            let names: std::collections::BTreeSet<&str> = names.collect();
            let changed = names
                .into_iter()
                .filter(|name| before.get(name) != after.get(name));
            let changed = changed.map(|name| match after.get(name) {
                Some(value) => format!("{name}={value:?}"),
                None => format!("{name} gone"),
            });
            changed.collect::<Vec<_>>().join(" ")
        }
        Err(error) => {
            assert_eq!(before, after, "{text}");
            error.to_string()
        }
    };
    assert_eq!(got, shown, "{text}");
}

#[test]
fn set_section() {
    check("set a = :s", r#"a="x""#);
    check("set a = n, n = :s", r#"a=5 n="x""#);
    check("set n = n + :n, a = n", "a=5 n=6");
    check("set n = (n - :n)", "n=4");
    check(
        "set a = if_not_exists(a, :n) + :n, n = if_not_exists(n, :n) + :n",
        "a=2 n=6",
    );
    check(
        "set l = list_append(l, :l)",
        r#"l=["0", "1", "2", "p", "q"]"#,
    );
    check(
        "set a = list_append(if_not_exists(a, :l), :l)",
        r#"a=["p", "q", "p", "q"]"#,
    );
    check(
        "set m.k = :n, m.x = :s",
        r#"m={"k": 1, "ss": {"a"}, "x": "x"}"#,
    );
    check("set l[1] = :n", r#"l=["0", 1, "2"]"#);
    check("set l[9] = :n, l[7] = :s", r#"l=["0", "1", "2", "x", 1]"#);
    check("set l[0] = l[1], l[1] = l[0]", r#"l=["1", "0", "2"]"#);
}

#[test]
fn remove_section() {
    check("remove n, absent", "n gone");
    check("remove l[0], l[1]", r#"l=["2"]"#);
    check("remove l[2], l[0], l[9]", r#"l=["1"]"#);
    check("remove m.k, m.absent", r#"m={"ss": {"a"}}"#);
    check("remove l[3] set l[5] = :s", r#"l=["0", "1", "2", "x"]"#);
    check("remove l[0] set l[1] = :s", r#"l=["x", "2"]"#);
}

#[test]
fn add_and_delete_sections() {
    check(
        "add n :n, a :n, ss :ss, b :ss",
        r#"a=1 b={"a", "z"} n=6 ss={"a", "b", "z"}"#,
    );
    check("add m.x :n", r#"m={"k": "v", "ss": {"a"}, "x": 1}"#);
    check("delete ss :ss, absent :ss", r#"ss={"b"}"#);
    check("delete m.ss :ss", r#"m={"k": "v"}"#);
    check("delete ls[0] :ss", r#"ls=["tail"]"#);
    check(
        "delete ls[0] :ss set ls[1] = :n, ls[5] = :s",
        r#"ls=[1, "x"]"#,
    );
}

#[test]
fn what_does_not_fit_the_item() {
    let operand = "An operand in the update expression has an incorrect data type";
    for text in [
        "delete n :ss",
        "delete ss :ns",
        "add s :n",
        "add n :ss",
        "add m :n",
        "set a = s + :n",
        "set a = m - :n",
        "set a = list_append(s, :l)",
        "add s :n set absent.x = :s",
    ] {
        check(text, operand);
    }
    let missing = "The provided expression refers to an attribute that does not exist in the item";
    for text in [
        "set a = absent",
        "set a = absent + :n",
        "set a = list_append(:l, absent)",
        "set a = l[9]",
    ] {
        check(text, missing);
    }
    let path = "The document path provided in the update expression is invalid for update";
    for text in [
        "set absent.x = :s",
        "set absent[0] = :s",
        "set s.x = :s",
        "set m[0] = :s",
        "set l.x = :s",
        "set l[9].x = :s",
        "remove absent.x",
        "remove s[0]",
        "remove l[9].x",
        "add absent.x :n",
        "delete absent.x :ss",
        "set n = :s remove m[1]",
    ] {
        check(text, path);
    }
    check("set a = n + :n, b = absent", missing);
}

#[test]
fn sums_keep_to_the_limits_of_numbers() {
    let update = parse("set n = n + :n").unwrap();
    let mut it = item([("n", n("1e38"))]);
    let error = update.apply(&mut it).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Number overflow. Attempting to store a number with magnitude larger than supported range"
    );
}

/// Figures measured on the service.
#[test]
fn charges() {
    for (text, charge) in [
        ("SET b = :s", 3 + 19 + 1 + 1),
        ("SET b = :s, c = :s", 3 + 2 * (19 + 1 + 1)),
        ("ADD n :n", 3 + 19 + 1 + 2),
        ("ADD m.n :n", 3 + 19 + 6 + 2),
        ("REMOVE abcdefghij", 3 + 1 + 10),
        ("DELETE m.ss :ss", 3 + 1 + 7),
        ("SET l[10] = :ten", 3 + 19 + 7 + 10),
        ("SET m.a.x = :ten", 3 + 19 + 11 + 10),
        ("REMOVE l[1]", 3 + 1 + 6),
        ("SET #e = :ten", 3 + 19 + 6 + 10),
        ("SET c = #t", 3 + 19 + 1 + 25),
        ("SET c = m.a.z", 3 + 19 + 1 + 46),
        ("SET c = l[10]", 3 + 19 + 1 + 32),
        ("SET n = n + :n", 3 + 19 + 1 + 34 + 16 + 2),
        ("SET n = (n - :n)", 3 + 19 + 1 + 37 + 16 + 2),
        ("SET c = if_not_exists(c, :s)", 3 + 19 + 1 + 39 + 16 + 1),
        ("SET l = list_append(l, :lst)", 3 + 19 + 1 + 37 + 16 + 14),
    ] {
        assert_eq!(parse(text).unwrap().charge_bytes(), charge, "{text}");
    }
}
