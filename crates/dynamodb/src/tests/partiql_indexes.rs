//! PartiQL's SELECT from indexes, and what it costs. The answers are those of the service as
//! others recorded them in 2026, unless a comment says otherwise.

use super::*;

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
