use super::*;

#[tokio::test]
async fn kinesis_destinations() {
    let world = World::new();
    world.table("abc", None).await;
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/changes";
    let named = json!({"TableName": "abc", "StreamArn": arn});
    let status = async || {
        let answer = world
            .ok(
                "DescribeKinesisStreamingDestination",
                json!({"TableName": "abc"}),
            )
            .await;
        answer["KinesisDataStreamDestinations"][0]["DestinationStatus"].clone()
    };
    assert_eq!(status().await, Value::Null);
    let answer = world
        .ok("EnableKinesisStreamingDestination", named.clone())
        .await;
    assert_eq!(answer["DestinationStatus"], json!("ENABLING"));
    assert_eq!(status().await, json!("ACTIVE"));
    let refusal = world
        .refused("EnableKinesisStreamingDestination", named.clone())
        .await;
    assert_eq!(refusal.code, "ValidationException");
    let mut update = named.clone();
    update["UpdateKinesisStreamingConfiguration"] =
        json!({"ApproximateCreationDateTimePrecision": "MICROSECOND"});
    world.ok("UpdateKinesisStreamingDestination", update).await;
    let answer = world
        .ok("DisableKinesisStreamingDestination", named.clone())
        .await;
    assert_eq!(answer["DestinationStatus"], json!("DISABLING"));
    assert_eq!(status().await, json!("DISABLED"));
    let refusal = world
        .refused("DisableKinesisStreamingDestination", named)
        .await;
    assert_eq!(refusal.code, "ValidationException");
}

#[tokio::test]
async fn contributor_insights() {
    let world = World::new();
    world.indexed_table("abc").await;
    let describe = async |input: Value| {
        let answer = world.ok("DescribeContributorInsights", input).await;
        answer["ContributorInsightsStatus"].clone()
    };
    assert_eq!(
        describe(json!({"TableName": "abc"})).await,
        json!("DISABLED")
    );
    let enable =
        json!({"TableName": "abc", "IndexName": "all", "ContributorInsightsAction": "ENABLE"});
    let answer = world.ok("UpdateContributorInsights", enable).await;
    assert_eq!(answer["ContributorInsightsStatus"], json!("ENABLING"));
    let index = json!({"TableName": "abc", "IndexName": "all"});
    assert_eq!(describe(index).await, json!("ENABLED"));
    assert_eq!(
        describe(json!({"TableName": "abc"})).await,
        json!("DISABLED")
    );
    let refusal = world
        .refused(
            "DescribeContributorInsights",
            json!({"TableName": "abc", "IndexName": "none"}),
        )
        .await;
    assert_eq!(refusal.code, "ResourceNotFoundException");
    let first = world
        .ok("ListContributorInsights", json!({"MaxResults": 2}))
        .await;
    assert_eq!(
        first["ContributorInsightsSummaries"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let rest = json!({"NextToken": first["NextToken"]});
    let rest = world.ok("ListContributorInsights", rest).await;
    assert_eq!(
        rest["ContributorInsightsSummaries"][0]["IndexName"],
        json!("keys")
    );
    assert_eq!(rest["NextToken"], Value::Null);
}

#[tokio::test]
async fn there_are_no_global_tables() {
    let world = World::new();
    world.table("abc", None).await;
    let listed = world.ok("ListGlobalTables", json!({})).await;
    assert_eq!(listed, json!({"GlobalTables": []}));
    let replicas = json!([{"RegionName": "eu-west-1"}]);
    for (operation, input, code) in [
        (
            "DescribeGlobalTable",
            json!({"GlobalTableName": "abc"}),
            "GlobalTableNotFoundException",
        ),
        (
            "DescribeGlobalTableSettings",
            json!({"GlobalTableName": "abc"}),
            "GlobalTableNotFoundException",
        ),
        (
            "UpdateGlobalTableSettings",
            json!({"GlobalTableName": "abc"}),
            "GlobalTableNotFoundException",
        ),
        (
            "UpdateGlobalTable",
            json!({"GlobalTableName": "abc", "ReplicaUpdates": []}),
            "GlobalTableNotFoundException",
        ),
        (
            "CreateGlobalTable",
            json!({"GlobalTableName": "none", "ReplicationGroup": replicas}),
            "TableNotFoundException",
        ),
        (
            "CreateGlobalTable",
            json!({"GlobalTableName": "abc", "ReplicationGroup": replicas}),
            "NotImplemented",
        ),
        (
            "UpdateTableReplicaAutoScaling",
            json!({"TableName": "abc"}),
            "NotImplemented",
        ),
        (
            "UpdateTableReplicaAutoScaling",
            json!({"TableName": "none"}),
            "ResourceNotFoundException",
        ),
    ] {
        let refusal = world.refused(operation, input).await;
        assert_eq!(refusal.code, code, "{operation}");
    }
    let named = json!({"TableName": "abc"});
    let refusal = world
        .refused("DescribeTableReplicaAutoScaling", named)
        .await;
    assert_eq!(refusal.code, "ResourceNotFoundException");
    assert_eq!(
        refusal.message,
        "Global table with name: 'abc' does not exist."
    );
}
