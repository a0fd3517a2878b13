use super::*;

/// A world with a table whose partition `a` has the sort keys 0 to 9.
async fn world() -> World {
    let world = World::new();
    world.table("range", Some("N")).await;
    for number in 0..10 {
        let parity = if number % 2 == 0 { "even" } else { "odd" };
        let item = json!({"p": s("a"), "s": n(number), "parity": s(parity)});
        world.put("range", item).await;
    }
    world.put("range", json!({"p": s("b"), "s": n(5)})).await;
    world
}

fn query(condition: &str, values: Value) -> Value {
    let mut all = json!({":p": s("a")});
    for (key, value) in values.as_object().unwrap() {
        all[key] = value.clone();
    }
    json!({
        "TableName": "range",
        "KeyConditionExpression": format!("p = :p{condition}"),
        "ExpressionAttributeValues": all,
    })
}

#[tokio::test]
async fn key_conditions() {
    let world = world().await;
    let check = async |condition: &str, values: Value, expected: &str| {
        let answer = world.ok("Query", query(condition, values)).await;
        assert_eq!(column(&answer, "s").join(""), expected, "{condition}");
        assert_eq!(answer["Count"], answer["ScannedCount"]);
    };
    check("", json!({}), "0123456789").await;
    check(" AND s = :s", json!({":s": n(3)}), "3").await;
    check(" AND s < :s", json!({":s": n(3)}), "012").await;
    check(" AND s <= :s", json!({":s": n(3)}), "0123").await;
    check(" AND s > :s", json!({":s": n(7)}), "89").await;
    check(" AND s >= :s", json!({":s": n(7)}), "789").await;
    check(
        " AND s BETWEEN :s AND :t",
        json!({":s": n(2), ":t": n("4.5")}),
        "234",
    )
    .await;
    let input = json!({
        "TableName": "range",
        "KeyConditions": {
            "p": {"ComparisonOperator": "EQ", "AttributeValueList": [s("a")]},
            "s": {"ComparisonOperator": "GT", "AttributeValueList": [n(7)]},
        },
        "QueryFilter": {
            "parity": {"ComparisonOperator": "EQ", "AttributeValueList": [s("odd")]},
        },
    });
    assert_eq!(column(&world.ok("Query", input).await, "s"), ["9"]);
}

#[tokio::test]
async fn pages_follow_each_other() {
    let world = world().await;
    for forward in [true, false] {
        let mut input = with(
            query("", json!({})),
            json!({"Limit": 3, "ScanIndexForward": forward}),
        );
        let mut pages = Vec::new();
        loop {
            let answer = world.ok("Query", input.clone()).await;
            pages.push(column(&answer, "s").join(""));
            if answer["LastEvaluatedKey"].is_null() {
                break;
            }
            input["ExclusiveStartKey"] = answer["LastEvaluatedKey"].clone();
        }
        let expected = if forward {
            "012 345 678 9"
        } else {
            "987 654 321 0"
        };
        assert_eq!(pages.join(" "), expected);
    }
}

#[tokio::test]
async fn a_page_that_ends_with_the_items_has_a_last_key_all_the_same() {
    let world = world().await;
    let answer = world
        .ok("Query", with(query("", json!({})), json!({"Limit": 10})))
        .await;
    assert_eq!(answer["LastEvaluatedKey"], json!({"p": s("a"), "s": n(9)}));
    let answer = world
        .ok("Query", with(query("", json!({})), json!({"Limit": 11})))
        .await;
    assert_eq!(answer["LastEvaluatedKey"], Value::Null);
}

#[tokio::test]
async fn filters_count_what_they_look_at() {
    let world = world().await;
    let filter = json!({
        "FilterExpression": "parity = :v AND attribute_exists(parity)",
        "Limit": 5,
        "ProjectionExpression": "s",
    });
    let input = with(query("", json!({":v": s("odd")})), filter);
    let answer = world.ok("Query", input.clone()).await;
    assert_eq!(answer["Items"], json!([{"s": n(1)}, {"s": n(3)}]));
    assert_eq!(
        (&answer["Count"], &answer["ScannedCount"]),
        (&json!(2), &json!(5))
    );
    let count = with(query("", json!({})), json!({"Select": "COUNT"}));
    let answer = world.ok("Query", count).await;
    assert_eq!(answer, json!({"Count": 10, "ScannedCount": 10}));
}

#[tokio::test]
async fn scans_and_their_segments() {
    let world = World::new();
    world.table("hash", None).await;
    for number in 0..50 {
        world
            .put("hash", json!({"p": s(&format!("key {number}"))}))
            .await;
    }
    let all = column(&world.ok("Scan", json!({"TableName": "hash"})).await, "p");
    assert_eq!(all.len(), 50);
    let mut parts = Vec::new();
    for segment in 0..7 {
        let mut input = json!({
            "TableName": "hash", "Segment": segment, "TotalSegments": 7, "Limit": 2,
        });
        loop {
            let answer = world.ok("Scan", input.clone()).await;
            parts.extend(column(&answer, "p"));
            if answer["LastEvaluatedKey"].is_null() {
                break;
            }
            input["ExclusiveStartKey"] = answer["LastEvaluatedKey"].clone();
        }
    }
    assert_eq!(parts, all);
    let elsewhere = json!({
        "TableName": "hash",
        "Segment": 1,
        "TotalSegments": 2,
        "ExclusiveStartKey": {"p": s(&all[0])},
    });
    assert_eq!(
        world.refused("Scan", elsewhere).await.message,
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1"
    );
}

#[tokio::test]
async fn a_page_ends_behind_a_megabyte() {
    let world = World::new();
    world.table("range", Some("N")).await;
    // Each item counts 128 KiB: the names, "a", two digits, and what is left.
    for number in 10..30 {
        let item = json!({"p": s("a"), "s": n(number), "x": s(&"x".repeat(128 * 1024 - 6))});
        world.put("range", item).await;
    }
    let input = with(
        query("", json!({":n": s("")})),
        json!({"FilterExpression": "x = :n", "ReturnConsumedCapacity": "TOTAL"}),
    );
    let answer = world.ok("Query", input).await;
    assert_eq!(
        (&answer["Count"], &answer["ScannedCount"]),
        (&json!(0), &json!(8))
    );
    assert_eq!(answer["LastEvaluatedKey"], json!({"p": s("a"), "s": n(17)}));
    assert_eq!(answer["ConsumedCapacity"]["CapacityUnits"], json!(128.0));
}

#[tokio::test]
async fn refusals() {
    let world = world().await;
    let check = async |input: Value, message: &str| {
        assert_eq!(world.refused("Query", input).await.message, message);
    };
    let none = json!({});
    check(
        json!({"TableName": "range"}),
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
    )
    .await;
    check(
        with(query("", none.clone()), json!({"IndexName": "none"})),
        "The table does not have the specified index: none",
    )
    .await;
    check(
        with(
            query("", json!({":v": s("x")})),
            json!({"FilterExpression": "s = :v"}),
        ),
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: s",
    )
    .await;
    check(query(" AND s = :s", json!({":s": s("1")})), "One or more parameter values were invalid: Condition parameter type does not match schema type").await;
    for (key, message) in [
        (json!({"p": s("a")}), "The provided starting key is invalid"),
        (
            json!({"p": s("a"), "s": s("1")}),
            "The provided key element does not match the schema",
        ),
        (
            json!({"p": s("b"), "s": n(1)}),
            "The provided starting key is outside query boundaries based on provided conditions",
        ),
    ] {
        check(
            with(query("", none.clone()), json!({"ExclusiveStartKey": key})),
            message,
        )
        .await;
    }
    let input = with(
        query(" AND s > :s", json!({":s": n(5)})),
        json!({"ExclusiveStartKey": {"p": s("a"), "s": n(1)}}),
    );
    check(
        input,
        "The provided starting key does not match the range key predicate",
    )
    .await;
    for (select, message) in [
        (
            "SPECIFIC_ATTRIBUTES",
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES",
        ),
        (
            "ALL_PROJECTED_ATTRIBUTES",
            "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName",
        ),
    ] {
        let input = with(query("", none.clone()), json!({"Select": select}));
        check(input, &format!("1 validation error detected: {message}")).await;
        // A Scan says the same without the envelope, as tests of moto observe it on the service.
        let scan = json!({"TableName": "range", "Select": select});
        assert_eq!(world.refused("Scan", scan).await.message, message);
    }
}
