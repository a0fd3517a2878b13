use super::*;
use std::time::Duration;

/// A world with the table `table`, which has a stream of this view, and its ARN.
async fn world(view: &str) -> (World, String) {
    let world = World::new();
    world.table("table", None).await;
    let arn = enable(&world, view).await;
    (world, arn)
}

async fn enable(world: &World, view: &str) -> String {
    let specification = json!({"StreamEnabled": true, "StreamViewType": view});
    let input = json!({"TableName": "table", "StreamSpecification": specification});
    world.ok("UpdateTable", input).await;
    let table = world
        .ok("DescribeTable", json!({"TableName": "table"}))
        .await["Table"]
        .clone();
    assert_eq!(table["StreamSpecification"], specification);
    table["LatestStreamArn"].as_str().unwrap().to_owned()
}

async fn shards(world: &World, arn: &str) -> Vec<Value> {
    let answer = world
        .stream("DescribeStream", json!({"StreamArn": arn}))
        .await;
    answer["StreamDescription"]["Shards"]
        .as_array()
        .unwrap()
        .clone()
}

async fn iterator(world: &World, arn: &str, shard: &Value, kind: &str) -> String {
    let input = json!({
        "StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": kind,
    });
    let answer = world.stream("GetShardIterator", input).await;
    answer["ShardIterator"].as_str().unwrap().to_owned()
}

/// All records of a stream, shard by shard.
async fn records(world: &World, arn: &str) -> Vec<Value> {
    let mut records = Vec::new();
    for shard in shards(world, arn).await {
        let mut next = Some(iterator(world, arn, &shard, "TRIM_HORIZON").await);
        while let Some(iterator) = next.take() {
            let input = json!({"ShardIterator": iterator, "Limit": 2});
            let answer = world.stream("GetRecords", input).await;
            let some = answer["Records"].as_array().unwrap();
            if !some.is_empty() {
                next = answer["NextShardIterator"].as_str().map(str::to_owned);
            }
            records.extend(some.iter().cloned());
        }
    }
    records
}

#[tokio::test]
async fn what_happens_is_recorded() {
    let (world, arn) = world("NEW_AND_OLD_IMAGES").await;
    let put = |value: i32| json!({"p": s("a"), "v": n(value)});
    world.put("table", put(1)).await;
    world.put("table", put(1)).await;
    let update = json!({
        "TableName": "table",
        "Key": {"p": s("a")},
        "UpdateExpression": "ADD v :one",
        "ExpressionAttributeValues": {":one": n(1)},
    });
    world.ok("UpdateItem", update).await;
    world
        .ok(
            "DeleteItem",
            json!({"TableName": "table", "Key": {"p": s("none")}}),
        )
        .await;
    let batch = json!({"RequestItems": {"table": [
        {"DeleteRequest": {"Key": {"p": s("a")}}},
        {"PutRequest": {"Item": {"p": s("b")}}},
    ]}});
    world.ok("BatchWriteItem", batch).await;
    let records = records(&world, &arn).await;
    let shown: Vec<Value> = records
        .iter()
        .map(|record| {
            let change = &record["dynamodb"];
            json!([
                record["eventName"],
                change["Keys"]["p"]["S"],
                change["OldImage"]["v"]["N"],
                change["NewImage"]["v"]["N"]
            ])
        })
        .collect();
    assert_eq!(
        json!(shown),
        json!([
            ["INSERT", "a", null, "1"],
            ["MODIFY", "a", "1", "2"],
            ["REMOVE", "a", "2", null],
            ["INSERT", "b", null, null],
        ])
    );
    let mut numbers: Vec<&str> = records
        .iter()
        .map(|r| r["dynamodb"]["SequenceNumber"].as_str().unwrap())
        .collect();
    assert!(numbers.is_sorted());
    numbers.dedup();
    assert_eq!(numbers.len(), 4);
    assert_eq!(
        records[0],
        json!({
            "eventID": records[0]["eventID"],
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "us-east-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_795_350_247,
                "Keys": {"p": s("a")},
                "NewImage": {"p": s("a"), "v": n(1)},
                "SequenceNumber": records[0]["dynamodb"]["SequenceNumber"],
                // Twice the key, v, and two bytes for its number.
                "SizeBytes": 7,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        })
    );
}

#[tokio::test]
async fn views() {
    for (view, new, old) in [
        ("KEYS_ONLY", false, false),
        ("NEW_IMAGE", true, false),
        ("OLD_IMAGE", false, true),
        ("NEW_AND_OLD_IMAGES", true, true),
    ] {
        let (world, arn) = world(view).await;
        world.put("table", json!({"p": s("a"), "v": n(1)})).await;
        world.put("table", json!({"p": s("a"), "v": n(2)})).await;
        let records = records(&world, &arn).await;
        let change = &records[1]["dynamodb"];
        assert_eq!(change["NewImage"].is_null(), !new, "{view}");
        assert_eq!(change["OldImage"].is_null(), !old, "{view}");
        assert_eq!(change["Keys"], json!({"p": s("a")}));
    }
}

#[tokio::test]
async fn where_a_reader_may_start() {
    let (world, arn) = world("KEYS_ONLY").await;
    for name in ["a", "b", "c"] {
        world.put("table", json!({"p": s(name)})).await;
    }
    let shard = shards(&world, &arn).await.remove(0);
    let all = records(&world, &arn).await;
    let read = async |iterator: String| {
        let answer = world
            .stream("GetRecords", json!({"ShardIterator": iterator}))
            .await;
        let records = answer["Records"].as_array().unwrap().clone();
        let names = records
            .iter()
            .map(|r| r["dynamodb"]["Keys"]["p"]["S"].as_str().unwrap().to_owned());
        (
            names.collect::<String>(),
            answer["NextShardIterator"].as_str().unwrap().to_owned(),
        )
    };
    let at = async |kind: &str| {
        let input = json!({
            "StreamArn": arn,
            "ShardId": shard["ShardId"],
            "ShardIteratorType": kind,
            "SequenceNumber": all[1]["dynamodb"]["SequenceNumber"],
        });
        let answer = world.stream("GetShardIterator", input).await;
        answer["ShardIterator"].as_str().unwrap().to_owned()
    };
    assert_eq!(read(at("AT_SEQUENCE_NUMBER").await).await.0, "bc");
    assert_eq!(read(at("AFTER_SEQUENCE_NUMBER").await).await.0, "c");
    let latest = iterator(&world, &arn, &shard, "LATEST").await;
    let (names, next) = read(latest.clone()).await;
    assert_eq!(names, "");
    world.put("table", json!({"p": s("d")})).await;
    assert_eq!(read(latest.clone()).await.0, "d");
    assert_eq!(read(next).await.0, "d");
    world.clock.advance(Duration::from_secs(901));
    let refusal = world
        .ask("GetRecords", json!({"ShardIterator": latest}))
        .await
        .unwrap_err();
    assert_eq!(refusal.code, "ExpiredIteratorException");
    for wrong in [
        "x",
        "",
        "arn:aws:dynamodb:us-east-1:000000000000:table/table/stream/x|1|AAAA",
    ] {
        let input = json!({"ShardIterator": wrong});
        assert!(world.ask("GetRecords", input).await.is_err());
    }
}

#[tokio::test]
async fn shards_end_and_have_children() {
    let (world, arn) = world("KEYS_ONLY").await;
    world.put("table", json!({"p": s("a")})).await;
    let old = shards(&world, &arn).await;
    let end = iterator(&world, &arn, &old[0], "LATEST").await;
    world.clock.advance(Duration::from_secs(5 * 60 * 60));
    world.put("table", json!({"p": s("b")})).await;
    let all = shards(&world, &arn).await;
    assert_eq!(all.len(), 2);
    assert_eq!(all[1]["ParentShardId"], old[0]["ShardId"]);
    assert!(all[0]["SequenceNumberRange"]["EndingSequenceNumber"].is_string());
    assert!(all[1]["SequenceNumberRange"]["EndingSequenceNumber"].is_null());
    assert_eq!(records(&world, &arn).await.len(), 2);
    drop(end);
    let again = iterator(&world, &arn, &old[0], "LATEST").await;
    let answer = world
        .stream("GetRecords", json!({"ShardIterator": again}))
        .await;
    assert_eq!(answer, json!({"Records": []}));

    world.clock.advance(Duration::from_secs(22 * 60 * 60));
    world.service.settle().await.unwrap();
    let left = records(&world, &arn).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["dynamodb"]["Keys"], json!({"p": s("b")}));
}

#[tokio::test]
async fn a_stream_outlives_its_table_by_a_day() {
    let (world, first) = world("KEYS_ONLY").await;
    world.put("table", json!({"p": s("a")})).await;
    let specification = json!({"StreamEnabled": false});
    let input = json!({"TableName": "table", "StreamSpecification": specification});
    world.ok("UpdateTable", input.clone()).await;
    let refusal = world.refused("UpdateTable", input).await;
    assert_eq!(
        refusal.message,
        "Table has no stream to disable: TableName: table"
    );
    world.put("table", json!({"p": s("unrecorded")})).await;
    let second = enable(&world, "NEW_IMAGE").await;
    assert_ne!(first, second);
    world.put("table", json!({"p": s("b")})).await;
    world.ok("DeleteTable", json!({"TableName": "table"})).await;
    world.service.settle().await.unwrap();
    for (arn, name) in [(&first, "a"), (&second, "b")] {
        let records = records(&world, arn).await;
        assert_eq!(records.len(), 1);
        assert_eq!(records[0]["dynamodb"]["Keys"], json!({"p": s(name)}));
        let described = world
            .stream("DescribeStream", json!({"StreamArn": arn}))
            .await;
        assert_eq!(
            described["StreamDescription"]["StreamStatus"],
            json!("DISABLED")
        );
    }
    let listed = async || {
        let answer = world
            .stream("ListStreams", json!({"TableName": "table"}))
            .await;
        answer["Streams"].as_array().unwrap().len()
    };
    assert_eq!(listed().await, 2);
    world.clock.advance(Duration::from_secs(24 * 60 * 60));
    world.service.settle().await.unwrap();
    assert_eq!(listed().await, 0);
    let everything = kv::KeyRange::new(vec![0x21], vec![0x30]);
    let mut left = world
        .store
        .snapshot()
        .scan(everything, kv::Order::Ascending);
    assert!(left.next().await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_over_expires() {
    let (world, arn) = world("OLD_IMAGE").await;
    let now = NOW.as_secs();
    let item = |name: &str, at: Value| json!({"p": s(name), "at": at});
    for (name, at) in [
        ("past", n(now - 1)),
        ("now", n(now)),
        ("soon", n(now + 10)),
        ("text", s(&now.to_string())),
        ("ancient", n(now - 6 * 365 * 24 * 60 * 60)),
        ("moved", n(now)),
    ] {
        world.put("table", item(name, at)).await;
    }
    let enable = json!({"Enabled": true, "AttributeName": "at"});
    let input = json!({"TableName": "table", "TimeToLiveSpecification": enable});
    world.ok("UpdateTimeToLive", input).await;
    world.put("table", item("moved", n(now + 100))).await;
    let left = async || {
        world.service.settle().await.unwrap();
        let mut names = column(&world.ok("Scan", json!({"TableName": "table"})).await, "p");
        names.sort();
        names.join(" ")
    };
    assert_eq!(left().await, "ancient moved soon text");
    world.clock.advance(Duration::from_secs(10));
    world.put("table", item("late", n(now + 10))).await;
    assert_eq!(left().await, "ancient moved text");
    let removed: Vec<Value> = records(&world, &arn)
        .await
        .into_iter()
        .filter(|r| r["eventName"] == "REMOVE")
        .collect();
    assert_eq!(removed.len(), 4);
    for record in removed {
        let service = json!({"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"});
        assert_eq!(record["userIdentity"], service);
        assert!(record["dynamodb"]["OldImage"]["at"].is_object());
    }
    let disable = json!({"Enabled": false, "AttributeName": "at"});
    let input = json!({"TableName": "table", "TimeToLiveSpecification": disable});
    world.ok("UpdateTimeToLive", input).await;
    world.clock.advance(Duration::from_secs(1000));
    assert_eq!(left().await, "ancient moved text");
}

#[tokio::test]
async fn sequence_numbers_go_on_after_a_restart() {
    let (world, arn) = world("KEYS_ONLY").await;
    world.put("table", json!({"p": s("a")})).await;
    // The new process has a clock that is behind.
    let again = World::over(world.store.clone());
    again.put("table", json!({"p": s("b")})).await;
    let records = records(&again, &arn).await;
    let names: Vec<&str> = records
        .iter()
        .map(|r| r["dynamodb"]["Keys"]["p"]["S"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["a", "b"]);
}

/// Readers see each change once and in order, while writers go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_miss_nothing() {
    const WRITERS: usize = 8;
    const CHANGES: usize = 40;
    let (world, arn) = world("NEW_IMAGE").await;
    let world = Arc::new(world);
    let shard = shards(&world, &arn).await.remove(0);
    let mut next = iterator(&world, &arn, &shard, "TRIM_HORIZON").await;
    for writer in 0..WRITERS {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            for change in 0..CHANGES {
                let item = json!({"p": s(&writer.to_string()), "v": n(change)});
                world.put("table", item).await;
            }
        });
    }
    let mut seen = [0; WRITERS];
    while seen.iter().any(|count| *count < CHANGES) {
        let answer = world
            .stream("GetRecords", json!({"ShardIterator": next}))
            .await;
        for record in answer["Records"].as_array().unwrap() {
            let image = &record["dynamodb"]["NewImage"];
            let writer: usize = image["p"]["S"].as_str().unwrap().parse().unwrap();
            let change: usize = image["v"]["N"].as_str().unwrap().parse().unwrap();
            assert_eq!(seen[writer], change);
            seen[writer] += 1;
        }
        next = answer["NextShardIterator"].as_str().unwrap().to_owned();
        tokio::task::yield_now().await;
    }
}
