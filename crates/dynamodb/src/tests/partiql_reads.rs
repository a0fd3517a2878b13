//! PartiQL's SELECT: what is read, in which order, and what is refused. The answers are those of
//! the service as others recorded them in 2026, unless a comment says otherwise.

use super::partiql::world;
use super::*;

/// The strings of `name` in the items that a statement finds.
async fn found(world: &World, statement: impl ToString, name: &str) -> String {
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
async fn put_all(world: &World, items: &[(&str, &str, &str)]) {
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

#[tokio::test]
async fn order() {
    let world = world().await;
    put_all(
        &world,
        &[
            ("o", "1", ""),
            ("o", "2", ""),
            ("o", "3", ""),
            ("q", "1", ""),
            ("q", "2", ""),
        ],
    )
    .await;
    for (clause, items) in [
        ("p = 'o'", "1 2 3"),
        ("p = 'o' ORDER BY s DESC", "3 2 1"),
        ("p = 'o' ORDER BY s", "1 2 3"),
        ("p = 'o' ORDER BY p ASC", "3 2 1"),
        ("p IN ['o', 'q'] ORDER BY p DESC, s ASC", "1 2 1 2 3"),
        ("p IN ['q', 'o'] ORDER BY p, s DESC", "3 2 1 2 1"),
        ("p = 'o' AND s IN ['1', '3'] ORDER BY s DESC", "3 1"),
    ] {
        let statement = format!("SELECT s FROM tab WHERE {clause}");
        assert_eq!(found(&world, &statement, "s").await, items, "{statement}");
    }
    for (clause, message) in [
        (
            "ORDER BY s",
            "Must have WHERE clause in the statement when using ORDER BY clause.",
        ),
        (
            "WHERE p = 'o' ORDER BY Total DESC",
            "Attribute Total in ORDER BY clause must be part of the primary key",
        ),
        (
            "WHERE p > 'a' ORDER BY s",
            "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.",
        ),
        (
            "WHERE p IN ['o', 'q'] ORDER BY s DESC",
            "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.",
        ),
    ] {
        let refused = world.refuses(format!("SELECT s FROM tab {clause}")).await;
        assert_eq!(refused, message, "{clause}");
    }
}

/// All pages of a statement, in which `limit` items are looked at each.
async fn pages(world: &World, statement: &str, limit: usize) -> Vec<String> {
    let mut pages = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut input = json!({"Statement": statement, "Limit": limit});
        if !token.is_null() {
            input["NextToken"] = token;
        }
        let answer = world.ok("ExecuteStatement", input).await;
        pages.push(column(&answer, "s").join(" "));
        token = answer["NextToken"].clone();
        if token.is_null() {
            return pages;
        }
    }
}

#[tokio::test]
async fn paging() {
    let world = world().await;
    put_all(
        &world,
        &[
            ("o", "1", "x"),
            ("o", "2", "y"),
            ("o", "3", "x"),
            ("q", "1", "x"),
        ],
    )
    .await;
    let check = async |statement: &str, limit: usize, expected: &[&str]| {
        assert_eq!(
            pages(&world, statement, limit).await,
            expected,
            "{statement}"
        );
    };
    check("SELECT s FROM tab WHERE p = 'o'", 2, &["1 2", "3"]).await;
    check(
        "SELECT s FROM tab WHERE p = 'o' AND flag = 'x'",
        2,
        &["1", "3"],
    )
    .await;
    check(
        "SELECT s FROM tab WHERE p = 'o' ORDER BY s DESC",
        2,
        &["3 2", "1"],
    )
    .await;
    check(
        "SELECT s FROM tab WHERE p IN ['o', 'q'] ORDER BY p DESC",
        2,
        &["1 3", "2 1", ""],
    )
    .await;
    check(
        "SELECT s FROM tab WHERE p = 'o' AND s IN ['1', '3']",
        1,
        &["1", "3", ""],
    )
    .await;
    // A whole key is got, and there is nothing more.
    check("SELECT s FROM tab WHERE p = 'o' AND s = '2'", 1, &["2"]).await;
    let all = pages(&world, "SELECT s FROM tab", 1).await;
    assert_eq!(all.len(), 5);
}

#[tokio::test]
async fn tokens() {
    let world = world().await;
    put_all(&world, &[("o", "1", ""), ("o", "2", "")]).await;
    let statement = "SELECT s FROM tab WHERE p = ?";
    let first = json!({"Statement": statement, "Parameters": [s("o")], "Limit": 1});
    let token = world.ok("ExecuteStatement", first).await["NextToken"].clone();
    let next = |statement: &str, parameter: &str, token: &Value| json!({"Statement": statement, "Parameters": [s(parameter)], "Limit": 2, "NextToken": token});
    let answer = world
        .ok("ExecuteStatement", next(statement, "o", &token))
        .await;
    assert_eq!(column(&answer, "s"), ["2"]);
    for (statement, parameter) in [
        (statement, "q"),
        ("SELECT p FROM tab WHERE p = ?", "o"),
        ("SELECT s FROM tab WHERE  p = ?", "o"),
    ] {
        let refusal = world
            .refused("ExecuteStatement", next(statement, parameter, &token))
            .await;
        assert_eq!(refusal.message, "NextToken does not match request");
    }
    let refusal = world
        .refused("ExecuteStatement", next(statement, "o", &json!("garbage")))
        .await;
    assert_eq!(refusal.message, "Invalid NextToken");
    let none = json!({"Statement": "SELECT * FROM tab", "Limit": 0});
    let refusal = world.refused("ExecuteStatement", none).await;
    assert!(
        refusal
            .message
            .ends_with("Member must have value greater than or equal to 1")
    );
}

/// A table `tab` with global indexes `all`, `keys` (both on `g`) and `inc`, which has `extra`, and
/// a local one, `local`, which has it too.
async fn indexed() -> World {
    let world = World::new();
    let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let key = |partition: &str, sort: Option<&str>| {
        let mut key = vec![json!({"AttributeName": partition, "KeyType": "HASH"})];
        key.extend(sort.map(|sort| json!({"AttributeName": sort, "KeyType": "RANGE"})));
        key
    };
    let include = json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["extra"]});
    let attributes = ["p", "s", "l", "g", "h"].map(attribute);
    let input = json!({
        "TableName": "tab",
        "AttributeDefinitions": attributes,
        "KeySchema": key("p", Some("s")),
        "BillingMode": "PAY_PER_REQUEST",
        "LocalSecondaryIndexes": [{"IndexName": "local", "KeySchema": key("p", Some("l")), "Projection": include}],
        "GlobalSecondaryIndexes": [
            {"IndexName": "all", "KeySchema": key("g", None), "Projection": {"ProjectionType": "ALL"}},
            {"IndexName": "inc", "KeySchema": key("g", None), "Projection": include},
            {"IndexName": "keys", "KeySchema": key("g", Some("l")), "Projection": {"ProjectionType": "KEYS_ONLY"}},
            {"IndexName": "both", "KeySchema": [
                {"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "h", "KeyType": "HASH"},
            ], "Projection": {"ProjectionType": "ALL"}},
        ],
    });
    world.ok("CreateTable", input).await;
    for (sort, g) in [("1", "x"), ("2", "z"), ("3", "x")] {
        let item = json!({"p": s("p"), "s": s(sort), "g": s(g), "l": s(sort), "extra": s(&format!("e{sort}")), "other": s("o")});
        world.put("tab", item).await;
    }
    world
        .put("tab", json!({"p": s("p"), "s": s("4"), "other": s("o")}))
        .await;
    world
}

#[tokio::test]
async fn indexes() {
    let world = indexed().await;
    for (statement, sorts) in [
        ("SELECT s FROM tab.\"all\" WHERE g = 'x'", "1 3"),
        (
            "SELECT * FROM tab.keys WHERE g = 'x' ORDER BY l DESC",
            "3 1",
        ),
        ("SELECT s FROM tab.inc WHERE g = 'x' AND extra = 'e3'", "3"),
        ("SELECT s FROM tab.inc WHERE other = 'o'", ""),
        ("SELECT s FROM tab.inc WHERE NOT other = 'o'", "1 2 3"),
        (
            "SELECT s FROM tab.inc WHERE (g = 'x' AND other = 'o') OR (g = 'z')",
            "2",
        ),
        ("SELECT s FROM tab.inc WHERE g > 'a' AND other = 'o'", ""),
        (
            "SELECT s FROM tab.inc WHERE (g = 'x' AND other = 'o') OR extra = 'e2'",
            "2",
        ),
        ("SELECT s FROM tab.local WHERE p = 'p'", "1 2 3"),
        (
            "SELECT s, other FROM tab.local WHERE p = 'p' AND l >= '2'",
            "2 3",
        ),
        ("SELECT s FROM tab.local WHERE other = 'o'", ""),
        (
            "SELECT s FROM tab.local WHERE p IN ['p', 'q'] AND extra IS NOT MISSING",
            "1 2 3",
        ),
    ] {
        let answer = world
            .sql(
                statement
                    .replace("keys", "\"keys\"")
                    .replace("local", "\"local\""),
            )
            .await;
        let mut seen = column(&answer, "s");
        if !statement.contains("ORDER") {
            seen.sort();
        }
        assert_eq!(seen.join(" "), sorts, "{statement}");
    }
    let answer = world.sql("SELECT * FROM tab.inc WHERE g = 'z'").await;
    let entry = json!({"p": s("p"), "s": s("2"), "g": s("z"), "extra": s("e2")});
    assert_eq!(answer["Items"], json!([entry]));
}

#[tokio::test]
async fn what_an_index_cannot_answer() {
    let world = indexed().await;
    let filter = "One or more parameter values were invalid: Secondary index inc does not project one or more filter attributes: ";
    let composite = "PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.";
    for (statement, message) in [
        ("SELECT zdrop, adrop, s FROM tab.inc WHERE g = 'x'", "One or more parameter values were invalid: Global secondary index inc does not project [zdrop, adrop]".to_owned()),
        ("SELECT s FROM tab.inc WHERE g = 'x' AND other = 'o'", format!("{filter}[other]")),
        ("SELECT s FROM tab.inc WHERE g = 'x' AND NOT (other = 'o' OR extra = 'x')", format!("{filter}[other]")),
        ("SELECT s FROM tab.inc WHERE g = 'x' AND b = '1' AND (a = '2' OR extra = '3')", format!("{filter}[a, b]")),
        ("SELECT s FROM tab.inc WHERE g = 'x' AND (zz = '1' OR aa = '2' OR mm = '3')", format!("{filter}[zz, aa, mm]")),
        ("SELECT s FROM tab.inc WHERE g IN ['x', 'z'] AND other = 'o'", format!("{filter}[other]")),
        ("SELECT s FROM tab.inc WHERE (g = 'x' OR g = 'z') AND zz = '1'", format!("{filter}[zz]")),
        ("SELECT s FROM tab.inc WHERE g = 'x' AND other IS MISSING", format!("{filter}[other]")),
        ("SELECT s FROM tab.inc WHERE g = 'x' AND begins_with(other, 'o')", format!("{filter}[other]")),
        ("SELECT s FROM tab.\"local\" WHERE p = 'p' AND l BETWEEN '1' AND '3' AND other = 'o'", format!("{filter}[other]").replace("inc", "local")),
        ("SELECT * FROM tab.\"both\" WHERE g = 'x'", composite.to_owned()),
        ("SELECT COUNT(*) FROM tab.\"both\"", composite.to_owned()),
    ] {
        assert_eq!(world.refuses(statement).await, message, "{statement}");
    }
    let consistent =
        json!({"Statement": "SELECT s FROM tab.\"all\" WHERE g = 'x'", "ConsistentRead": true});
    let refusal = world.refused("ExecuteStatement", consistent).await;
    assert_eq!(
        refusal.message,
        "Strongly consistent read is not supported on Global Secondary Indexes"
    );
    world.sql("SELECT * FROM tab WHERE p = 'p'").await;
}

#[tokio::test]
async fn capacity() {
    let world = indexed().await;
    let consumed = async |statement: &str, is_consistent: bool| {
        let input = json!({"Statement": statement, "ConsistentRead": is_consistent, "ReturnConsumedCapacity": "INDEXES"});
        world.ok("ExecuteStatement", input).await["ConsumedCapacity"].clone()
    };
    let all = consumed("SELECT p FROM tab.\"all\" WHERE g = 'x'", false).await;
    assert_eq!(
        (&all["CapacityUnits"], &all["Table"]["CapacityUnits"]),
        (&json!(0.5), &json!(0.0))
    );
    assert_eq!(
        all["GlobalSecondaryIndexes"]["all"]["CapacityUnits"],
        json!(0.5)
    );
    // What an index lacks is read from the table, item by item.
    let fetched = consumed("SELECT other FROM tab.\"local\" WHERE p = 'p'", false).await;
    assert_eq!(
        (
            &fetched["CapacityUnits"],
            &fetched["Table"]["CapacityUnits"]
        ),
        (&json!(2.0), &json!(1.5))
    );
    let filtered = consumed(
        "SELECT other FROM tab.\"local\" WHERE p = 'p' AND extra = 'none'",
        false,
    )
    .await;
    assert_eq!(filtered, fetched);
    let strong = consumed("SELECT other FROM tab.\"local\" WHERE p = 'p'", true).await;
    assert_eq!(strong["CapacityUnits"], json!(4.0));
    let got = consumed("SELECT * FROM tab WHERE p = 'none' AND s = '1'", true).await;
    assert_eq!(got["CapacityUnits"], json!(1.0));
}

#[tokio::test]
async fn pages_end_at_a_megabyte() {
    let world = world().await;
    let filling = "x".repeat(300_000);
    for (p, sort) in [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2"), ("c", "1")] {
        world
            .put(
                "tab",
                json!({"p": s(p), "s": s(sort), "filling": s(&filling)}),
            )
            .await;
    }
    let statement = "SELECT s FROM tab WHERE p IN ['a', 'b', 'c']";
    let first = world.sql(statement).await;
    assert_eq!(column(&first, "s"), ["1", "2", "1", "2"]);
    let next = json!({"Statement": statement, "NextToken": first["NextToken"]});
    let second = world.ok("ExecuteStatement", next).await;
    assert_eq!(column(&second, "s"), ["1"]);
    assert!(second["NextToken"].is_null());
}
