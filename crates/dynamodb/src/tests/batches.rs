use super::*;

async fn world() -> World {
    let world = World::new();
    world.table("hash", None).await;
    world.table("range", Some("N")).await;
    world
}

fn put(item: Value) -> Value {
    json!({"PutRequest": {"Item": item}})
}

#[tokio::test]
async fn writes_and_reads_across_tables() {
    let world = world().await;
    world.put("hash", json!({"p": s("gone")})).await;
    let input = json!({
        "RequestItems": {
            "hash": [put(json!({"p": s("a"), "x": n(1)})), {"DeleteRequest": {"Key": {"p": s("gone")}}}],
            "range": [put(json!({"p": s("a"), "s": n(1)})), put(json!({"p": s("a"), "s": n(2)}))],
        },
        "ReturnConsumedCapacity": "TOTAL",
    });
    assert_eq!(
        world.ok("BatchWriteItem", input).await,
        json!({
            "UnprocessedItems": {},
            "ConsumedCapacity": [
                {"TableName": "hash", "CapacityUnits": 2.0},
                {"TableName": "range", "CapacityUnits": 2.0},
            ],
        })
    );
    let input = json!({
        "RequestItems": {
            "hash": {"Keys": [{"p": s("gone")}, {"p": s("a")}], "ProjectionExpression": "x"},
            "range": {"Keys": [{"p": s("a"), "s": n(2)}], "ConsistentRead": true},
        },
        "ReturnConsumedCapacity": "TOTAL",
    });
    assert_eq!(
        world.ok("BatchGetItem", input).await,
        json!({
            "Responses": {"hash": [{"x": n(1)}], "range": [{"p": s("a"), "s": n(2)}]},
            "UnprocessedKeys": {},
            "ConsumedCapacity": [
                {"TableName": "hash", "CapacityUnits": 1.0},
                {"TableName": "range", "CapacityUnits": 1.0},
            ],
        })
    );
}

#[tokio::test]
async fn an_answer_has_sixteen_megabytes_at_most() {
    let world = world().await;
    let keys: Vec<Value> = (0..50)
        .map(|number| json!({"p": s(&number.to_string())}))
        .collect();
    for key in &keys {
        let mut item = key.clone();
        item["x"] = s(&"x".repeat(400_000));
        world.put("hash", item).await;
    }
    let mut input = json!({"RequestItems": {"hash": {"Keys": keys, "ConsistentRead": true}}});
    let first = world.ok("BatchGetItem", input.clone()).await;
    assert_eq!(first["Responses"]["hash"].as_array().unwrap().len(), 41);
    let rest = &first["UnprocessedKeys"];
    assert_eq!(rest["hash"]["ConsistentRead"], json!(true));
    input["RequestItems"] = rest.clone();
    let second = world.ok("BatchGetItem", input).await;
    assert_eq!(second["Responses"]["hash"].as_array().unwrap().len(), 9);
    assert_eq!(second["UnprocessedKeys"], json!({}));
}

#[tokio::test]
async fn refusals_write_nothing() {
    let world = world().await;
    let write = async |items: Value| {
        world
            .refused("BatchWriteItem", json!({"RequestItems": items}))
            .await
            .message
    };
    let a = json!({"p": s("a")});
    assert_eq!(
        write(json!({"hash": [put(a.clone()), {"DeleteRequest": {"Key": a}}]})).await,
        "Provided list of item keys contains duplicates"
    );
    assert_eq!(
        write(json!({"hash": [put(a.clone())], "none": [put(a.clone())]})).await,
        "Requested resource not found"
    );
    assert_eq!(
        write(json!({"hash": [put(a.clone()), put(json!({"q": s("a")}))]})).await,
        "The provided key element does not match the schema"
    );
    assert_eq!(
        write(
            json!({"hash": [put(a.clone()), put(json!({"p": s("b"), "x": {"NS": ["1", "1.0"]}}))]})
        )
        .await,
        "Input collection contains duplicates"
    );
    assert_eq!(world.get("hash", a.clone()).await, Value::Null);
    let input = json!({"RequestItems": {"hash": {"Keys": [a, a]}}});
    assert_eq!(
        world.refused("BatchGetItem", input).await.message,
        "Provided list of item keys contains duplicates"
    );
}
