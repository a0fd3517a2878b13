use super::*;
use std::time::Duration;

async fn world() -> World {
    let world = World::new();
    world.table("table", None).await;
    world.put("table", json!({"p": s("a"), "v": n(1)})).await;
    world
}

fn write(items: Value) -> Value {
    json!({"TransactItems": items})
}

fn put(key: &str) -> Value {
    json!({"Put": {"TableName": "table", "Item": {"p": s(key)}}})
}

fn check(key: &str, condition: &str) -> Value {
    json!({"ConditionCheck": {
        "TableName": "table",
        "Key": {"p": s(key)},
        "ConditionExpression": condition,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }})
}

#[tokio::test]
async fn all_or_nothing() {
    let world = world().await;
    let update = json!({"Update": {
        "TableName": "table",
        "Key": {"p": s("a")},
        "UpdateExpression": "ADD v :v",
        "ExpressionAttributeValues": {":v": n(1)},
    }});
    let missing = check("none", "attribute_exists(p)");
    let exists = json!({"Put": {
        "TableName": "table",
        "Item": {"p": s("b")},
        "ConditionExpression": "attribute_exists(p)",
    }});
    let input = write(json!([update, missing, exists, put("c")]));
    let refusal = world.refused("TransactWriteItems", input).await;
    assert_eq!(refusal.code, "TransactionCanceledException");
    assert_eq!(
        refusal.body["Message"]
            .as_str()
            .or(refusal.body["message"].as_str())
            .unwrap(),
        "Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed, ConditionalCheckFailed, None]"
    );
    let reasons = &refusal.body["CancellationReasons"];
    assert_eq!(reasons[0], json!({"Code": "None"}));
    assert_eq!(
        reasons[1],
        json!({"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"})
    );
    assert_eq!(world.get("table", json!({"p": s("a")})).await["v"], n(1));
    assert_eq!(world.get("table", json!({"p": s("c")})).await, Value::Null);

    let delete = json!({"Delete": {"TableName": "table", "Key": {"p": s("d")}}});
    let input = write(json!([
        update,
        check("none", "attribute_not_exists(p)"),
        put("c"),
        delete
    ]));
    assert_eq!(world.ok("TransactWriteItems", input).await, json!({}));
    assert_eq!(world.get("table", json!({"p": s("a")})).await["v"], n(2));
    let get = |key: &str| json!({"Get": {"TableName": "table", "Key": {"p": s(key)}}});
    let input = json!({"TransactItems": [get("a"), get("none"), get("c")], "ReturnConsumedCapacity": "TOTAL"});
    assert_eq!(
        world.ok("TransactGetItems", input).await,
        json!({
            "Responses": [{"Item": {"p": s("a"), "v": n(2)}}, {}, {"Item": {"p": s("c")}}],
            "ConsumedCapacity": [{"TableName": "table", "CapacityUnits": 6.0, "ReadCapacityUnits": 6.0}],
        })
    );
}

#[tokio::test]
async fn a_failed_check_shows_the_item() {
    let world = world().await;
    let input = write(json!([check("a", "attribute_not_exists(p)")]));
    let refusal = world.refused("TransactWriteItems", input).await;
    let reason = &refusal.body["CancellationReasons"][0];
    assert_eq!(reason["Item"], json!({"p": s("a"), "v": n(1)}));
}

#[tokio::test]
async fn what_is_refused_for_the_action_and_what_for_the_request() {
    let world = world().await;
    let reason = async |item: Value| {
        let refusal = world
            .refused("TransactWriteItems", write(json!([put("z"), item])))
            .await;
        assert_eq!(refusal.code, "TransactionCanceledException");
        refusal.body["CancellationReasons"][1].clone()
    };
    let update = json!({"Update": {
        "TableName": "table",
        "Key": {"p": s("a")},
        "UpdateExpression": "SET v = p + :v",
        "ExpressionAttributeValues": {":v": n(1)},
    }});
    let expected = "An operand in the update expression has an incorrect data type";
    assert_eq!(
        reason(update).await,
        json!({"Code": "ValidationError", "Message": expected})
    );
    let wrong = json!({"Delete": {"TableName": "table", "Key": {"q": s("a")}}});
    let expected = "The provided key element does not match the schema";
    assert_eq!(
        reason(wrong).await,
        json!({"Code": "ValidationError", "Message": expected})
    );

    let message = async |items: Value| {
        let refusal = world.refused("TransactWriteItems", write(items)).await;
        assert_ne!(refusal.code, "TransactionCanceledException");
        refusal.message
    };
    assert_eq!(
        message(json!([put("a"), check("a", "attribute_exists(p)")])).await,
        "Transaction request cannot include multiple operations on one item"
    );
    let empty = message(json!([put(""), put("a")])).await;
    assert!(
        empty.contains("cannot contain an empty string value"),
        "{empty}"
    );
    let none = json!({"Put": {"TableName": "none", "Item": {"p": s("a")}}});
    assert_eq!(message(json!([none])).await, "Requested resource not found");
    let none = json!({"Put": {"TableName": "a b", "Item": {"p": s("a")}}});
    assert_eq!(
        message(json!([put("z"), none])).await,
        "1 validation error detected: Value 'a b' at 'transactItems.2.member.put.tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
    );
    assert_eq!(
        message(json!([{}])).await,
        "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
    );
    let twice =
        json!({"Put": put("a")["Put"], "Delete": {"TableName": "table", "Key": {"p": s("b")}}});
    assert_eq!(
        message(json!([twice])).await,
        "TransactItems can only contain one of Check, Put, Update or Delete"
    );
}

#[tokio::test]
async fn a_repeated_token_writes_once() {
    let world = world().await;
    let increment = |by: i32, token: &str| {
        json!({
            "TransactItems": [{"Update": {
                "TableName": "table",
                "Key": {"p": s("a")},
                "UpdateExpression": "ADD v :v",
                "ExpressionAttributeValues": {":v": n(by)},
            }}],
            "ClientRequestToken": token,
            "ReturnConsumedCapacity": "TOTAL",
        })
    };
    let value = async || world.get("table", json!({"p": s("a")})).await["v"].clone();
    let units = |answer: &Value, member: &str| answer["ConsumedCapacity"][0][member].clone();
    let first = world.ok("TransactWriteItems", increment(1, "x")).await;
    assert_eq!(units(&first, "WriteCapacityUnits"), json!(2.0));
    let again = world.ok("TransactWriteItems", increment(1, "x")).await;
    assert_eq!(units(&again, "ReadCapacityUnits"), json!(2.0));
    assert_eq!(value().await, n(2));
    let refusal = world.refused("TransactWriteItems", increment(2, "x")).await;
    assert_eq!(refusal.code, "IdempotentParameterMismatchException");
    world.ok("TransactWriteItems", increment(1, "y")).await;
    assert_eq!(value().await, n(3));

    world.clock.advance(Duration::from_secs(599));
    world.service.settle().await.unwrap();
    world.ok("TransactWriteItems", increment(1, "x")).await;
    assert_eq!(value().await, n(3));
    world.clock.advance(Duration::from_secs(1));
    world.ok("TransactWriteItems", increment(1, "x")).await;
    assert_eq!(value().await, n(4));

    // What has ended is removed, and what was used anew is not.
    world.clock.advance(Duration::from_secs(1));
    world.service.settle().await.unwrap();
    let tokens = async |part: &str| {
        let range = kv::key::KeyWriter::new(kv::Space::Dynamodb)
            .text(part)
            .range();
        let mut left = world.store.snapshot().scan(range, kv::Order::Ascending);
        let mut count = 0;
        while left.next().await.unwrap().is_some() {
            count += 1;
        }
        count
    };
    assert_eq!(
        (tokens("token").await, tokens("token expiry").await),
        (1, 1)
    );
}
