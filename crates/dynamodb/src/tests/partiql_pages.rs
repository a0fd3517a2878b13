//! PartiQL's SELECT: the order of what it finds, and its pages. The answers are those of the
//! service as others recorded them in 2026, unless a comment says otherwise.

use super::partiql::world;
use super::partiql_reads::{found, put_all};
use super::*;

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

/// "Results are returned in pages of up to 10 items. If the IN list contains more values, you must
/// use the NextToken": the developer guide on IN.
#[tokio::test]
async fn pages_end_after_ten_partitions() {
    let world = world().await;
    let items: Vec<String> = (10..35).map(|p| p.to_string()).collect();
    for p in &items {
        world.put("tab", json!({"p": s(p), "s": s(p)})).await;
    }
    let list = items.iter().map(|p| format!("'{p}'")).collect::<Vec<_>>();
    let statement = format!("SELECT s FROM tab WHERE p IN [{}]", list.join(","));
    let first = world.sql(&statement).await;
    assert_eq!(column(&first, "s"), items[..10]);
    assert_eq!(
        pages(&world, &statement, 100).await.join(" "),
        items.join(" ")
    );
    let at_most_ten = format!("SELECT s FROM tab WHERE p IN [{}]", list[..10].join(","));
    let only = world.sql(&at_most_ten).await;
    assert!(only["NextToken"].is_null());
}
