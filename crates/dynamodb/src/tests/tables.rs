use super::*;

fn definition(name: &str) -> Value {
    json!({
        "TableName": name,
        "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    })
}

fn named(name: &str) -> Value {
    json!({"TableName": name})
}

/// How many tables there may be, and what AWS says of one more: "Amazon DynamoDB quotas", and
/// reports of the message when the number was 256.
#[tokio::test]
async fn tables_are_counted() {
    let world = World::new();
    world.ok("CreateTable", definition("one")).await;
    let key = |name: String| {
        let (account, region) = (AccountId::DEFAULT, Region::default_region());
        TableName {
            account,
            region,
            name,
        }
        .key()
    };
    let others = |txn: Txn| async move {
        let record = txn.get(&key("one".to_owned())).await?.unwrap();
        for other in 1..crate::tables::MAX_TABLES {
            txn.put(key(format!("other{other}")), record.clone());
        }
        Ok::<_, kv::Error>(())
    };
    world.store.transact(others).await.unwrap();
    let refusal = world.refused("CreateTable", definition("more")).await;
    assert_eq!(refusal.code, "LimitExceededException");
    assert_eq!(
        refusal.message,
        "Subscriber limit exceeded: There is a limit of 2500 tables per subscriber"
    );
    let refusal = world.refused("CreateTable", definition("one")).await;
    assert_eq!(refusal.code, "ResourceInUseException");
    world.ok("DeleteTable", named("one")).await;
    world.ok("CreateTable", definition("more")).await;
}

#[tokio::test]
async fn the_life_of_a_table() {
    let world = World::new();
    let created = world.ok("CreateTable", definition("life")).await["TableDescription"].clone();
    assert_eq!(
        created,
        json!({
            "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
            "TableName": "life",
            "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
            "TableStatus": "CREATING",
            "CreationDateTime": 1_795_350_247.123,
            "ProvisionedThroughput": {
                "NumberOfDecreasesToday": 0, "ReadCapacityUnits": 5, "WriteCapacityUnits": 6,
            },
            "TableSizeBytes": 0,
            "ItemCount": 0,
            "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/life",
            "TableId": created["TableId"],
            "DeletionProtectionEnabled": false,
        })
    );
    let refusal = world.refused("CreateTable", definition("life")).await;
    assert_eq!(refusal.code, "ResourceInUseException");
    assert_eq!(refusal.message, "Table already exists: life");

    world.put("life", json!({"p": s("a"), "x": n(12345)})).await;
    let table = world.ok("DescribeTable", named("life")).await["Table"].clone();
    assert_eq!(table["TableStatus"], json!("ACTIVE"));
    // p and a, x, and three bytes of digits with one more.
    assert_eq!(
        (&table["ItemCount"], &table["TableSizeBytes"]),
        (&json!(1), &json!(7))
    );
    assert_eq!(
        table["WarmThroughput"],
        json!({"ReadUnitsPerSecond": 5, "WriteUnitsPerSecond": 6, "Status": "ACTIVE"})
    );

    let deleted = world.ok("DeleteTable", named("life")).await["TableDescription"].clone();
    assert_eq!(deleted["TableStatus"], json!("DELETING"));
    assert_eq!(deleted["KeySchema"], Value::Null);
    let refusal = world.refused("DescribeTable", named("life")).await;
    assert_eq!(refusal.code, "ResourceNotFoundException");
    assert_eq!(
        refusal.message,
        "Requested resource not found: Table: life not found"
    );

    // A table of the same name has nothing of the old one.
    world.ok("CreateTable", definition("life")).await;
    let key = json!({"p": s("a")});
    assert_eq!(world.get("life", key.clone()).await, Value::Null);
    world.put("life", key.clone()).await;
    world.service.settle().await.unwrap();
    assert_eq!(world.get("life", key.clone()).await, key);
    let items = kv::key::KeyWriter::new(kv::Space::DynamodbItem).range();
    let mut items = world.store.snapshot().scan(items, kv::Order::Ascending);
    assert!(items.next().await.unwrap().is_some());
    assert!(items.next().await.unwrap().is_none());
}

#[tokio::test]
async fn protected_tables() {
    let world = World::new();
    let mut input = definition("kept");
    input["DeletionProtectionEnabled"] = json!(true);
    world.ok("CreateTable", input).await;
    assert_eq!(
        world.refused("DeleteTable", named("kept")).await.message,
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    );
    let input = json!({"TableName": "kept", "DeletionProtectionEnabled": false});
    world.ok("UpdateTable", input).await;
    world.ok("DeleteTable", named("kept")).await;
}

#[tokio::test]
async fn lists_of_tables() {
    let world = World::new();
    for name in ["b.1", "b-1", "abc", "B_1"] {
        world.ok("CreateTable", definition(name)).await;
    }
    let all = json!({"TableNames": ["B_1", "abc", "b-1", "b.1"]});
    assert_eq!(world.ok("ListTables", json!({})).await, all);
    assert_eq!(
        world.ok("ListTables", json!({"Limit": 2})).await,
        json!({"TableNames": ["B_1", "abc"], "LastEvaluatedTableName": "abc"})
    );
    let input = json!({"Limit": 2, "ExclusiveStartTableName": "abc"});
    assert_eq!(
        world.ok("ListTables", input).await,
        json!({"TableNames": ["b-1", "b.1"]})
    );
    let input = json!({"ExclusiveStartTableName": "abb"});
    let names = world.ok("ListTables", input).await["TableNames"].clone();
    assert_eq!(names, json!(["abc", "b-1", "b.1"]));
}

#[tokio::test]
async fn throughput_and_billing() {
    let world = World::new();
    world.ok("CreateTable", definition("pay")).await;
    let update = |more: Value| {
        let mut input = named("pay");
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let throughput = |read: i64, write: i64| json!({"ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}});
    let answer = world.ok("UpdateTable", update(throughput(7, 6))).await;
    let shown = &answer["TableDescription"]["ProvisionedThroughput"];
    assert_eq!(shown["ReadCapacityUnits"], json!(5));
    let table = world.ok("DescribeTable", named("pay")).await["Table"].clone();
    assert_eq!(
        table["ProvisionedThroughput"]["ReadCapacityUnits"],
        json!(7)
    );
    assert_eq!(
        world
            .refused("UpdateTable", update(throughput(7, 6)))
            .await
            .message,
        "The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: 7. Requested ReadCapacityUnits: 7. Current WriteCapacityUnits provisioned for the table: 6. Requested WriteCapacityUnits: 6. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    );
    world
        .ok(
            "UpdateTable",
            update(json!({"BillingMode": "PAY_PER_REQUEST"})),
        )
        .await;
    let table = world.ok("DescribeTable", named("pay")).await["Table"].clone();
    assert_eq!(
        table["BillingModeSummary"]["BillingMode"],
        json!("PAY_PER_REQUEST")
    );
    assert_eq!(
        table["ProvisionedThroughput"]["ReadCapacityUnits"],
        json!(0)
    );
    assert_eq!(table["WarmThroughput"]["ReadUnitsPerSecond"], json!(12_000));
    assert_eq!(
        world
            .refused("UpdateTable", update(json!({"BillingMode": "PROVISIONED"})))
            .await
            .message,
        "One or more parameter values were invalid: ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
    );
    assert!(
        world
            .refused("UpdateTable", named("pay"))
            .await
            .message
            .starts_with("At least one of")
    );
}

/// What is provisioned is so for each index too: reports of the service's answers.
#[tokio::test]
async fn indexes_are_provisioned_with_their_table() {
    let world = World::new();
    world.indexed_table("two").await;
    let units = json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1});
    let index = |name: &str| json!({"Update": {"IndexName": name, "ProvisionedThroughput": units}});
    let ceiling =
        json!({"Update": {"IndexName": "all", "OnDemandThroughput": {"MaxReadRequestUnits": 9}}});
    let update = |more: Value| with(named("two"), more);
    let ceiling = json!({"GlobalSecondaryIndexUpdates": [ceiling]});
    world.ok("UpdateTable", update(ceiling)).await;

    let provisioned = json!({"BillingMode": "PROVISIONED", "ProvisionedThroughput": units});
    let refusal = world
        .refused("UpdateTable", update(provisioned.clone()))
        .await;
    let prefix = "One or more parameter values were invalid: ProvisionedThroughput must be specified for index: ";
    assert_eq!(refusal.message, format!("{prefix}all"));
    let some = with(
        provisioned.clone(),
        json!({"GlobalSecondaryIndexUpdates": [index("all")]}),
    );
    let refusal = world.refused("UpdateTable", update(some)).await;
    assert_eq!(refusal.message, format!("{prefix}keys"));
    let both = json!({"GlobalSecondaryIndexUpdates": [index("all"), index("keys")]});
    world
        .ok("UpdateTable", update(with(provisioned, both)))
        .await;
    let table = world.ok("DescribeTable", named("two")).await["Table"].clone();
    for index in table["GlobalSecondaryIndexes"].as_array().unwrap() {
        assert_eq!(
            index["ProvisionedThroughput"]["ReadCapacityUnits"],
            json!(1)
        );
        assert_eq!(index["OnDemandThroughput"], Value::Null);
    }
}

/// What is asked for in advance is no less than what there is anyway: reports of the service's
/// answers.
#[tokio::test]
async fn warm_throughput_is_no_less_than_there_is() {
    let world = World::new();
    let warm = |read: i64, write: i64| json!({"WarmThroughput": {"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write}});
    for (read, write, refusal) in [
        (
            4,
            6,
            Some(
                "ReadUnitsPerSecond for WarmThroughput for table is lower than ReadCapacityUnits of ProvisionedThroughput",
            ),
        ),
        (
            5,
            5,
            Some(
                "WriteUnitsPerSecond for WarmThroughput for table is lower than WriteCapacityUnits of ProvisionedThroughput",
            ),
        ),
        (5, 6, None),
    ] {
        let input = with(definition("warm"), warm(read, write));
        let answer = world.ask("CreateTable", input).await;
        let refusal = refusal
            .map(|words| format!("One or more parameter values were invalid: Requested {words}"));
        assert_eq!(answer.err().map(|refusal| refusal.message), refusal);
    }
}

#[tokio::test]
async fn time_to_live() {
    let world = World::new();
    world.ok("CreateTable", definition("ttl")).await;
    let described = async || {
        let answer = world.ok("DescribeTimeToLive", named("ttl")).await;
        answer["TimeToLiveDescription"].clone()
    };
    let update = |enabled: bool, attribute: &str| {
        let specification = json!({"Enabled": enabled, "AttributeName": attribute});
        json!({"TableName": "ttl", "TimeToLiveSpecification": specification})
    };
    assert_eq!(described().await, json!({"TimeToLiveStatus": "DISABLED"}));
    assert_eq!(
        world
            .refused("UpdateTimeToLive", update(false, "at"))
            .await
            .message,
        "TimeToLive is already disabled"
    );
    world.ok("UpdateTimeToLive", update(true, "at")).await;
    let enabled = json!({"TimeToLiveStatus": "ENABLED", "AttributeName": "at"});
    assert_eq!(described().await, enabled);
    assert_eq!(
        world
            .refused("UpdateTimeToLive", update(true, "at"))
            .await
            .message,
        "TimeToLive is already enabled"
    );
    world.ok("UpdateTimeToLive", update(false, "at")).await;
    assert_eq!(described().await, json!({"TimeToLiveStatus": "DISABLED"}));
}

#[tokio::test]
async fn tags() {
    let world = World::new();
    let mut input = definition("tagged");
    input["Tags"] = json!([{"Key": "a", "Value": "1"}]);
    world.ok("CreateTable", input).await;
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/tagged";
    let tags = async || {
        world
            .ok("ListTagsOfResource", json!({"ResourceArn": arn}))
            .await["Tags"]
            .clone()
    };
    let more = json!([{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}]);
    world
        .ok("TagResource", json!({"ResourceArn": arn, "Tags": more}))
        .await;
    assert_eq!(
        tags().await,
        json!([{"Key": "a", "Value": "3"}, {"Key": "b", "Value": "2"}])
    );
    world
        .ok(
            "UntagResource",
            json!({"ResourceArn": arn, "TagKeys": ["a", "none"]}),
        )
        .await;
    assert_eq!(tags().await, json!([{"Key": "b", "Value": "2"}]));
    let refusal = world
        .refused(
            "ListTagsOfResource",
            json!({"ResourceArn": format!("{arn}x")}),
        )
        .await;
    assert_eq!(refusal.code, "AccessDeniedException");
}

#[tokio::test]
async fn what_is_not_built_is_refused_by_name() {
    let world = World::new();
    let mut input = definition("policy");
    input["GlobalTableSourceArn"] = json!("arn:aws:dynamodb:us-east-1:000000000000:table/other");
    let refusal = world.refused("CreateTable", input).await;
    assert_eq!(
        refusal.message,
        "CreateTable with GlobalTableSourceArn is not implemented"
    );
}
