//! What is refused, with AWS's words, and in its order.

use super::*;

const ENVELOPE: &str = "1 validation error detected: ";
const INVALID: &str = "One or more parameter values were invalid: ";

/// A world with the tables `hash` and `range` (whose sort key is a number).
async fn world() -> World {
    let world = World::new();
    world.table("hash", None).await;
    world.table("range", Some("N")).await;
    world
}

#[track_caller]
fn check(refusal: &Refusal, message: impl AsRef<str>) {
    assert_eq!(refusal.code, "ValidationException");
    assert_eq!(refusal.message, message.as_ref());
}

#[tokio::test]
async fn keys() {
    let world = world().await;
    let schema = "The provided key element does not match the schema";
    for key in [
        json!({"p": s("a")}),
        json!({"p": s("a"), "s": s("1")}),
        json!({"s": n(1), "q": n(1)}),
    ] {
        for operation in ["GetItem", "DeleteItem", "UpdateItem"] {
            let input = json!({"TableName": "range", "Key": key});
            check(&world.refused(operation, input).await, schema);
        }
    }
    let empty = "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p";
    check(
        &world
            .refused("GetItem", json!({"TableName": "hash", "Key": {"p": s("")}}))
            .await,
        empty,
    );
    check(
        &world
            .refused(
                "PutItem",
                json!({"TableName": "hash", "Item": {"p": s("")}}),
            )
            .await,
        empty,
    );
    let put = |item: Value| json!({"TableName": "range", "Item": item});
    let missing = world.refused("PutItem", put(json!({"p": s("a")}))).await;
    check(&missing, format!("{INVALID}Missing the key s in the item"));
    let wrong = world
        .refused("PutItem", put(json!({"p": n(1), "s": n(1)})))
        .await;
    check(
        &wrong,
        format!("{INVALID}Type mismatch for key p expected: S actual: N"),
    );
    let long = "x".repeat(2049);
    let refusal = world
        .refused("PutItem", put(json!({"p": s(&long), "s": n(1)})))
        .await;
    check(
        &refusal,
        format!("{INVALID}Size of hashkey has exceeded the maximum size limit of2048 bytes"),
    );
    world
        .put("range", json!({"p": s(&long[1..]), "s": n(1)}))
        .await;
}

#[tokio::test]
async fn item_sizes() {
    let world = world().await;
    let item = |bytes: usize| json!({"p": s("a"), "x": s(&"x".repeat(bytes - 3))});
    world.put("hash", item(400 * 1024)).await;
    let input = json!({"TableName": "hash", "Item": item(400 * 1024 + 1)});
    check(
        &world.refused("PutItem", input).await,
        "Item size has exceeded the maximum allowed size",
    );
    let input = json!({
        "TableName": "hash",
        "Key": {"p": s("a")},
        "UpdateExpression": "SET y = :y",
        "ExpressionAttributeValues": {":y": s("")},
    });
    check(
        &world.refused("UpdateItem", input).await,
        "Item size to update has exceeded the maximum allowed size",
    );
}

#[tokio::test]
async fn unknown_tables_come_after_the_request() {
    let world = world().await;
    let not_found = |refusal: &Refusal| {
        assert_eq!(refusal.code, "ResourceNotFoundException");
        assert_eq!(refusal.message, "Requested resource not found");
    };
    let key = json!({"p": s("a")});
    not_found(
        &world
            .refused("GetItem", json!({"TableName": "none", "Key": key}))
            .await,
    );
    not_found(
        &world
            .refused("PutItem", json!({"TableName": "none", "Item": key}))
            .await,
    );
    not_found(&world.refused("Scan", json!({"TableName": "none"})).await);
    let input = json!({
        "TableName": "none", "Key": key, "UpdateExpression": "SET x = :x",
    });
    check(
        &world.refused("UpdateItem", input).await,
        format!(
            "{ENVELOPE}Invalid UpdateExpression: An expression attribute value used in expression is not defined; attribute value: :x"
        ),
    );
}

#[tokio::test]
async fn expressions_and_placeholders() {
    let world = world().await;
    let put = |rest: Value| {
        let mut input = json!({"TableName": "hash", "Item": {"p": s("a")}});
        for (name, value) in rest.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let cases = [
        (
            json!({"ExpressionAttributeNames": {"#a": "a"}}),
            "ExpressionAttributeNames can only be specified when using expressions",
        ),
        (
            json!({"ExpressionAttributeValues": {":a": s("a")}}),
            "ExpressionAttributeValues can only be specified when using expressions",
        ),
        (
            json!({"ConditionExpression": ""}),
            "Invalid ConditionExpression: The expression can not be empty;",
        ),
        (
            json!({"ConditionExpression": "a = :a", "ExpressionAttributeValues": {":a": s("a"), ":b": s("b")}}),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:b}",
        ),
        (
            json!({"ConditionExpression": "attribute_exists(a)", "ExpressionAttributeNames": {"#b": "b"}}),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}",
        ),
        (
            json!({"ConditionExpression": "a = a", "Expected": {"a": {"Exists": false}}}),
            "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}",
        ),
        (
            json!({"ConditionalOperator": "OR"}),
            "ConditionalOperator cannot be used without Filter or Expected",
        ),
    ];
    for (rest, message) in cases {
        let refusal = world.refused("PutItem", put(rest)).await;
        check(&refusal, format!("{ENVELOPE}{message}"));
    }
    let refusal = world
        .refused(
            "PutItem",
            put(json!({"Item": {"p": s("a"), "x": {"SS": []}}})),
        )
        .await;
    check(
        &refusal,
        format!("{ENVELOPE}{INVALID}An string set  may not be empty"),
    );
}

#[tokio::test]
async fn key_attributes_stay_as_they_are() {
    let world = world().await;
    let update = |expression: &str| {
        json!({
            "TableName": "hash",
            "Key": {"p": s("a")},
            "UpdateExpression": expression,
            "ExpressionAttributeValues": {":v": s("b")},
        })
    };
    check(
        &world.refused("UpdateItem", update("SET p = :v")).await,
        format!("{INVALID}Cannot update attribute p. This attribute is part of the key"),
    );
    check(
        &world
            .refused("UpdateItem", update("SET a = :v, b = p.c"))
            .await,
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: p",
    );
}

#[tokio::test]
async fn depth() {
    let world = world().await;
    let nested = |levels: usize| (0..levels).fold(s("x"), |value, _| json!({"L": [value]}));
    world
        .put("hash", json!({"p": s("a"), "x": nested(31)}))
        .await;
    let input = json!({"TableName": "hash", "Item": {"p": s("a"), "x": nested(32)}});
    check(
        &world.refused("PutItem", input).await,
        format!(
            "{ENVELOPE}Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
        ),
    );
    let input = json!({
        "TableName": "hash",
        "Key": {"p": s("a")},
        "UpdateExpression": "SET y = list_append(:l, :l), z.a = x",
        "ExpressionAttributeValues": {":l": {"L": []}},
    });
    check(
        &world.refused("UpdateItem", input).await,
        "The document path provided in the update expression is invalid for update",
    );
    world
        .put(
            "hash",
            json!({"p": s("a"), "x": nested(31), "z": {"M": {}}}),
        )
        .await;
    let input = json!({
        "TableName": "hash", "Key": {"p": s("a")}, "UpdateExpression": "SET z.a = x",
    });
    check(
        &world.refused("UpdateItem", input).await,
        "Nesting Levels have exceeded supported limits",
    );
}
