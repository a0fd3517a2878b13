//! PartiQL's SELECT: what is read, in which order, and what is refused. The answers are those of
//! the service as others recorded them in 2026, unless a comment says otherwise.

use super::partiql::world;
use super::*;

/// The strings of `name` in the items that a statement finds.
pub(super) async fn found(world: &World, statement: impl ToString, name: &str) -> String {
    let answer = world.sql(statement).await;
    column(&answer, name).join(" ")
}

#[tokio::test]
async fn columns() {
    let world = world().await;
    world
        .sql("INSERT INTO tab VALUE {'p': 'c', 's': '1', 'm': {'k': ['a', 'b'], 'z': 1}, 'l': ['x'], 'm.z': 'dot', 'COUNT': 3}")
        .await;
    let check = async |columns: &str, item: Value| {
        let statement = format!("SELECT {columns} FROM tab WHERE p = 'c'");
        assert_eq!(
            world.sql(&statement).await["Items"],
            json!([item]),
            "{statement}"
        );
    };
    check(
        "m.k[1], l[0], m.z",
        json!({"k[1]": s("b"), "l[0]": s("x"), "z": n(1)}),
    )
    .await;
    check(
        "\"m.z\", absent, \"COUNT\"",
        json!({"m.z": s("dot"), "COUNT": n(3)}),
    )
    .await;
    check("absent", json!({})).await;
    check("l[-0], m['z']", json!({"l[0]": s("x"), "z": n(1)})).await;
    for (columns, message) in [
        ("COUNT(*)", "Unexpected path component at 1:8:5"),
        ("p, count(p)", "Unexpected path component at 1:11:5"),
        ("attribute_exists(p)", "Unexpected path component at 1:8:16"),
        (
            "l[-1]",
            "List index is not within the allowable range; index: [-1] at 1:11:1",
        ),
        (
            "l[2147483648]",
            "List index is not within the allowable range; index: [2147483648] at 1:10:10",
        ),
        ("m.z, z", "Duplicate identifiers in select clause: z"),
        ("p AS x", "Aliasing is not supported"),
        (
            "m.*",
            "Changing item's hierarchy while reading isn't supported",
        ),
        (
            "VALUE p",
            "Select projection doesn't support value or pivot keywords",
        ),
    ] {
        for table in ["tab", "no-such"] {
            let statement = format!("SELECT {columns} FROM \"{table}\" WHERE p = 'c'");
            assert_eq!(world.refuses(&statement).await, message, "{statement}");
        }
    }
}

#[tokio::test]
async fn sources() {
    let world = world().await;
    world.put("tab", json!({"p": s("c"), "s": s("1")})).await;
    let overflow = "a".repeat(256);
    for (source, message) in [
        ("\"\"", "Path component cannot be an empty string"),
        ("tab.\"\"", "Path component cannot be an empty string"),
        (
            "tab.i.extra",
            "A path may contain at most 2 components in the FROM clause",
        ),
        ("tab t", "Aliasing is not supported"),
        ("tab AS t", "Aliasing is not supported"),
        (
            "tab, other",
            "Only select from a single table or index is supported.",
        ),
        (
            "tab JOIN other ON a = b",
            "Only select from a single table or index is supported.",
        ),
        ("tab[0]", "Invalid list expression in source."),
        ("'tab'", "Unexpected from source"),
        ("?", "Unexpected from source"),
        (
            "ta",
            "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'.",
        ),
        (
            &overflow,
            "Table name should be within the length [3, 255] and only contain 'a-z', 'A-Z', '0-9', '-', '_', '.'.",
        ),
        (
            "tab.\"no-such-index\"",
            "The table does not have the specified index",
        ),
        ("tab.tab", "The table does not have the specified index"),
    ] {
        let statement = format!("SELECT * FROM {source} WHERE p = 'c'");
        assert_eq!(world.refuses(&statement).await, message, "{statement}");
    }
    for (clause, message) in [
        ("LIMIT 5", "Unsupported clause: LIMIT at 1:25:1"),
        ("GROUP BY p", "Unsupported clause: GROUP BY at 1:28:1"),
        ("HAVING p", "Unsupported clause: HAVING at 1:26:1"),
    ] {
        let statement = format!("SELECT p FROM tab {clause}");
        assert_eq!(world.refuses(&statement).await, message, "{statement}");
    }
    let missing = json!({"Statement": "SELECT * FROM \"no-such\".\"i\" WHERE p = 'c'"});
    let refusal = world.refused("ExecuteStatement", missing).await;
    assert_eq!(refusal.code, "ResourceNotFoundException");
    assert_eq!(refusal.message, "Requested resource not found");
}

#[tokio::test]
async fn filters() {
    let world = world().await;
    world
        .sql("INSERT INTO tab VALUE {'p': 'f', 's': '1', 'ss': <<'a', 'b', 'c'>>, 't': 'str', 'm': {'x': 'y'}, 'l': ['a'], 'nul': null, 'flag': true, 'n': 1, 'address': '7834 24th Kirkland'}")
        .await;
    let holds = [
        "attribute_exists(ss)",
        "attribute_not_exists(nope)",
        "ATTRIBUTE_EXISTS(\"ss\")",
        "NOT attribute_exists(nope)",
        "(attribute_exists(nope) OR attribute_exists(ss))",
        "attribute_exists(m.x) AND ATTRIBUTE_NOT_EXISTS (nope) AND attribute_exists(l[0])",
        "size(t) = 3",
        "attribute_type(ss, 'SS')",
        "nul IS NULL",
        "t IS NOT NULL",
        "flag IS BOOL",
        "t IS STRING",
        "n IS NUMERIC",
        "m IS STRUCT",
        "l IS LIST",
        "x IS MISSING",
        "n IS NOT MISSING",
        "contains(address, 'Kirkland')",
        "contains(ss, 'a')",
        "n != 2",
        "n = - - 1",
        "n >-5",
        "n BETWEEN - 2 AND +5 AND n IN [- 1, 1]",
        "n IN (1, 2)",
        "n NOT IN [2]",
        "NOT n BETWEEN 2 AND 3",
        "ss = <<'c', 'b', 'a'>>",
        "m = {'x': 'y'}",
        "l = ['a']",
        "l <> ['b']",
        "absent <> 1",
        "attribute_exists(ss) = true",
        "attribute_exists(nope) = false",
        "true = attribute_exists(n)",
        "attribute_exists(n) <> 1",
        "contains(nope, 'z') = false",
        "(n BETWEEN 0 AND 5) = true",
        "(n = 5 OR t = 'x') = false",
        "attribute_exists(nope) IN [true, false]",
        "attribute_exists(n) = attribute_exists(t)",
        "attribute_exists(n) = flag",
    ];
    let fails = [
        "attribute_exists(nope)",
        "attribute_not_exists(ss)",
        "attribute_exists(m.nope)",
        "size(t) = 4",
        "attribute_type(ss, 'S')",
        "t IS NULL",
        "absent IS NULL",
        "nul IS NOT NULL",
        "t IS BOOL",
        "n > -/* c */-1",
        "ss = <<'a'>>",
        "l = ['a', 'b']",
        "m <> {'x': 'y'}",
        "n < 'a'",
        "attribute_exists(n) = 1",
        "NOT attribute_exists(n) = true",
        "(attribute_exists(n) = true) = false",
        "attribute_exists(n) = t",
    ];
    for (conditions, count) in [(&holds[..], 1), (&fails[..], 0)] {
        for condition in conditions {
            let statement = format!("SELECT s FROM tab WHERE p='f' AND s='1' AND {condition}");
            let answer = world.sql(&statement).await;
            assert_eq!(
                answer["Items"].as_array().unwrap().len(),
                count,
                "{statement}"
            );
        }
    }
}

#[tokio::test]
async fn what_cannot_be_filtered() {
    let world = world().await;
    let path = "Operator or function requires a document path; operator or function: ";
    let count = "Incorrect number of operands for operator or function; operator or function: ";
    let operand = "Incorrect operand type for operator or function; operator or function: ";
    for (condition, message) in [
        ("attribute_exists('ss')", format!("{path}attribute_exists")),
        ("attribute_exists()", format!("{count}attribute_exists, number of operands: 0")),
        ("attribute_exists(ss, ns)", format!("{count}attribute_exists, number of operands: 2")),
        ("val < true", format!("{operand}<, operand type: BOOL")),
        ("val >= [1]", format!("{operand}>=, operand type: L")),
        ("val BETWEEN true AND false", format!("{operand}BETWEEN, operand type: BOOL")),
        ("attribute_exists(n) > false", format!("{operand}>, operand type: BOOL")),
        ("attribute_type(l, 1)", format!("{operand}attribute_type, operand type: N")),
        ("attribute_type(l, true)", format!("{operand}attribute_type, operand type: BOOL")),
        ("attribute_type(l, 'X')", "Invalid attribute type name found; type: X, valid types: {N,BS,L,B,NULL,M,S,SS,NS,BOOL}".into()),
        ("EXISTS(ss)", "Unrecognized function: exists at 1:38:6".into()),
        ("set_add(ss, <<'x'>>) = ss", "Unrecognized function: set_add at 1:38:7".into()),
        ("s = <<'a','a'>>", "One or more parameter values were invalid: Input collection [a, a] contains duplicates.".into()),
        ("n = 123456789012345678901234567890123456789", "Attempting to store more than 38 significant digits in a Number under root".into()),
        ("n = MISSING", "MISSING must be compared using IS operator".into()),
        ("n IS INT4", "Unsupported data type for IS operator: INTEGER4. Supported data types are [MISSING, NULL, BOOLEAN, BLOB, STRING, NUMERIC, STRUCT, TUPLE, LIST]".into()),
        ("n", "The arguments to AND/OR must be Expressions".into()),
        ("NOT n", "The argument to NOT must be a Type or Expression".into()),
        ("n LIKE 'x'", "Unsupported operator in Condition Expression. Operator: LIKE".into()),
        ("n + 1 = 2", "Unsupported operator in Condition Expression. Operator: +".into()),
        ("n > -n", "Unsupported operator in Condition Expression. Operator: -".into()),
        ("n IN []", "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq with at least one member".into()),
        ("a[*].b = 1", "Wildcard path component like a[*].b are not supported".into()),
    ] {
        // The operands are judged before the table is looked for.
        for table in ["tab", "abc"] {
            let statement = format!("SELECT * FROM {table} WHERE pk = 'a' AND {condition}");
            assert_eq!(world.refuses(&statement).await, message, "{statement}");
        }
    }
    let condition = "WHERE clause must contain an expression that resolves to a boolean";
    assert_eq!(world.refuses("SELECT * FROM tab WHERE n").await, condition);
}

/// Puts items `p/s` with the attribute `flag`.
pub(super) async fn put_all(world: &World, items: &[(&str, &str, &str)]) {
    for (p, sort, flag) in items {
        let item = json!({"p": s(p), "s": s(sort), "flag": s(flag)});
        world.put("tab", item).await;
    }
}

#[tokio::test]
async fn keys() {
    let world = world().await;
    put_all(
        &world,
        &[
            ("r", "1", "one"),
            ("r", "2", "two"),
            ("r", "3", "three"),
            ("q", "1", "one"),
        ],
    )
    .await;
    for (condition, sorts) in [
        ("p='r'", "1 2 3"),
        ("p='r' AND s='2'", "2"),
        ("'2' = s AND p = 'r'", "2"),
        ("p='r' AND s > '1'", "2 3"),
        ("p='r' AND '2' > s", "1"),
        ("p='r' AND s BETWEEN '2' AND '3'", "2 3"),
        ("p='r' AND begins_with(s, '2')", "2"),
        ("p='r' AND (s='1' OR s='3')", "1 3"),
        ("p='r' AND s IN ['1','3']", "1 3"),
        ("p='r' AND (s < '1' OR s > '1' OR s='1')", "1 2 3"),
        ("p='r' AND attribute_exists(p)", "1 2 3"),
        ("p='r' AND NOT s='1'", "2 3"),
        ("p='r' AND s <> '1'", "2 3"),
        ("p='r' AND s > '1' AND s <> '2'", "3"),
        ("p='r' AND s='1' AND s > '0'", "1"),
        ("p='r' AND flag='two'", "2"),
        ("p IN ['q', 'r'] AND s = '1'", "1 1"),
        ("p IN ['r'] AND flag <> 'two'", "1 3"),
        ("p='r' OR s='1'", "1 1 2 3"),
        ("p > 'q'", "1 2 3"),
        ("flag = 'one'", "1 1"),
        ("p='r' AND p='q'", ""),
        ("p > 1", ""),
        ("p='r' AND NOT s='1' OR p='r' AND s='2'", "2 3"),
        (
            "p='r' AND NOT begins_with(s, 'x') OR p='r' AND s='2'",
            "1 2 3",
        ),
        ("p='r' AND NOT s IN ['1', '3'] OR p='r' AND s='2'", "2"),
        ("p='r' OR p='r' AND NOT s='1'", "1 2 3"),
    ] {
        let statement = format!("SELECT s FROM tab WHERE {condition}");
        let answer = world.sql(&statement).await;
        let mut seen = column(&answer, "s");
        seen.sort();
        assert_eq!(seen.join(" "), sorts, "{statement}");
    }
}

#[tokio::test]
async fn keys_that_cannot_be_read() {
    let world = world().await;
    let overlap = "Overlapping conditions with range keys are not supported in where clause";
    let key_type = "Key attribute's data type should match its data type in table's schema: Key ";
    let many = "Too many decomposed read operations for a given query.";
    let list = |count: usize| {
        (0..count)
            .map(|i| format!("'v{i}'"))
            .collect::<Vec<_>>()
            .join(",")
    };
    for (condition, message) in [
        ("p IN ['r','r']".to_owned(), overlap.to_owned()),
        ("p='r' OR p='r'".to_owned(), overlap.to_owned()),
        ("p='r' AND (s > '0' OR s < '5')".to_owned(), overlap.to_owned()),
        ("p='r' AND (s='1' OR flag='two')".to_owned(), overlap.to_owned()),
        ("(p='r' AND flag='one') OR (p='r' AND flag='two')".to_owned(), overlap.to_owned()),
        ("p='r' AND x = '1' OR p='r' AND s='2'".to_owned(), overlap.to_owned()),
        ("p='r' AND x <> '1' OR p='r' AND s='2'".to_owned(), overlap.to_owned()),
        ("p = 1 OR p = 'r'".to_owned(), format!("{key_type}p")),
        ("p = 'r' AND s IN ['1', 2]".to_owned(), format!("{key_type}s")),
        (format!("p IN [{}]", list(51)), many.to_owned()),
        (format!("p='r' AND s IN [{}]", list(51)), many.to_owned()),
        (format!("p IN [{}] AND s IN ['1','2']", list(26)), many.to_owned()),
        (format!("p IN [{0}] AND s IN [{0}]", list(100)), many.to_owned()),
        (format!("p='r' AND flag IN [{}]", list(101)), "The IN operator is provided with too many operands; number of operands: 101".to_owned()),
        ("p.x = 'r'".to_owned(), "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key p".to_owned()),
    ] {
        let statement = format!("SELECT s FROM tab WHERE {condition}");
        assert_eq!(world.refuses(&statement).await, message, "{statement}");
    }
    let fine = [
        format!("p IN [{}] AND flag IN [{}]", list(50), list(100)),
        format!("p IN [{}] OR flag='one'", list(51)),
    ];
    for condition in fine {
        world
            .sql(format!("SELECT s FROM tab WHERE {condition}"))
            .await;
    }
}
