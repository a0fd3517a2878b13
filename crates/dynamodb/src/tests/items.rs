use super::*;

#[tokio::test]
async fn items_come_back_as_they_were_put() {
    let world = World::new();
    world.table("things", None).await;
    let item = json!({
        "p": {"S": "a"},
        "number": {"N": "-12.50"},
        "binary": {"B": "AAH/"},
        "truth": {"BOOL": true},
        "nothing": {"NULL": true},
        "list": {"L": [{"S": ""}, {"N": "0"}, {"L": []}]},
        "map": {"M": {"a b": {"M": {}}}},
        "strings": {"SS": ["b", "a"]},
        "numbers": {"NS": ["10", "9.0"]},
        "binaries": {"BS": ["AQ==", ""]},
    });
    world.put("things", item.clone()).await;
    let mut expected = item;
    expected["number"] = json!({"N": "-12.5"});
    expected["strings"] = json!({"SS": ["a", "b"]});
    expected["numbers"] = json!({"NS": ["9", "10"]});
    expected["binaries"] = json!({"BS": ["", "AQ=="]});
    assert_eq!(world.get("things", json!({"p": s("a")})).await, expected);
    assert_eq!(world.get("things", json!({"p": s("b")})).await, Value::Null);
    let by_arn = json!({
        "TableName": "arn:aws:dynamodb:us-east-1:000000000000:table/things",
        "Key": {"p": s("a")},
        "ProjectionExpression": "#m.#k, strings",
        "ExpressionAttributeNames": {"#m": "map", "#k": "a b"},
    });
    let answer = world.ok("GetItem", by_arn).await;
    let wanted = json!({"map": {"M": {"a b": {"M": {}}}}, "strings": {"SS": ["a", "b"]}});
    assert_eq!(answer["Item"], wanted);
}

#[tokio::test]
async fn what_put_and_delete_return() {
    let world = World::new();
    world.table("things", None).await;
    let put = |version: i32, returned: &str| {
        let item = json!({"p": s("a"), "v": n(version)});
        json!({"TableName": "things", "Item": item, "ReturnValues": returned})
    };
    let delete = |returned: &str| json!({"TableName": "things", "Key": {"p": s("a")}, "ReturnValues": returned});
    assert_eq!(world.ok("PutItem", put(1, "ALL_OLD")).await, json!({}));
    let old = world.ok("PutItem", put(2, "ALL_OLD")).await;
    assert_eq!(old, json!({"Attributes": {"p": s("a"), "v": n(1)}}));
    assert_eq!(world.ok("PutItem", put(3, "NONE")).await, json!({}));
    let old = world.ok("DeleteItem", delete("ALL_OLD")).await;
    assert_eq!(old, json!({"Attributes": {"p": s("a"), "v": n(3)}}));
    assert_eq!(world.ok("DeleteItem", delete("ALL_OLD")).await, json!({}));
    let refusal = world.refused("PutItem", put(4, "ALL_NEW")).await;
    assert_eq!(
        refusal.message,
        "1 validation error detected: ReturnValues can only be ALL_OLD or NONE"
    );
}

#[tokio::test]
async fn what_updates_return() {
    let world = World::new();
    world.table("things", None).await;
    let update = |returned: &str, expression: &str| {
        json!({
            "TableName": "things",
            "Key": {"p": s("a")},
            "UpdateExpression": expression,
            "ExpressionAttributeValues": {":v": n(1), ":l": {"L": [n(1), n(2)]}},
            "ReturnValues": returned,
        })
    };
    let attributes = async |returned: &str, expression: &str| {
        world.ok("UpdateItem", update(returned, expression)).await["Attributes"].clone()
    };
    assert_eq!(
        attributes("ALL_OLD", "SET a = :v, l = :l").await,
        Value::Null
    );
    let all = json!({"p": s("a"), "a": n(1), "l": {"L": [n(1), n(2)]}});
    assert_eq!(attributes("ALL_OLD", "SET a = :v, l = :l").await, all);
    assert_eq!(
        attributes("UPDATED_OLD", "SET b = :v, m = :l").await,
        Value::Null
    );
    let one = json!({"l": {"L": [n(2)]}, "a": n(2)});
    assert_eq!(
        attributes("UPDATED_NEW", "SET l[1] = l[1], a = a + :v, b = :l").await["a"],
        one["a"]
    );
    let new = attributes("ALL_NEW", "ADD c :v REMOVE l, m SET b = :l").await;
    let expected = json!({"p": s("a"), "a": n(2), "b": {"L": [n(1), n(2)]}, "c": n(1)});
    assert_eq!(new, expected);
    assert_eq!(world.get("things", json!({"p": s("a")})).await, expected);
    assert_eq!(
        attributes("UPDATED_NEW", "REMOVE c SET b = :l, d = :v").await["c"],
        Value::Null
    );
}

#[tokio::test]
async fn updates_make_items() {
    let world = World::new();
    world.table("things", Some("N")).await;
    let key = json!({"p": s("a"), "s": n(1)});
    world
        .ok("UpdateItem", json!({"TableName": "things", "Key": key}))
        .await;
    assert_eq!(world.get("things", key.clone()).await, key);
    // The condition looks at the item before it gets its key.
    let input = json!({
        "TableName": "things",
        "Key": {"p": s("b"), "s": n(1)},
        "UpdateExpression": "SET x = if_not_exists(x, :v)",
        "ConditionExpression": "attribute_not_exists(p)",
        "ExpressionAttributeValues": {":v": n(7)},
        "ReturnValues": "UPDATED_NEW",
    });
    assert_eq!(
        world.ok("UpdateItem", input.clone()).await["Attributes"],
        json!({"x": n(7)})
    );
    let refusal = world.refused("UpdateItem", input).await;
    assert_eq!(refusal.code, "ConditionalCheckFailedException");
}

#[tokio::test]
async fn failed_conditions_change_nothing_and_show_the_item_if_asked() {
    let world = World::new();
    world.table("things", None).await;
    let item = json!({"p": s("a"), "v": n(1)});
    world.put("things", item.clone()).await;
    for operation in ["PutItem", "UpdateItem", "DeleteItem"] {
        let mut input = json!({
            "TableName": "things",
            "ConditionExpression": "v > :v",
            "ExpressionAttributeValues": {":v": n(1)},
        });
        match operation {
            "PutItem" => input["Item"] = json!({"p": s("a")}),
            _ => input["Key"] = json!({"p": s("a")}),
        }
        let refusal = world.refused(operation, input.clone()).await;
        assert_eq!(refusal.code, "ConditionalCheckFailedException");
        assert_eq!(refusal.message, "The conditional request failed");
        assert_eq!(refusal.body["Item"], Value::Null);
        input["ReturnValuesOnConditionCheckFailure"] = json!("ALL_OLD");
        assert_eq!(world.refused(operation, input).await.body["Item"], item);
    }
    assert_eq!(world.get("things", json!({"p": s("a")})).await, item);
}

#[tokio::test]
async fn legacy_parameters() {
    let world = World::new();
    world.table("things", None).await;
    world
        .put(
            "things",
            json!({"p": s("a"), "v": n(1), "set": {"SS": ["x", "y"]}}),
        )
        .await;
    let input = json!({
        "TableName": "things",
        "Key": {"p": s("a")},
        "AttributeUpdates": {
            "v": {"Action": "ADD", "Value": n(2)},
            "set": {"Action": "DELETE", "Value": {"SS": ["x"]}},
            "new": {"Value": s("put")},
        },
        "Expected": {
            "v": {"ComparisonOperator": "LT", "AttributeValueList": [n(2)]},
            "none": {"Exists": false},
        },
        "ConditionalOperator": "AND",
        "ReturnValues": "ALL_NEW",
    });
    let expected = json!({"p": s("a"), "v": n(3), "set": {"SS": ["y"]}, "new": s("put")});
    assert_eq!(
        world.ok("UpdateItem", input.clone()).await["Attributes"],
        expected
    );
    let refusal = world.refused("UpdateItem", input).await;
    assert_eq!(refusal.code, "ConditionalCheckFailedException");
    let input = json!({
        "TableName": "things",
        "Key": {"p": s("a")},
        "AttributeUpdates": {"new": {"Action": "ADD", "Value": n(2)}},
    });
    let refusal = world.refused("UpdateItem", input).await;
    assert_eq!(refusal.message, "Type mismatch for attribute to update");
    let input = json!({
        "TableName": "things", "Key": {"p": s("a")}, "AttributesToGet": ["v", "nothing"],
    });
    assert_eq!(world.ok("GetItem", input).await["Item"], json!({"v": n(3)}));
}

#[tokio::test]
async fn capacity_of_single_items() {
    let world = World::new();
    world.table("things", None).await;
    let units = async |operation: &str, mut input: Value| {
        input["TableName"] = json!("things");
        input["ReturnConsumedCapacity"] = json!("TOTAL");
        let answer = world.ok(operation, input).await;
        answer["ConsumedCapacity"]["CapacityUnits"]
            .as_f64()
            .unwrap()
    };
    // `p`, `a` and `x` are 3 bytes.
    let item = |bytes: usize| json!({"p": s("a"), "x": s(&"x".repeat(bytes - 3))});
    let key = json!({"p": s("a")});
    assert_eq!(units("PutItem", json!({"Item": item(1024)})).await, 1.0);
    assert_eq!(units("PutItem", json!({"Item": item(1025)})).await, 2.0);
    assert_eq!(units("PutItem", json!({"Item": item(4096)})).await, 4.0);
    assert_eq!(units("PutItem", json!({"Item": item(10)})).await, 4.0);
    assert_eq!(units("PutItem", json!({"Item": item(4097)})).await, 5.0);
    assert_eq!(units("GetItem", json!({"Key": key})).await, 1.0);
    assert_eq!(
        units("GetItem", json!({"Key": key, "ConsistentRead": true})).await,
        2.0
    );
    assert_eq!(
        units("GetItem", json!({"Key": {"p": s("none")}})).await,
        0.5
    );
    let update = json!({"Key": key, "UpdateExpression": "REMOVE x"});
    assert_eq!(units("UpdateItem", update).await, 5.0);
    assert_eq!(units("DeleteItem", json!({"Key": key})).await, 1.0);
    assert_eq!(units("DeleteItem", json!({"Key": key})).await, 1.0);
    let input = json!({
        "TableName": "things", "Item": item(10), "ReturnConsumedCapacity": "INDEXES",
    });
    let expected = json!({
        "TableName": "things", "CapacityUnits": 1.0, "Table": {"CapacityUnits": 1.0},
    });
    assert_eq!(
        world.ok("PutItem", input).await["ConsumedCapacity"],
        expected
    );
}
