//! What callers have to be allowed to do.

use super::*;

/// What an operation requires: action, resource, and the named condition key's values.
async fn required(world: &World, operation: &str, input: Value, key: &str) -> Vec<String> {
    world.gate.required.lock().clear();
    let _ = world.ask(operation, input).await;
    let required = world.gate.required.lock();
    let shown = required.iter().map(|requirement| {
        let resource = requirement.resource.rsplit(':').next().unwrap_or_default();
        let values = requirement.context.iter().find(|(name, _)| name == key);
        let values = values
            .map(|(_, values)| values.join(","))
            .unwrap_or_default();
        format!("{} {resource} {values}", requirement.action)
    });
    shown.collect()
}

#[tokio::test]
async fn leading_keys() {
    let world = World::new();
    world.indexed_table("table").await;
    let check = async |operation: &str, input: Value, expected: &[&str]| {
        let required = required(&world, operation, input, "dynamodb:LeadingKeys").await;
        assert_eq!(required, expected);
    };
    let key = json!({"p": s("me"), "s": s("x")});
    check(
        "GetItem",
        json!({"TableName": "table", "Key": key}),
        &["dynamodb:GetItem table/table me"],
    )
    .await;
    check(
        "PutItem",
        json!({"TableName": "table", "Item": key}),
        &["dynamodb:PutItem table/table me"],
    )
    .await;
    let input = json!({
        "TableName": "table",
        "KeyConditionExpression": "s = :s AND #p = :p",
        "ExpressionAttributeNames": {"#p": "p"},
        "ExpressionAttributeValues": {":p": s("me"), ":s": s("x")},
    });
    check("Query", input, &["dynamodb:Query table/table me"]).await;
    let input = json!({
        "TableName": "table",
        "IndexName": "all",
        "KeyConditionExpression": "g = :g",
        "ExpressionAttributeValues": {":g": s("group")},
    });
    check(
        "Query",
        input,
        &["dynamodb:Query table/table/index/all group"],
    )
    .await;
    check(
        "Scan",
        json!({"TableName": "table"}),
        &["dynamodb:Scan table/table "],
    )
    .await;
    let other = json!({"p": s("you"), "s": s("x")});
    let input = json!({"RequestItems": {"table": {"Keys": [key, other]}}});
    check(
        "BatchGetItem",
        input,
        &["dynamodb:BatchGetItem table/table me,you"],
    )
    .await;
    let input = json!({"TransactItems": [
        {"Put": {"TableName": "table", "Item": key}},
        {"ConditionCheck": {
            "TableName": "table", "Key": other, "ConditionExpression": "attribute_exists(p)",
        }},
    ]});
    let expected = [
        "dynamodb:PutItem table/table me",
        "dynamodb:ConditionCheckItem table/table you",
    ];
    check("TransactWriteItems", input, &expected).await;
}

#[tokio::test]
async fn attributes() {
    let world = World::new();
    world.table("table", None).await;
    let check = async |operation: &str, input: Value, expected: &[&str]| {
        let required = required(&world, operation, input, "dynamodb:Attributes").await;
        assert_eq!(required, expected);
    };
    let input = json!({
        "TableName": "table",
        "Key": {"p": s("a")},
        "UpdateExpression": "SET #x.y = if_not_exists(z, :v)",
        "ConditionExpression": "size(w) > :v",
        "ExpressionAttributeNames": {"#x": "x"},
        "ExpressionAttributeValues": {":v": n(1)},
    });
    check(
        "UpdateItem",
        input,
        &["dynamodb:UpdateItem table/table p,w,x,z"],
    )
    .await;
    let input = json!({"TableName": "table", "Key": {"p": s("a")}, "AttributesToGet": ["b"]});
    check("GetItem", input, &["dynamodb:GetItem table/table b,p"]).await;
}

#[tokio::test]
async fn what_is_denied_does_not_happen() {
    let mut world = World::new();
    world.table("table", None).await;
    world.gate.denied = Some("dynamodb:PutItem");
    let item = json!({"p": s("a")});
    let refusal = world
        .refused("PutItem", json!({"TableName": "table", "Item": item}))
        .await;
    assert_eq!(refusal.code, "AccessDeniedException");
    let input = json!({"TransactItems": [{"Put": {"TableName": "table", "Item": item}}]});
    assert_eq!(
        world.refused("TransactWriteItems", input).await.code,
        "AccessDeniedException"
    );
    assert_eq!(world.get("table", item).await, Value::Null);
}
