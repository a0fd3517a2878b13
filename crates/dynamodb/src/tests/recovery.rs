use super::backups::items;
use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

async fn recover(world: &World, is_enabled: bool) -> Value {
    let input = json!({
        "TableName": "abc",
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": is_enabled},
    });
    let answer = world.ok("UpdateContinuousBackups", input).await;
    answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"].clone()
}

async fn restore(world: &World, target: &str, at: Value) -> Result<Value, Refusal> {
    let mut input = json!({"SourceTableName": "abc", "TargetTableName": target});
    match at {
        Value::Null => input["UseLatestRestorableTime"] = json!(true),
        at => input["RestoreDateTime"] = at,
    }
    let answer = world.ask("RestoreTableToPointInTime", input).await;
    world.service.settle().await.unwrap();
    answer
}

#[tokio::test]
async fn any_second_can_be_restored() {
    let world = World::new();
    world.indexed_table("abc").await;
    let item =
        |key: &str, value: i32| json!({"p": s(key), "s": s("s"), "g": s("g"), "v": n(value)});
    world.put("abc", item("old", 0)).await;
    let refusal = restore(&world, "early", Value::Null).await.unwrap_err();
    assert_eq!(refusal.code, "PointInTimeRecoveryUnavailableException");
    assert_eq!(
        refusal.message,
        "Point in time recovery is not enabled for table 'abc'"
    );
    let on = recover(&world, true).await;
    let start_s = NOW.as_secs();
    assert_eq!(
        on,
        json!({
            "PointInTimeRecoveryStatus": "ENABLED",
            "RecoveryPeriodInDays": 35,
            "EarliestRestorableDateTime": start_s,
            "LatestRestorableDateTime": start_s,
        })
    );
    world.clock.advance(SECOND);
    world.put("abc", item("new", 1)).await;
    world.clock.advance(SECOND);
    world.put("abc", item("new", 2)).await;
    let key = json!({"p": s("old"), "s": s("s")});
    world
        .ok("DeleteItem", json!({"TableName": "abc", "Key": key}))
        .await;
    world.clock.advance(SECOND);

    let text = |item: Value| item.to_string();
    for (name, at, expected) in [
        ("at0", json!(start_s), vec![text(item("old", 0))]),
        (
            "at1",
            json!(start_s + 1),
            vec![text(item("new", 1)), text(item("old", 0))],
        ),
        ("at2", json!(start_s + 2), vec![text(item("new", 2))]),
        ("latest", Value::Null, vec![text(item("new", 2))]),
    ] {
        let table = restore(&world, name, at).await.unwrap()["TableDescription"].clone();
        assert_eq!(table["RestoreSummary"]["RestoreInProgress"], json!(true));
        assert_eq!(items(&world, name).await, expected, "{name}");
        let query = json!({
            "TableName": name, "IndexName": "all",
            "KeyConditionExpression": "g = :g", "ExpressionAttributeValues": {":g": s("g")},
        });
        assert_eq!(
            world.ok("Query", query).await["Count"],
            json!(expected.len())
        );
    }
    for at in [start_s - 1, start_s + 4] {
        let refusal = restore(&world, "never", json!(at)).await.unwrap_err();
        assert_eq!(refusal.code, "InvalidRestoreTimeException", "{at}");
    }
}

#[tokio::test]
async fn what_is_too_old_is_forgotten() {
    let world = World::new();
    world.table("abc", None).await;
    let specification = json!({"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 1});
    let input = json!({"TableName": "abc", "PointInTimeRecoverySpecification": specification});
    world.ok("UpdateContinuousBackups", input).await;
    world.put("abc", json!({"p": s("1")})).await;
    world.clock.advance(Duration::from_secs(24 * 60 * 60 + 5));
    world.put("abc", json!({"p": s("2")})).await;
    world.service.settle().await.unwrap();
    let count = async || {
        let range = kv::key::KeyWriter::new(kv::Space::DynamodbHistory).range();
        let mut left = world.store.snapshot().scan(range, kv::Order::Ascending);
        let mut count = 0;
        while left.next().await.unwrap().is_some() {
            count += 1;
        }
        count
    };
    // The image of the second item, and its note.
    assert_eq!(count().await, 2);
    let off = recover(&world, false).await;
    assert_eq!(off, json!({"PointInTimeRecoveryStatus": "DISABLED"}));
    world.service.settle().await.unwrap();
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn a_deleted_table_leaves_a_backup() {
    let world = World::new();
    world.table("abc", None).await;
    recover(&world, true).await;
    world.put("abc", json!({"p": s("1")})).await;
    world.ok("DeleteTable", json!({"TableName": "abc"})).await;
    world.service.settle().await.unwrap();
    let listed = world
        .ok("ListBackups", json!({"BackupType": "SYSTEM"}))
        .await;
    let backup = &listed["BackupSummaries"][0];
    assert_eq!(backup["BackupName"], json!("abc$DeletedTableBackup"));
    assert!(backup["BackupExpiryDateTime"].as_f64().unwrap() > 0.0);
    let input = json!({"TargetTableName": "abc", "BackupArn": backup["BackupArn"]});
    world.ok("RestoreTableFromBackup", input).await;
    world.service.settle().await.unwrap();
    assert_eq!(
        items(&world, "abc").await,
        [json!({"p": s("1")}).to_string()]
    );
    world.clock.advance(Duration::from_secs(36 * 24 * 60 * 60));
    world.service.settle().await.unwrap();
    let listed = world.ok("ListBackups", json!({})).await;
    assert_eq!(listed["BackupSummaries"], json!([]));
}

/// One second of a table's life: what is put, and what is deleted.
type Second = (BTreeMap<u8, u8>, Vec<u8>);

async fn check_history(seconds: Vec<Second>) {
    let world = World::new();
    world.table("abc", None).await;
    recover(&world, true).await;
    let mut model: BTreeMap<u8, u8> = BTreeMap::new();
    let mut past = Vec::new();
    let item = |key: u8, value: u8| json!({"p": s(&key.to_string()), "v": n(value)});
    for (puts, deletes) in seconds {
        for (key, value) in puts {
            world.put("abc", item(key, value)).await;
            model.insert(key, value);
        }
        for key in deletes {
            let key_item = json!({"p": s(&key.to_string())});
            world
                .ok("DeleteItem", json!({"TableName": "abc", "Key": key_item}))
                .await;
            model.remove(&key);
        }
        past.push((world.clock.now().as_secs(), model.clone()));
        world.clock.advance(SECOND);
    }
    for (number, (second, then)) in past.into_iter().enumerate() {
        let name = format!("at{number}");
        restore(&world, &name, json!(second)).await.unwrap();
        let mut expected: Vec<String> = then
            .into_iter()
            .map(|(key, value)| item(key, value).to_string())
            .collect();
        expected.sort();
        assert_eq!(items(&world, &name).await, expected, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_second_is_as_it_was(
        seconds in prop::collection::vec(
            (
                prop::collection::btree_map(0_u8..5, any::<u8>(), 0..4),
                prop::collection::vec(0_u8..5, 0..2),
            ),
            1..5,
        ),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check_history(seconds));
    }
}
