use super::*;

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/abc";

fn policy(effect: &str, principal: Value, action: &str) -> String {
    json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": effect, "Principal": principal, "Action": action, "Resource": ARN}],
    })
    .to_string()
}

async fn put(world: &World, document: &str, more: Value) -> Result<String, Refusal> {
    let mut input = json!({"ResourceArn": ARN, "Policy": document});
    input
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let answer = world.ask("PutResourcePolicy", input).await?;
    Ok(answer["RevisionId"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_life_of_a_policy() {
    let world = World::new();
    world.table("abc", None).await;
    let arn = json!({"ResourceArn": ARN});
    let refusal = world.refused("GetResourcePolicy", arn.clone()).await;
    assert_eq!(refusal.code, "PolicyNotFoundException");
    let gone = world.ok("DeleteResourcePolicy", arn.clone()).await;
    assert_eq!(gone, json!({"RevisionId": ""}));

    let document = policy("Allow", json!("*"), "dynamodb:GetItem");
    let first = put(
        &world,
        &document,
        json!({"ExpectedRevisionId": "NO_POLICY"}),
    )
    .await
    .unwrap();
    assert_eq!(put(&world, &document, json!({})).await.unwrap(), first);
    let answer = world.ok("GetResourcePolicy", arn.clone()).await;
    assert_eq!(answer, json!({"Policy": document, "RevisionId": first}));
    let other = policy("Allow", json!("*"), "dynamodb:PutItem");
    for expected in ["NO_POLICY", "1"] {
        let more = json!({"ExpectedRevisionId": expected});
        let refusal = put(&world, &other, more).await.unwrap_err();
        assert_eq!(refusal.code, "PolicyNotFoundException", "{expected}");
    }
    let second = put(&world, &other, json!({"ExpectedRevisionId": first}))
        .await
        .unwrap();
    assert_ne!(first, second);
    let input = json!({"ResourceArn": ARN, "ExpectedRevisionId": first});
    let refusal = world.refused("DeleteResourcePolicy", input).await;
    assert_eq!(refusal.code, "PolicyNotFoundException");
    let gone = world.ok("DeleteResourcePolicy", arn.clone()).await;
    assert_eq!(gone, json!({"RevisionId": second}));
}

#[tokio::test]
async fn what_no_policy_is_or_may_be() {
    let world = World::new();
    world.table("abc", None).await;
    for (document, message) in [
        ("{", "This policy contains invalid Json"),
        ("{}", "Missing required field Statement"),
    ] {
        let refusal = put(&world, document, json!({})).await.unwrap_err();
        assert_eq!(refusal.code, "ValidationException");
        let expected = format!(
            "One or more parameter values were invalid: Invalid policy document: {message}"
        );
        assert_eq!(refusal.message, expected);
    }
    let lockout = policy("Deny", json!("*"), "dynamodb:*");
    let refusal = put(&world, &lockout, json!({})).await.unwrap_err();
    assert_eq!(refusal.code, "ValidationException");
    let confirmed = json!({"ConfirmRemoveSelfResourceAccess": true});
    assert!(put(&world, &lockout, confirmed).await.is_ok());
    let input = json!({"ResourceArn": format!("{ARN}x")});
    let refusal = world.refused("GetResourcePolicy", input).await;
    assert_eq!(refusal.code, "ResourceNotFoundException");
}

/// Which operations come with the policy of what they are about.
#[tokio::test]
async fn policies_reach_the_gate() {
    let world = World::new();
    let input = json!({
        "TableName": "abc",
        "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "ResourcePolicy": policy("Allow", json!("*"), "dynamodb:GetItem"),
        "StreamSpecification": {"StreamEnabled": true, "StreamViewType": "KEYS_ONLY"},
    });
    let table = world.ok("CreateTable", input).await["TableDescription"].clone();
    let stream = table["LatestStreamArn"].clone();
    let on_stream = async |operation: &str| {
        world.gate.required.lock().clear();
        let _ = world.ask(operation, json!({"StreamArn": stream})).await;
        world.gate.required.lock()[0].resource_policy.is_some()
    };
    assert!(!on_stream("DescribeStream").await);
    let document = policy("Allow", json!("*"), "dynamodb:DescribeStream");
    let input = json!({"ResourceArn": stream, "Policy": document});
    world.ok("PutResourcePolicy", input).await;
    assert!(on_stream("DescribeStream").await);
    let key = json!({"p": s("1")});
    for (operation, input) in [
        ("GetItem", json!({"TableName": "abc", "Key": key})),
        ("PutItem", json!({"TableName": ARN, "Item": key})),
        ("Scan", json!({"TableName": "abc"})),
        ("DescribeTable", json!({"TableName": "abc"})),
        (
            "BatchGetItem",
            json!({"RequestItems": {"abc": {"Keys": [key]}}}),
        ),
        (
            "TransactGetItems",
            json!({"TransactItems": [{"Get": {"TableName": "abc", "Key": key}}]}),
        ),
        ("ListTagsOfResource", json!({"ResourceArn": ARN})),
        ("GetResourcePolicy", json!({"ResourceArn": ARN})),
    ] {
        world.gate.required.lock().clear();
        world.ok(operation, input).await;
        assert!(
            world.gate.required.lock()[0].resource_policy.is_some(),
            "{operation}"
        );
    }
}
