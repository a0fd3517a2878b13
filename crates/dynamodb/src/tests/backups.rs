use super::*;

/// Makes a backup, and answers its ARN once it is complete.
pub async fn back_up(world: &World, table: &str, name: &str) -> String {
    let input = json!({"TableName": table, "BackupName": name});
    let details = world.ok("CreateBackup", input).await["BackupDetails"].clone();
    assert_eq!(details["BackupStatus"], json!("CREATING"));
    world.service.settle().await.unwrap();
    details["BackupArn"].as_str().unwrap().to_owned()
}

/// The items of a table, sorted.
pub async fn items(world: &World, table: &str) -> Vec<String> {
    let answer = world.ok("Scan", json!({"TableName": table})).await;
    let items = answer["Items"].as_array().unwrap();
    let mut items: Vec<String> = items.iter().map(Value::to_string).collect();
    items.sort();
    items
}

async fn described(world: &World, arn: &str) -> Value {
    let answer = world.ok("DescribeBackup", json!({"BackupArn": arn})).await;
    answer["BackupDescription"].clone()
}

#[tokio::test]
async fn the_life_of_a_backup() {
    let world = World::new();
    world.indexed_table("abc").await;
    let item = json!({"p": s("1"), "s": s("1"), "g": s("g"), "l": s("l")});
    world.put("abc", item.clone()).await;
    let input = json!({"TableName": "abc", "BackupName": "first"});
    let details = world.ok("CreateBackup", input).await["BackupDetails"].clone();
    let arn = details["BackupArn"].as_str().unwrap().to_owned();
    assert_eq!(details["BackupType"], json!("USER"));
    let refusal = world
        .refused("DeleteBackup", json!({"BackupArn": arn}))
        .await;
    assert_eq!(refusal.code, "BackupInUseException");

    // What is written before the copy is made does not count.
    world.put("abc", json!({"p": s("2"), "s": s("2")})).await;
    let key = json!({"p": s("1"), "s": s("1")});
    world
        .ok("DeleteItem", json!({"TableName": "abc", "Key": key}))
        .await;
    world.service.settle().await.unwrap();

    let description = described(&world, &arn).await;
    assert_eq!(
        description["BackupDetails"]["BackupStatus"],
        json!("AVAILABLE")
    );
    let table = &description["SourceTableDetails"];
    assert_eq!(
        (&table["ItemCount"], &table["BillingMode"]),
        (&json!(1), &json!("PAY_PER_REQUEST"))
    );
    let features = &description["SourceTableFeatureDetails"];
    assert_eq!(
        features["GlobalSecondaryIndexes"].as_array().unwrap().len(),
        2
    );

    let input = json!({"TargetTableName": "new", "BackupArn": arn});
    let table = world.ok("RestoreTableFromBackup", input.clone()).await["TableDescription"].clone();
    assert_eq!(table["TableStatus"], json!("CREATING"));
    assert_eq!(table["RestoreSummary"]["SourceBackupArn"], json!(arn));
    assert_eq!(table["RestoreSummary"]["RestoreInProgress"], json!(true));
    let refusal = world.refused("RestoreTableFromBackup", input.clone()).await;
    assert_eq!(refusal.code, "TableInUseException");
    for (operation, input) in [
        ("Scan", json!({"TableName": "new"})),
        ("PutItem", json!({"TableName": "new", "Item": item})),
    ] {
        let refusal = world.refused(operation, input).await;
        assert_eq!(refusal.code, "ResourceNotFoundException", "{operation}");
    }
    let refusal = world
        .refused("DeleteTable", json!({"TableName": "new"}))
        .await;
    assert_eq!(refusal.code, "ResourceInUseException");
    world.service.settle().await.unwrap();

    assert_eq!(items(&world, "new").await, [item.to_string()]);
    let query = json!({
        "TableName": "new", "IndexName": "all",
        "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": {":g": s("g")},
    });
    assert_eq!(world.ok("Query", query).await["Count"], json!(1));
    let table = world.ok("DescribeTable", json!({"TableName": "new"})).await["Table"].clone();
    assert_eq!(table["TableStatus"], json!("ACTIVE"));
    assert_eq!(table["RestoreSummary"]["RestoreInProgress"], json!(false));
    let refusal = world.refused("RestoreTableFromBackup", input).await;
    assert_eq!(refusal.code, "TableAlreadyExistsException");
    assert_eq!(refusal.message, "Table already exists: new");

    let deleted = world.ok("DeleteBackup", json!({"BackupArn": arn})).await;
    assert_eq!(
        deleted["BackupDescription"]["BackupDetails"]["BackupStatus"],
        json!("DELETED")
    );
    let refusal = world
        .refused("DescribeBackup", json!({"BackupArn": arn}))
        .await;
    assert_eq!(refusal.code, "BackupNotFoundException");
    assert_eq!(refusal.message, format!("Backup not found: {arn}"));
}

#[tokio::test]
async fn a_backup_outlives_its_table_and_leaves_nothing_behind() {
    let world = World::new();
    world.table("abc", None).await;
    world.put("abc", json!({"p": s("1")})).await;
    let arn = back_up(&world, "abc", "kept").await;
    world.ok("DeleteTable", json!({"TableName": "abc"})).await;
    world.service.settle().await.unwrap();
    let input = json!({"TargetTableName": "abc", "BackupArn": arn});
    world.ok("RestoreTableFromBackup", input).await;
    world.service.settle().await.unwrap();
    assert_eq!(
        items(&world, "abc").await,
        [json!({"p": s("1")}).to_string()]
    );

    world.ok("DeleteTable", json!({"TableName": "abc"})).await;
    world.ok("DeleteBackup", json!({"BackupArn": arn})).await;
    world.service.settle().await.unwrap();
    for space in [kv::Space::DynamodbItem, kv::Space::DynamodbHistory] {
        let range = kv::key::KeyWriter::new(space).range();
        let mut left = world.store.snapshot().scan(range, kv::Order::Ascending);
        assert!(left.next().await.unwrap().is_none(), "{space:?}");
    }
}

#[tokio::test]
async fn backups_are_listed() {
    let world = World::new();
    for table in ["abc", "def"] {
        world.table(table, None).await;
        for name in ["one", "two"] {
            back_up(&world, table, name).await;
            world.clock.advance(std::time::Duration::from_secs(1));
        }
    }
    let names = |answer: &Value| -> Vec<String> {
        let summaries = answer["BackupSummaries"].as_array().unwrap();
        let name = |summary: &Value| {
            let text = |member: &str| summary[member].as_str().unwrap().to_owned();
            format!("{}-{}", text("TableName"), text("BackupName"))
        };
        summaries.iter().map(name).collect()
    };
    let all = world.ok("ListBackups", json!({})).await;
    assert_eq!(names(&all), ["abc-one", "abc-two", "def-one", "def-two"]);
    let first = world.ok("ListBackups", json!({"Limit": 3})).await;
    assert_eq!(names(&first).len(), 3);
    let start = &first["LastEvaluatedBackupArn"];
    let rest = world
        .ok("ListBackups", json!({"ExclusiveStartBackupArn": start}))
        .await;
    assert_eq!(names(&rest), ["def-two"]);
    assert_eq!(rest["LastEvaluatedBackupArn"], Value::Null);
    let start_s = NOW.as_secs();
    for (input, expected) in [
        (json!({"TableName": "def"}), vec!["def-one", "def-two"]),
        (json!({"BackupType": "SYSTEM"}), vec![]),
        (
            json!({"BackupType": "ALL", "TableName": "abc"}),
            vec!["abc-one", "abc-two"],
        ),
        (json!({"TimeRangeLowerBound": start_s + 3}), vec!["def-two"]),
        (json!({"TimeRangeUpperBound": start_s + 1}), vec!["abc-one"]),
        (json!({"TableName": "none"}), vec![]),
    ] {
        assert_eq!(
            names(&world.ok("ListBackups", input.clone()).await),
            expected,
            "{input}"
        );
    }
}

#[tokio::test]
async fn a_table_is_restored_otherwise() {
    let world = World::new();
    world.indexed_table("abc").await;
    let arn = back_up(&world, "abc", "kept").await;
    let key = |partition: &str| json!([{"AttributeName": partition, "KeyType": "HASH"}]);
    let all = json!({"ProjectionType": "ALL"});
    let restore = async |name: &str, more: Value| {
        let mut input = json!({"TargetTableName": name, "BackupArn": arn});
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        world.ask("RestoreTableFromBackup", input).await
    };
    let units = json!({"ReadCapacityUnits": 3, "WriteCapacityUnits": 4});
    let table = restore(
        "one",
        json!({
            "BillingModeOverride": "PROVISIONED",
            "ProvisionedThroughputOverride": units,
            "LocalSecondaryIndexOverride": [],
            "GlobalSecondaryIndexOverride": [
                {"IndexName": "renamed", "KeySchema": key("g"), "Projection": all, "ProvisionedThroughput": units},
            ],
            "SSESpecificationOverride": {"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": "alias/mine"},
        }),
    )
    .await
    .unwrap()["TableDescription"]
        .clone();
    assert_eq!(
        table["ProvisionedThroughput"]["WriteCapacityUnits"],
        json!(4)
    );
    assert_eq!(table["GlobalSecondaryIndexes"].as_array().unwrap().len(), 1);
    assert_eq!(
        table["GlobalSecondaryIndexes"][0]["IndexName"],
        json!("renamed")
    );
    assert_eq!(table["LocalSecondaryIndexes"], Value::Null);
    assert_eq!(table["AttributeDefinitions"].as_array().unwrap().len(), 3);
    assert!(
        table["SSEDescription"]["KMSMasterKeyArn"]
            .as_str()
            .unwrap()
            .ends_with("alias/mine")
    );
    // As AWS's controller for Kubernetes has recorded it: findings DDB-TABLE-273 and 280.
    for (more, message) in [
        (
            json!({"BillingModeOverride": "PROVISIONED"}),
            "Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED",
        ),
        (
            json!({"BillingModeOverride": "PAY_PER_REQUEST", "ProvisionedThroughputOverride": units}),
            "Cannot override ProvisionedThroughput if BillingMode is overridden to PAY_PER_REQUEST",
        ),
        (
            json!({"ProvisionedThroughputOverride": units}),
            "Cannot override ProvisionedThroughput unless BillingMode is PROVISIONED",
        ),
        (
            json!({"GlobalSecondaryIndexOverride": [{"IndexName": "all", "KeySchema": key("l"), "Projection": all}]}),
            "Index all does not match a secondary index that existed in the source table and cannot be created during the restore operation",
        ),
    ] {
        let refusal = restore("two", more.clone()).await.unwrap_err();
        assert_eq!(refusal.code, "ValidationException", "{more}");
        assert_eq!(refusal.message, format!("Invalid Request: {message}"));
    }
}

#[tokio::test]
async fn what_is_not_there() {
    let world = World::new();
    let refusal = world
        .refused(
            "CreateBackup",
            json!({"TableName": "none", "BackupName": "one"}),
        )
        .await;
    assert_eq!(refusal.code, "TableNotFoundException");
    assert_eq!(refusal.message, "Table not found: none");
    let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/abc/backup/01489602797149-73d8d5bc";
    for (operation, input) in [
        ("DescribeBackup", json!({"BackupArn": arn})),
        ("DeleteBackup", json!({"BackupArn": arn})),
        (
            "RestoreTableFromBackup",
            json!({"BackupArn": arn, "TargetTableName": "abc"}),
        ),
    ] {
        let refusal = world.refused(operation, input).await;
        assert_eq!(refusal.code, "BackupNotFoundException", "{operation}");
    }
}
