use super::*;

fn query(index: &str, condition: &str, values: Value) -> Value {
    json!({
        "TableName": "table",
        "IndexName": index,
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
    })
}

/// Three items in `all`, two of them in `keys` and `local` too.
async fn world() -> World {
    let world = World::new();
    world.indexed_table("table").await;
    for (sort, local) in [("1", Some("z")), ("2", Some("y")), ("3", None)] {
        let mut item =
            json!({"p": s("p"), "s": s(sort), "g": s("g"), "extra": s("e"), "more": s("m")});
        if let Some(local) = local {
            item["l"] = s(local);
        }
        world.put("table", item).await;
    }
    world
}

#[tokio::test]
async fn items_without_the_key_are_not_in_the_index() {
    let world = world().await;
    let all = world
        .ok("Query", query("all", "g = :g", json!({":g": s("g")})))
        .await;
    assert_eq!(all["Count"], json!(3));
    let keys = world
        .ok("Query", query("keys", "g = :g", json!({":g": s("g")})))
        .await;
    assert_eq!(
        keys["Items"],
        json!([
            {"p": s("p"), "s": s("2"), "g": s("g"), "l": s("y")},
            {"p": s("p"), "s": s("1"), "g": s("g"), "l": s("z")},
        ])
    );
    let local = query(
        "local",
        "p = :p AND begins_with(l, :l)",
        json!({":p": s("p"), ":l": s("z")}),
    );
    let local = world.ok("Query", local).await;
    let entry = json!({"p": s("p"), "s": s("1"), "l": s("z"), "extra": s("e")});
    assert_eq!(local["Items"], json!([entry]));
}

#[tokio::test]
async fn a_local_index_fetches_what_it_lacks() {
    let world = world().await;
    let mut input = query("local", "p = :p", json!({":p": s("p")}));
    input["ReturnConsumedCapacity"] = json!("INDEXES");
    input["Select"] = json!("ALL_ATTRIBUTES");
    let answer = world.ok("Query", input.clone()).await;
    assert_eq!(column(&answer, "more"), ["m", "m"]);
    let capacity = &answer["ConsumedCapacity"];
    assert_eq!(capacity["Table"]["CapacityUnits"], json!(1.0));
    assert_eq!(
        capacity["LocalSecondaryIndexes"]["local"]["CapacityUnits"],
        json!(0.5)
    );
    input.as_object_mut().unwrap().remove("Select");
    input["ProjectionExpression"] = json!("more");
    assert_eq!(
        world.ok("Query", input.clone()).await["Items"],
        json!([{"more": s("m")}, {"more": s("m")}])
    );
    input["ProjectionExpression"] = json!("extra");
    let answer = world.ok("Query", input).await;
    assert_eq!(
        answer["ConsumedCapacity"]["Table"]["CapacityUnits"],
        json!(0.0)
    );
}

#[tokio::test]
async fn entries_follow_their_items() {
    let world = world().await;
    let entries = async |index: &str| {
        let scan = json!({"TableName": "table", "IndexName": index});
        let mut entries = column(&world.ok("Scan", scan).await, "s");
        entries.sort();
        entries.join("")
    };
    assert_eq!(entries("keys").await, "12");
    let update = |sort: &str, expression: &str| {
        json!({
            "TableName": "table",
            "Key": {"p": s("p"), "s": s(sort)},
            "UpdateExpression": expression,
        })
    };
    world.ok("UpdateItem", update("1", "REMOVE l")).await;
    assert_eq!(
        (entries("keys").await, entries("local").await),
        ("2".into(), "2".into())
    );
    world.ok("UpdateItem", update("3", "SET l = extra")).await;
    assert_eq!(
        (entries("keys").await, entries("local").await),
        ("23".into(), "23".into())
    );
    world
        .ok(
            "DeleteItem",
            json!({"TableName": "table", "Key": {"p": s("p"), "s": s("2")}}),
        )
        .await;
    assert_eq!(
        (entries("keys").await, entries("all").await),
        ("3".into(), "13".into())
    );
    world.put("table", json!({"p": s("p"), "s": s("3")})).await;
    assert_eq!(
        (entries("keys").await, entries("all").await),
        ("".into(), "1".into())
    );
}

#[tokio::test]
async fn what_writes_cost_an_index() {
    let world = World::new();
    world.indexed_table("table").await;
    let put = async |item: Value| {
        let input =
            json!({"TableName": "table", "Item": item, "ReturnConsumedCapacity": "INDEXES"});
        let capacity = &world.ok("PutItem", input).await["ConsumedCapacity"];
        let units = |index: &str| {
            capacity["GlobalSecondaryIndexes"][index]["CapacityUnits"]
                .as_f64()
                .unwrap_or(0.0)
        };
        (
            capacity["CapacityUnits"].as_f64().unwrap(),
            units("all"),
            units("keys"),
        )
    };
    let item =
        |group: &str, more: &str| json!({"p": s("p"), "s": s("s"), "g": s(group), "more": s(more)});
    assert_eq!(
        put(json!({"p": s("p"), "s": s("s")})).await,
        (1.0, 0.0, 0.0)
    );
    assert_eq!(put(item("1", "x")).await, (2.0, 1.0, 0.0));
    assert_eq!(put(item("1", "x")).await, (1.0, 0.0, 0.0));
    assert_eq!(put(item("1", "y")).await, (2.0, 1.0, 0.0));
    assert_eq!(put(item("2", "y")).await, (3.0, 2.0, 0.0));
}

#[tokio::test]
async fn index_keys_are_checked() {
    let world = world().await;
    let input = json!({"TableName": "table", "Item": {"p": s("p"), "s": s("s"), "g": n(1)}});
    assert_eq!(
        world.refused("PutItem", input).await.message,
        "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: all"
    );
    let input = json!({
        "TableName": "table",
        "Key": {"p": s("p"), "s": s("1")},
        "UpdateExpression": "SET g = if_not_exists(x, :g)",
        "ExpressionAttributeValues": {":g": n(1)},
    });
    assert_eq!(
        world.refused("UpdateItem", input).await.message,
        "The update expression attempted to update the secondary index key to unsupported type"
    );
}

#[tokio::test]
async fn what_cannot_be_read_from_an_index() {
    let world = world().await;
    let check = async |more: Value, message: &str| {
        let mut input = query("keys", "g = :g", json!({":g": s("g")}));
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        assert_eq!(world.refused("Query", input).await.message, message);
    };
    check(
        json!({"ConsistentRead": true}),
        "Consistent reads are not supported on global secondary indexes",
    )
    .await;
    check(
        json!({"Select": "ALL_ATTRIBUTES"}),
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index keys because its projection type is not ALL",
    )
    .await;
    check(
        json!({"ProjectionExpression": "p, more"}),
        "One or more parameter values were invalid: Global secondary index keys does not project [more]",
    )
    .await;
    check(
        json!({"FilterExpression": "attribute_exists(more)"}),
        "One or more parameter values were invalid: Secondary index keys does not project one or more filter attributes: [more]",
    )
    .await;
}

#[tokio::test]
async fn a_new_index_catches_up_with_its_table() {
    let world = World::new();
    world.table("table", None).await;
    for number in 0..600 {
        let wrong = number % 100 == 0;
        let value = if wrong {
            n(number)
        } else {
            s(&format!("{}", number % 3))
        };
        world
            .put("table", json!({"p": s(&number.to_string()), "g": value}))
            .await;
    }
    let create = json!({
        "TableName": "table",
        "AttributeDefinitions": [{"AttributeName": "g", "AttributeType": "S"}],
        "GlobalSecondaryIndexUpdates": [{"Create": {
            "IndexName": "late",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }}],
    });
    let table = world.ok("UpdateTable", create).await["TableDescription"].clone();
    assert_eq!(table["TableStatus"], json!("UPDATING"));
    assert_eq!(
        table["GlobalSecondaryIndexes"][0]["IndexStatus"],
        json!("CREATING")
    );
    let mut input = query("late", "g = :g", json!({":g": s("1")}));
    input["Select"] = json!("COUNT");
    assert_eq!(
        world.refused("Query", input.clone()).await.message,
        "Cannot read from backfilling global secondary index: late"
    );
    // What is written meanwhile goes into the index too.
    world
        .put("table", json!({"p": s("new"), "g": s("1")}))
        .await;
    world
        .ok(
            "DeleteItem",
            json!({"TableName": "table", "Key": {"p": s("1")}}),
        )
        .await;
    world.service.settle().await.unwrap();
    // 200 of 600, less 400 and 100, which have numbers, and less the deleted one; and the new one.
    assert_eq!(world.ok("Query", input.clone()).await["Count"], json!(198));
    let table = world
        .ok("DescribeTable", json!({"TableName": "table"}))
        .await["Table"]
        .clone();
    assert_eq!(table["TableStatus"], json!("ACTIVE"));
    assert_eq!(
        table["GlobalSecondaryIndexes"][0]["IndexStatus"],
        json!("ACTIVE")
    );

    let delete = json!({
        "TableName": "table",
        "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "late"}}],
    });
    world.ok("UpdateTable", delete).await;
    world.service.settle().await.unwrap();
    let left = kv::key::KeyWriter::new(kv::Space::DynamodbIndex).range();
    let mut left = world.store.snapshot().scan(left, kv::Order::Ascending);
    assert!(left.next().await.unwrap().is_none());
    assert_eq!(
        world.refused("Query", input).await.message,
        "The table does not have the specified index: late"
    );
    let table = world
        .ok("DescribeTable", json!({"TableName": "table"}))
        .await["Table"]
        .clone();
    assert_eq!(
        table["AttributeDefinitions"],
        json!([{"AttributeName": "p", "AttributeType": "S"}])
    );
}

#[tokio::test]
async fn pages_of_equal_index_keys() {
    let world = World::new();
    world.indexed_table("table").await;
    for number in 0..20 {
        world
            .put(
                "table",
                json!({"p": s(&number.to_string()), "s": s("s"), "g": s("g")}),
            )
            .await;
    }
    let mut input = query("all", "g = :g", json!({":g": s("g")}));
    let whole = column(&world.ok("Query", input.clone()).await, "p");
    input["Limit"] = json!(3);
    let mut paged = Vec::new();
    loop {
        let answer = world.ok("Query", input.clone()).await;
        paged.extend(column(&answer, "p"));
        if answer["LastEvaluatedKey"].is_null() {
            break;
        }
        input["ExclusiveStartKey"] = answer["LastEvaluatedKey"].clone();
    }
    assert_eq!(paged.len(), 20);
    assert_eq!(paged, whole);
}
