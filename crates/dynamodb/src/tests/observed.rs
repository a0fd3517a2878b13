//! Small facts about DynamoDB that its documentation leaves out or that contradict it. Where each
//! comes from stands beside it: **A** ScyllaDB's Alternator tests, which run against AWS too;
//! **D** the developer guide; **R** reports of what the service answers; **Y** dynalite's tests,
//! which ran against AWS.

use super::*;

/// A world with the table `t`, whose partition key is `p`, with a global index `by_g` and a
/// global index `by_h` by `p` and `h`.
async fn world() -> World {
    let world = World::new();
    let attribute = |name: &str| json!({"AttributeName": name, "AttributeType": "S"});
    let key = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
    let index = |name: &str, schema: Value| json!({"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}});
    let input = json!({
        "TableName": "indexed",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [attribute("p"), attribute("g"), attribute("h")],
        "KeySchema": [key("p", "HASH")],
        "GlobalSecondaryIndexes": [
            index("by_g", json!([key("g", "HASH")])),
            index("by_h", json!([key("p", "HASH"), key("h", "RANGE")])),
        ],
    });
    world.ok("CreateTable", input).await;
    world.table("hash", None).await;
    world
}

/// A: an update that only takes away makes no item; one that does nothing does.
#[tokio::test]
async fn updates_that_make_no_item() {
    let world = world().await;
    let key = json!({"p": s("a")});
    let set = json!({":s": {"SS": ["x"]}});
    for (update, makes_one) in [
        (json!({"UpdateExpression": "REMOVE x"}), false),
        (json!({"UpdateExpression": "REMOVE x.y, z[0]"}), false),
        (
            json!({"UpdateExpression": "DELETE x :s", "ExpressionAttributeValues": set}),
            false,
        ),
        (
            json!({"AttributeUpdates": {"x": {"Action": "DELETE"}}}),
            false,
        ),
        (
            json!({"AttributeUpdates": {"x": {"Action": "DELETE", "Value": {"SS": ["x"]}}}}),
            false,
        ),
        (json!({}), true),
        (json!({"AttributeUpdates": {}}), true),
        (
            json!({"UpdateExpression": "REMOVE x ADD y :s", "ExpressionAttributeValues": set}),
            true,
        ),
    ] {
        let base = json!({"TableName": "hash", "Key": key, "ReturnValues": "ALL_NEW"});
        let answer = world.ok("UpdateItem", with(base, update.clone())).await;
        assert_eq!(answer["Attributes"].is_null(), !makes_one, "{update}");
        let got = world
            .ok("GetItem", json!({"TableName": "hash", "Key": key}))
            .await;
        assert_eq!(got["Item"].is_null(), !makes_one, "{update}");
        world
            .ok("DeleteItem", json!({"TableName": "hash", "Key": key}))
            .await;
    }
}

/// A: keys of indexes keep to the limits of keys, and items that were there before are passed over.
#[tokio::test]
async fn long_index_keys() {
    let world = world().await;
    let long = |bytes: usize| s(&"x".repeat(bytes));
    let put = |item: Value| json!({"TableName": "indexed", "Item": item});
    world
        .ok(
            "PutItem",
            put(json!({"p": s("a"), "g": long(2048), "h": long(1024)})),
        )
        .await;
    for (item, limit) in [
        (json!({"p": s("b"), "g": long(2049)}), "2048 bytes"),
        (json!({"p": s("b"), "h": long(1025)}), "1024 bytes"),
        (json!({"p": s("b"), "h": long(300_000)}), "1024 bytes"),
    ] {
        let refusal = world.refused("PutItem", put(item)).await;
        assert_eq!(refusal.code, "ValidationException");
        assert!(refusal.message.ends_with(limit), "{}", refusal.message);
    }
}

/// A: what is wrong with an index key is worded by how it was written.
#[tokio::test]
async fn index_keys_of_another_type() {
    let world = world().await;
    let key = json!({"TableName": "indexed", "Key": {"p": s("a")}});
    let mismatch = "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: by_g";
    let unsupported =
        "The update expression attempted to update the secondary index key to unsupported type";
    for (update, message) in [
        (
            json!({"AttributeUpdates": {"g": {"Value": n(1)}}}),
            mismatch,
        ),
        (
            json!({"UpdateExpression": "SET g = :n", "ExpressionAttributeValues": {":n": n(1)}}),
            mismatch,
        ),
        (
            json!({"UpdateExpression": "ADD g :n", "ExpressionAttributeValues": {":n": n(1)}}),
            unsupported,
        ),
    ] {
        let refusal = world.refused("UpdateItem", with(key.clone(), update)).await;
        assert_eq!(refusal.message, message);
    }
}

/// A: the words of refusals.
#[tokio::test]
async fn refusals() {
    let world = world().await;
    let update = |expression: &str, values: Value| {
        json!({
            "TableName": "hash", "Key": {"p": s("a")}, "UpdateExpression": expression,
            "ExpressionAttributeValues": values,
        })
    };
    let overflow =
        "Number overflow. Attempting to store a number with magnitude larger than supported range";
    let number = |text: &str| json!({"N": text});
    let enveloped = |message: &str| format!("1 validation error detected: {message}");
    let definition = |kind: &str| json!({"AttributeName": "xyz", "AttributeType": kind});
    for (operation, input, message) in [
        (
            "UpdateItem",
            update("SET x = :a + :b", json!({":a": number("1e50"), ":b": number("1")})),
            overflow.to_owned(),
        ),
        (
            "UpdateItem",
            update("SET x = :a - :b", json!({":a": number("9e125"), ":b": number("-9e125")})),
            overflow.to_owned(),
        ),
        (
            "UpdateItem",
            update("SET _123 = :v", json!({":v": n(1)})),
            enveloped("Invalid UpdateExpression: Syntax error; token: \"_\", near: \"SET _123\""),
        ),
        (
            "UpdateItem",
            update(
                "SET a = list_append(list_append(:v, :v), :v)",
                json!({":v": {"L": []}}),
            ),
            enveloped(
                "Invalid UpdateExpression: The function is not allowed to be used this way in an expression; function: list_append",
            ),
        ),
        (
            "Query",
            json!({
                "TableName": "hash", "KeyConditionExpression": "p = :p",
                "ExpressionAttributeValues": {":p": s("a")}, "ExclusiveStartKey": {"p": s("a")},
            }),
            "The provided exclusive start key is invalid: ExclusiveStartKey: {p=AttributeValue: {S:a}}"
                .to_owned(),
        ),
        (
            "CreateTable",
            json!({
                "TableName": "new", "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [definition("S"), definition("N")],
                "KeySchema": [{"AttributeName": "xyz", "KeyType": "HASH"}],
            }),
            "Attribute Name is duplicated: xyz".to_owned(),
        ),
        (
            "TagResource",
            json!({"ResourceArn": "not-an-arn", "Tags": [{"Key": "a", "Value": "b"}]}),
            "One or more parameter values were invalid: ARNs must start with 'arn:': not-an-arn"
                .to_owned(),
        ),
        (
            "DescribeTable",
            json!({"TableName": "arn:aws:dynamodb:eu-west-1:000000000000:table/hash"}),
            enveloped("Invalid AWS region in 'arn:aws:dynamodb:eu-west-1:000000000000:table/hash'"),
        ),
    ] {
        let refusal = world.refused(operation, input).await;
        assert_eq!((&*refusal.code, &*refusal.message), ("ValidationException", &*message));
    }
}

/// A: nothing behind the first action that cannot be located is looked at.
#[tokio::test]
async fn transactions_end_at_the_first_invalid_action() {
    let world = world().await;
    let put = |p: Value| json!({"Put": {"TableName": "hash", "Item": {"p": p}}});
    let failing = json!({"Put": {
        "TableName": "hash", "Item": {"p": s("b")}, "ConditionExpression": "attribute_exists(p)",
    }});
    let input = json!({"TransactItems": [put(s("a")), put(n(7)), put(n(8)), failing]});
    let refusal = world.refused("TransactWriteItems", input).await;
    let reasons = refusal.body["CancellationReasons"].as_array().unwrap();
    let codes: Vec<_> = reasons
        .iter()
        .map(|r| r["Code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["None", "ValidationError", "None", "None"]);
}

/// R: how large a transaction may be.
#[tokio::test]
async fn large_transactions() {
    let world = world().await;
    let items = (0..50).map(|i| {
        let item = json!({"p": s(&format!("{i:02}")), "x": s(&"x".repeat(100_000))});
        json!({"Put": {"TableName": "hash", "Item": item}})
    });
    let input = json!({"TransactItems": items.collect::<Vec<_>>()});
    let refusal = world.refused("TransactWriteItems", input).await;
    assert_eq!(
        refusal.message,
        "Transaction payload size cannot exceed 4MB. Payload Size: : Transaction payload size cannot exceed 4MB. Payload Size: 5000200"
    );
}

/// A: unlike NE, NOT_CONTAINS does not hold for an attribute that is not there.
#[tokio::test]
async fn not_contains_wants_the_attribute() {
    let world = world().await;
    let expected = |operator: &str| {
        json!({
            "TableName": "hash", "Item": {"p": s("a")},
            "Expected": {"q": {"ComparisonOperator": operator, "AttributeValueList": [s("x")]}},
        })
    };
    let refusal = world.refused("PutItem", expected("NOT_CONTAINS")).await;
    assert_eq!(refusal.code, "ConditionalCheckFailedException");
    world.ok("PutItem", expected("NE")).await;
}

/// Y: what is reported first of several things that are wrong with a query: the table, the index,
/// the starting key, then the key condition, attribute by attribute.
#[tokio::test]
async fn several_faults_of_a_query() {
    let world = World::new();
    world.indexed_table("two").await;
    world.table("hash", None).await;
    let null = |name: &str| json!({"KeyConditions": {name: {"ComparisonOperator": "NULL"}}});
    let equal = |name: &str, operator: &str, value: Value| json!({"KeyConditions": {name: {"ComparisonOperator": operator, "AttributeValueList": [value]}}});
    let start = |start: Value| json!({"ExclusiveStartKey": start});
    for (table, more, message) in [
        ("none", null("z"), "Requested resource not found"),
        (
            "two",
            with(null("z"), json!({"IndexName": "none"})),
            "The table does not have the specified index: none",
        ),
        (
            "two",
            with(
                null("z"),
                json!({"IndexName": "all", "ConsistentRead": true}),
            ),
            "Consistent reads are not supported on global secondary indexes",
        ),
        (
            "two",
            with(null("z"), start(json!({"p": s("a")}))),
            "The provided starting key is invalid",
        ),
        (
            "two",
            with(null("p"), start(json!({"p": s("a"), "s": n(1)}))),
            "The provided key element does not match the schema",
        ),
        (
            "two",
            null("z"),
            "Query condition missed key schema element: p",
        ),
        (
            "two",
            null("p"),
            "Attempted conditional constraint is not an indexable operation",
        ),
        (
            "hash",
            equal("p", "NE", s("a")),
            "Attempted conditional constraint is not an indexable operation",
        ),
        (
            "hash",
            equal("p", "GT", n(1)),
            "One or more parameter values were invalid: Condition parameter type does not match schema type",
        ),
        (
            "hash",
            equal("p", "GT", s("a")),
            "Query key condition not supported",
        ),
    ] {
        let input = with(json!({"TableName": table}), more);
        let refusal = world.refused("Query", input.clone()).await;
        assert_eq!(refusal.message, message, "{input}");
    }
}

/// Y: starting keys that are not ones, of reads of an index.
#[tokio::test]
async fn starting_keys_of_an_index() {
    let world = World::new();
    world.indexed_table("two").await;
    let query = json!({
        "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": {":g": s("b")},
    });
    let of_table =
        "The provided starting key is invalid: The provided key element does not match the schema";
    let outside =
        "The provided starting key is outside query boundaries based on provided conditions";
    for (operation, start, message) in [
        (
            "Query",
            json!({"g": s("a")}),
            "The provided starting key is invalid",
        ),
        (
            "Query",
            json!({"p": s("a"), "s": s("a"), "x": s("a")}),
            "The provided starting key is invalid",
        ),
        (
            "Query",
            json!({"p": s("a"), "s": s("a"), "g": n(1)}),
            "The provided key element does not match the schema",
        ),
        (
            "Query",
            json!({"x": s("a"), "y": s("a"), "g": s("a")}),
            of_table,
        ),
        (
            "Query",
            json!({"p": s("a"), "s": n(1), "g": s("a")}),
            of_table,
        ),
        (
            "Query",
            json!({"p": s("a"), "s": s("a"), "g": s("a")}),
            outside,
        ),
        (
            "Scan",
            json!({"g": s("a")}),
            "The provided starting key is invalid",
        ),
        (
            "Scan",
            json!({"p": n(1), "x": s("1"), "g": n(1)}),
            "The provided key element does not match the schema",
        ),
        (
            "Scan",
            json!({"x": s("a"), "y": s("a"), "g": s("a")}),
            of_table,
        ),
    ] {
        let base = json!({"TableName": "two", "IndexName": "all", "ExclusiveStartKey": start});
        let input = match operation {
            "Query" => with(base, query.clone()),
            _ => base,
        };
        let refusal = world.refused(operation, input.clone()).await;
        assert_eq!(refusal.message, message, "{operation} {input}");
    }
}
