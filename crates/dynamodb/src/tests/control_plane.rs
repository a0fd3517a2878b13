//! What the service says of requests about tables, as AWS's controller for Kubernetes has recorded
//! it in October 2026: the findings in `docs/api-quirks` of its repository, named beside the cases.

use super::*;

const ARN: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/two";
const INVALID: &str = "One or more parameter values were invalid: ";

/// Refused with `message`, behind `One or more parameter values were invalid: ` if that is `~`.
#[track_caller]
fn check(refusal: &Refusal, input: &Value, message: &str) {
    let message = message.replacen('~', INVALID, 1);
    assert_eq!(refusal.message, message, "{input}");
}

fn attribute(name: &str) -> Value {
    json!({"AttributeName": name, "AttributeType": "S"})
}

fn key(name: &str) -> Value {
    json!([{"AttributeName": name, "KeyType": "HASH"}])
}

fn all() -> Value {
    json!({"ProjectionType": "ALL"})
}

/// DDB-TABLE-126, 127, 128 and 442.
#[tokio::test]
async fn new_tables() {
    let world = World::new();
    let base = json!({
        "TableName": "new", "BillingMode": "PAY_PER_REQUEST", "KeySchema": key("p"),
        "AttributeDefinitions": [attribute("p"), attribute("g")],
    });
    let units = json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1});
    let provisioned = json!({"BillingMode": "PROVISIONED", "ProvisionedThroughput": units});
    let index = |more: Value| {
        let index = json!({"IndexName": "idx", "KeySchema": key("g"), "Projection": all()});
        json!({"GlobalSecondaryIndexes": [with(index, more)]})
    };
    let unused = json!({"AttributeDefinitions": [attribute("p"), attribute("g"), attribute("h")]});
    let projection = json!({"Projection": {"ProjectionType": "ALL", "NonKeyAttributes": ["x"]}});
    let repeated =
        json!({"Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["x", "x"]}});
    let ceilings = |units: i64| json!({"OnDemandThroughput": {"MaxReadRequestUnits": units}});
    for (more, message) in [
        (
            with(index(projection), unused),
            "~Some AttributeDefinitions are not used. AttributeDefinitions: [p, h, g], keys used: [p, g]",
        ),
        (index(repeated), "~Duplicate element in NonKeyAttributes: x"),
        (
            with(index(json!({})), provisioned.clone()),
            "~ProvisionedThroughput is not specified for index: idx",
        ),
        (
            index(ceilings(0)),
            "~Requested MaxReadRequestUnits for OnDemandThroughput for index : idx is outside of valid range",
        ),
        (
            with(
                index(with(ceilings(1), json!({"ProvisionedThroughput": units}))),
                provisioned,
            ),
            "~MaxReadRequestUnits for OnDemandThroughput for index: idx cannot be specified when table BillingMode is PROVISIONED.",
        ),
        (
            with(
                index(json!({})),
                json!({"StreamSpecification": {"StreamEnabled": true}}),
            ),
            "~Table is being created with a stream enabled, UpdateViewType is required",
        ),
        (
            with(
                index(json!({})),
                json!({"SSESpecification": {"Enabled": true, "SSEType": "AES256"}}),
            ),
            "~SSEType AES256 is not supported",
        ),
        (
            with(
                index(json!({})),
                json!({"Tags": [{"Key": "aws:x", "Value": "y"}]}),
            ),
            "Tag Key cannot be prefixed with aws:, Key: aws:x",
        ),
    ] {
        let input = with(base.clone(), more);
        let refusal = world.refused("CreateTable", input.clone()).await;
        check(&refusal, &input, message);
    }
}

/// DDB-TABLE-125: what has no order of its own is shown sorted.
#[tokio::test]
async fn attributes_are_sorted() {
    let world = World::new();
    let include = json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["z", "x", "y"]});
    let input = json!({
        "TableName": "new", "BillingMode": "PAY_PER_REQUEST", "KeySchema": key("p"),
        "AttributeDefinitions": [attribute("p"), attribute("g")],
        "GlobalSecondaryIndexes": [{"IndexName": "idx", "KeySchema": key("g"), "Projection": include}],
    });
    let table = world.ok("CreateTable", input).await["TableDescription"].clone();
    assert_eq!(
        table["AttributeDefinitions"],
        json!([attribute("g"), attribute("p")])
    );
    let projection = &table["GlobalSecondaryIndexes"][0]["Projection"];
    assert_eq!(projection["NonKeyAttributes"], json!(["x", "y", "z"]));
}

/// DDB-TABLE-015, 152, 155, 160, 162, 359, 446 and 456, on an on-demand table.
#[tokio::test]
async fn changed_tables() {
    let world = World::new();
    world.indexed_table("two").await;
    let units = json!({"ReadCapacityUnits": 1, "WriteCapacityUnits": 1});
    let index = |update: Value| json!({"GlobalSecondaryIndexUpdates": [update]});
    let update =
        |name: &str, more: Value| index(json!({"Update": with(json!({"IndexName": name}), more)}));
    let create =
        json!({"Create": {"IndexName": "new", "KeySchema": key("x"), "Projection": all()}});
    let only = "~The only Updates for index: all when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput";
    for (more, message) in [
        (
            json!({}),
            "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required",
        ),
        (
            json!({"GlobalSecondaryIndexUpdates": [], "DeletionProtectionEnabled": true}),
            "~List of GlobalSecondaryIndexUpdates is empty",
        ),
        (
            json!({"DeletionProtectionEnabled": true, "TableClass": "STANDARD"}),
            "~TableClass modification must be the only operation in the request",
        ),
        (
            index(create.clone()),
            "~AttributeDefinitions is not specified for index: new",
        ),
        (
            index(json!({"Delete": {"IndexName": "all"}, "Update": {"IndexName": "all"}})),
            "~Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
        ),
        (
            index(json!({"Delete": {"IndexName": "none"}})),
            "Requested resource not found: Index none for table two",
        ),
        (
            index(json!({"Delete": {"IndexName": "local"}})),
            "Cannot delete an index that is not a GlobalSecondaryIndex: local",
        ),
        (
            update("none", json!({})),
            "Requested resource not found: Index none for table two",
        ),
        (update("all", json!({})), only),
        (update("all", json!({"ProvisionedThroughput": units})), only),
        (
            update("all", json!({"WarmThroughput": {}})),
            "~WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: all",
        ),
        (
            update(
                "all",
                json!({"WarmThroughput": {"ReadUnitsPerSecond": 100}}),
            ),
            "~Requested ReadUnitsPerSecond for WarmThroughput for index all is lower than current WarmThroughput, decreasing WarmThroughput is not supported",
        ),
        (
            json!({"WarmThroughput": {"WriteUnitsPerSecond": 100}}),
            "~Requested WriteUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput, decreasing WarmThroughput is not supported",
        ),
        (
            json!({"StreamSpecification": {"StreamEnabled": true}}),
            "~If stream is being enabled then UpdateViewType is required",
        ),
        (
            json!({"SSESpecification": {"Enabled": false}}),
            "~Table is already encrypted by default",
        ),
    ] {
        let input = with(json!({"TableName": "two"}), more);
        let refusal = world.refused("UpdateTable", input.clone()).await;
        check(&refusal, &input, message);
    }
}

/// DDB-TABLE-134: what a table was prepared for once, it stays prepared for.
#[tokio::test]
async fn tables_stay_warm() {
    let world = World::new();
    world.table("hash", None).await;
    let units = |units: i64| json!({"ReadCapacityUnits": units, "WriteCapacityUnits": units});
    let warm = async || {
        let table = world
            .ok("DescribeTable", json!({"TableName": "hash"}))
            .await;
        table["Table"]["WarmThroughput"]["ReadUnitsPerSecond"].clone()
    };
    for (more, expected) in [
        (
            json!({"WarmThroughput": {"ReadUnitsPerSecond": 12_500}}),
            12_500,
        ),
        (
            json!({"BillingMode": "PROVISIONED", "ProvisionedThroughput": units(5)}),
            12_500,
        ),
        (json!({"ProvisionedThroughput": units(13_000)}), 13_000),
        (json!({"ProvisionedThroughput": units(2)}), 13_000),
    ] {
        let input = with(json!({"TableName": "hash"}), more);
        world.ok("UpdateTable", input.clone()).await;
        assert_eq!(warm().await, json!(expected), "{input}");
    }
}

/// DDB-TABLE-017, 018, 148 and 165: what an answer shows of a change that has not happened yet.
#[tokio::test]
async fn answers_show_what_is_changing() {
    let world = World::new();
    world.indexed_table("two").await;
    let update = async |more: Value| {
        let input = with(json!({"TableName": "two"}), more);
        world.ok("UpdateTable", input).await["TableDescription"].clone()
    };
    let status = async |more: Value| update(more).await["TableStatus"].clone();
    for (more, expected) in [
        (json!({"DeletionProtectionEnabled": true}), "ACTIVE"),
        (json!({"SSESpecification": {"Enabled": true}}), "ACTIVE"),
        (
            json!({"OnDemandThroughput": {"MaxReadRequestUnits": 9}}),
            "ACTIVE",
        ),
        (
            json!({"TableClass": "STANDARD_INFREQUENT_ACCESS"}),
            "UPDATING",
        ),
        (json!({"BillingMode": "PAY_PER_REQUEST"}), "UPDATING"),
    ] {
        assert_eq!(status(more.clone()).await, json!(expected), "{more}");
    }
    let dropped = json!({"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "keys"}}]});
    let table = update(dropped).await;
    let indexes = table["GlobalSecondaryIndexes"].as_array().unwrap();
    let index = indexes.iter().find(|index| index["IndexName"] == "keys");
    assert_eq!(index.unwrap()["IndexStatus"], json!("DELETING"));
    let created =
        json!({"Create": {"IndexName": "new", "KeySchema": key("g"), "Projection": all()}});
    let table = update(json!({
        "AttributeDefinitions": [attribute("g")], "GlobalSecondaryIndexUpdates": [created],
    }))
    .await;
    let indexes = table["GlobalSecondaryIndexes"].as_array().unwrap();
    let index = indexes.iter().find(|index| index["IndexName"] == "new");
    assert_eq!(index.unwrap()["Backfilling"], json!(false));
}

/// DDB-TABLE-071, 105, 106 and 107, DDB-BACKUP-013.
#[tokio::test]
async fn tags() {
    let world = World::new();
    world.indexed_table("two").await;
    let tag = |key: &str, value: &str| json!({"Key": key, "Value": value});
    let many: Vec<Value> = (0..51).map(|i| tag(&i.to_string(), "")).collect();
    let long = "k".repeat(129);
    for (tags, message) in [
        (
            json!([tag("AWS:x", "y")]),
            "Tag Key cannot be prefixed with aws:, Key: AWS:x".to_owned(),
        ),
        (
            json!([tag("", "y")]),
            "The Tag Key provided is invalid, Key: ".to_owned(),
        ),
        (
            json!([tag(&long, "y")]),
            format!("The Tag Key provided is invalid, Key: {long}"),
        ),
        (
            json!([tag("a#", "y")]),
            "The Tag Key provided is invalid, Key: a#".to_owned(),
        ),
        (
            json!([tag("a", "y,z")]),
            "The Tag Value provided is invalid, Value: y,z".to_owned(),
        ),
        (
            json!([tag("a", "y"), tag("a", "z")]),
            "Duplicate Tag Keys provided as input: Duplicate Tag Key found a".to_owned(),
        ),
        (
            json!(many),
            "Number of Tags exceed the current limit for the provided ResourceArn".to_owned(),
        ),
    ] {
        let input = json!({"ResourceArn": ARN, "Tags": tags});
        let refusal = world.refused("TagResource", input.clone()).await;
        check(&refusal, &input, &message);
    }
    let untag = json!({"ResourceArn": ARN, "TagKeys": ["aws:x"]});
    let refusal = world.refused("UntagResource", untag.clone()).await;
    check(
        &refusal,
        &untag,
        "Tag Key cannot be prefixed with aws:, Key: aws:x",
    );
    for (rest, message) in [
        (
            "/index/all",
            "~Invalid resource arn provided, only table or stream is accepted. Provided resource arn: ",
        ),
        (
            "/backup/01489602797149-73d8d5bc",
            "~Provided Arn is not a DynamoDB resource arn: ",
        ),
    ] {
        let arn = format!("{ARN}{rest}");
        let message = format!("{message}{arn}");
        for (operation, more) in [
            ("TagResource", json!({"Tags": [tag("a", "b")]})),
            ("GetResourcePolicy", json!({})),
        ] {
            let input = with(json!({"ResourceArn": arn}), more);
            let refusal = world.refused(operation, input.clone()).await;
            check(&refusal, &input, &message);
        }
    }
}

/// DDB-TABLE-084, 100, 146 and 272.
#[tokio::test]
async fn expiry_and_recovery() {
    let world = World::new();
    world.indexed_table("two").await;
    let expiry = |attribute: &str| {
        json!({
            "TableName": "two",
            "TimeToLiveSpecification": {"Enabled": true, "AttributeName": attribute},
        })
    };
    world.ok("UpdateTimeToLive", expiry("at")).await;
    let recovery = |specification: Value| json!({"TableName": "two", "PointInTimeRecoverySpecification": specification});
    let restore = |more: Value| with(json!({"TargetTableName": "new"}), more);
    for (operation, input, message) in [
        (
            "UpdateTimeToLive",
            expiry("at"),
            "TimeToLive is already enabled",
        ),
        (
            "UpdateTimeToLive",
            expiry("other"),
            "TimeToLive is active on a different AttributeName: current AttributeName is at",
        ),
        (
            "UpdateContinuousBackups",
            recovery(json!({"PointInTimeRecoveryEnabled": false, "RecoveryPeriodInDays": 7})),
            "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery.",
        ),
        (
            "RestoreTableToPointInTime",
            restore(json!({"SourceTableName": "two"})),
            "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both",
        ),
        (
            "RestoreTableToPointInTime",
            restore(json!({"SourceTableName": "none", "UseLatestRestorableTime": true})),
            "Table not found: none",
        ),
        (
            "DescribeBackup",
            json!({"BackupArn": ARN}),
            "Invalid Backup ARN",
        ),
    ] {
        let refusal = world.refused(operation, input.clone()).await;
        check(&refusal, &input, message);
    }
}
