use super::*;
use std::time::Duration;

/// A world that throttles, with a table of one unit per second and an index of as much.
async fn world() -> World {
    let options = Options {
        throttling: Throttling::On,
        ..Options::default()
    };
    let world = World::with(Store::in_memory(), options);
    let units = json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1});
    let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let input = json!({
        "TableName": "abc",
        "AttributeDefinitions": [attribute("p"), attribute("g")],
        "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
        "ProvisionedThroughput": units,
        "GlobalSecondaryIndexes": [{
            "IndexName": "index",
            "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": units,
        }],
    });
    world.ok("CreateTable", input).await;
    world
}

/// Puts of 100 units each, and how many go through.
async fn puts(world: &World, item: Value) -> (usize, Refusal) {
    let mut item = item;
    item["x"] = s(&"x".repeat(100 * 1024 - 100));
    for done in 0..100 {
        let input = json!({"TableName": "abc", "Item": item});
        if let Err(refusal) = world.ask("PutItem", input).await {
            return (done, refusal);
        }
    }
    panic!("nothing was throttled");
}

#[tokio::test]
async fn writes_beyond_the_burst() {
    let world = world().await;
    let (done, refusal) = puts(&world, json!({"p": s("1")})).await;
    assert_eq!(done, 3);
    assert_eq!(refusal.code, "ProvisionedThroughputExceededException");
    assert!(
        refusal
            .message
            .starts_with("The level of configured provisioned throughput for the table")
    );
    assert_eq!(
        refusal.body["ThrottlingReasons"],
        json!([{
            "reason": "TableWriteProvisionedThroughputExceeded",
            "resource": "arn:aws:dynamodb:us-east-1:000000000000:table/abc",
        }])
    );
    // Reads have a bucket of their own.
    world.get("abc", json!({"p": s("1")})).await;
    world.clock.advance(Duration::from_secs(2));
    world.put("abc", json!({"p": s("2")})).await;
}

#[tokio::test]
async fn reads_and_batches() {
    let world = world().await;
    let mut item = json!({"p": s("1")});
    item["x"] = s(&"x".repeat(200 * 1024));
    world.put("abc", item).await;
    let read = json!({"TableName": "abc", "Key": {"p": s("1")}, "ConsistentRead": true});
    let mut done = 0;
    let refusal = loop {
        match world.ask("GetItem", read.clone()).await {
            Ok(_) => done += 1,
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(done, 6);
    assert_eq!(
        refusal.body["ThrottlingReasons"][0]["reason"],
        json!("TableReadProvisionedThroughputExceeded")
    );
    let refusal = world.refused("Scan", json!({"TableName": "abc"})).await;
    assert_eq!(refusal.code, "ProvisionedThroughputExceededException");

    world.table("free", None).await;
    let key = json!({"p": s("1")});
    let input = json!({"RequestItems": {"abc": {"Keys": [key]}, "free": {"Keys": [key]}}});
    let answer = world.ok("BatchGetItem", input).await;
    assert_eq!(answer["UnprocessedKeys"], json!({"abc": {"Keys": [key]}}));
    let input = json!({"RequestItems": {"abc": {"Keys": [key]}}});
    let refusal = world.refused("BatchGetItem", input).await;
    assert_eq!(refusal.code, "ProvisionedThroughputExceededException");

    puts(&world, json!({"p": s("1")})).await;
    let request = json!([{"PutRequest": {"Item": key}}]);
    let input = json!({"RequestItems": {"abc": request, "free": request}});
    let answer = world.ok("BatchWriteItem", input).await;
    assert_eq!(answer["UnprocessedItems"], json!({"abc": request}));
    assert_eq!(world.get("free", key.clone()).await, key);
}

#[tokio::test]
async fn an_index_throttles_its_table() {
    let world = world().await;
    let units = json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 100});
    let input = json!({"TableName": "abc", "ProvisionedThroughput": units});
    world.ok("UpdateTable", input).await;
    let (_, refusal) = puts(&world, json!({"p": s("1"), "g": s("1"), "n": n(1)})).await;
    // The first put makes the entry; equal ones do not touch it, so another one is needed.
    assert_eq!(refusal.code, "ProvisionedThroughputExceededException");
}

#[tokio::test]
async fn ceilings_of_on_demand_tables() {
    let options = Options {
        throttling: Throttling::On,
        ..Options::default()
    };
    let world = World::with(Store::in_memory(), options);
    world.table("abc", None).await;
    let ceiling = json!({"MaxWriteRequestUnits": 1});
    let input = json!({"TableName": "abc", "OnDemandThroughput": ceiling});
    world.ok("UpdateTable", input).await;
    let (done, refusal) = puts(&world, json!({"p": s("1")})).await;
    assert_eq!(done, 1);
    assert_eq!(refusal.code, "ThrottlingException");
    assert_eq!(
        refusal.body["throttlingReasons"][0]["reason"],
        json!("TableWriteMaxOnDemandThroughputExceeded")
    );
}
