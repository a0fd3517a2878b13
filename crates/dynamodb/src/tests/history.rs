//! Random histories: what a model says, and what concurrent callers may see.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// One step of a history on a table with indexes.
#[derive(Debug, Clone)]
enum Step {
    Put {
        key: u8,
        group: Option<u8>,
        value: i32,
    },
    Add {
        key: u8,
        value: i32,
    },
    Move {
        key: u8,
        group: Option<u8>,
    },
    Delete {
        key: u8,
    },
    /// Puts one and deletes another, if the condition on the first holds.
    Swap {
        from: u8,
        to: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0_u8..6;
    let group = proptest::option::of(0_u8..3);
    prop_oneof![
        (key.clone(), group.clone(), 0..100).prop_map(|(key, group, value)| Step::Put {
            key,
            group,
            value
        }),
        (key.clone(), 1..10).prop_map(|(key, value)| Step::Add { key, value }),
        (key.clone(), group).prop_map(|(key, group)| Step::Move { key, group }),
        key.clone().prop_map(|key| Step::Delete { key }),
        (key.clone(), key).prop_map(|(from, to)| Step::Swap { from, to }),
    ]
}

/// The model's item.
#[derive(Debug, Clone, Default, PartialEq)]
struct Modelled {
    group: Option<u8>,
    value: Option<i32>,
}

type Model = BTreeMap<u8, Modelled>;

fn key_of(key: u8) -> Value {
    json!({"p": s(&format!("p{}", key % 2)), "s": s(&key.to_string())})
}

fn item_of(key: u8, modelled: &Modelled) -> Value {
    let mut item = key_of(key);
    if let Some(group) = modelled.group {
        item["g"] = s(&group.to_string());
        item["l"] = s(&format!("l{group}"));
    }
    if let Some(value) = modelled.value {
        item["v"] = n(value);
    }
    item
}

async fn take(world: &World, model: &mut Model, step: &Step) {
    match step {
        Step::Put { key, group, value } => {
            let modelled = Modelled {
                group: *group,
                value: Some(*value),
            };
            world.put("table", item_of(*key, &modelled)).await;
            model.insert(*key, modelled);
        }
        Step::Add { key, value } => {
            let input = json!({
                "TableName": "table",
                "Key": key_of(*key),
                "UpdateExpression": "ADD v :v",
                "ExpressionAttributeValues": {":v": n(value)},
            });
            world.ok("UpdateItem", input).await;
            let modelled = model.entry(*key).or_default();
            modelled.value = Some(modelled.value.unwrap_or(0) + value);
        }
        Step::Move { key, group } => {
            let mut input = json!({"TableName": "table", "Key": key_of(*key)});
            match group {
                Some(group) => {
                    input["UpdateExpression"] = json!("SET g = :g, l = :l");
                    let local = format!("l{group}");
                    input["ExpressionAttributeValues"] =
                        json!({":g": s(&group.to_string()), ":l": s(&local)});
                }
                None => input["UpdateExpression"] = json!("REMOVE g, l"),
            }
            world.ok("UpdateItem", input).await;
            // Taking attributes away makes no item.
            if group.is_some() || model.contains_key(key) {
                model.entry(*key).or_default().group = *group;
            }
        }
        Step::Delete { key } => {
            world
                .ok(
                    "DeleteItem",
                    json!({"TableName": "table", "Key": key_of(*key)}),
                )
                .await;
            model.remove(key);
        }
        Step::Swap { from, to } => swap(world, model, *from, *to).await,
    }
}

async fn swap(world: &World, model: &mut Model, from: u8, to: u8) {
    let modelled = model.get(&from).cloned();
    let moved = item_of(to, modelled.as_ref().unwrap_or(&Modelled::default()));
    let input = json!({"TransactItems": [
        {"Delete": {
            "TableName": "table", "Key": key_of(from), "ConditionExpression": "attribute_exists(p)",
        }},
        {"Put": {"TableName": "table", "Item": moved}},
    ]});
    let answer = world.ask("TransactWriteItems", input).await;
    match modelled {
        Some(modelled) if from != to => {
            answer.unwrap();
            model.remove(&from);
            model.insert(to, modelled);
        }
        _ => {
            answer.unwrap_err();
        }
    }
}

/// All items that a scan of the table or an index shows, by their sort keys.
async fn scanned(world: &World, index: Option<&str>) -> BTreeMap<String, Value> {
    let mut input = json!({"TableName": "table", "Limit": 2});
    if let Some(index) = index {
        input["IndexName"] = json!(index);
    }
    let mut items = BTreeMap::new();
    loop {
        let answer = world.ok("Scan", input.clone()).await;
        for item in answer["Items"].as_array().unwrap() {
            let old = items.insert(item["s"]["S"].as_str().unwrap().to_owned(), item.clone());
            assert_eq!(old, None);
        }
        if answer["LastEvaluatedKey"].is_null() {
            return items;
        }
        input["ExclusiveStartKey"] = answer["LastEvaluatedKey"].clone();
    }
}

async fn compare(world: &World, model: &Model) {
    let keep = |attributes: &'static [&str], sparse: bool| {
        let entries = model
            .iter()
            .filter(move |(_, modelled)| !sparse || modelled.group.is_some());
        let entries = entries.map(move |(key, modelled)| {
            let mut item = item_of(*key, modelled);
            item.as_object_mut()
                .unwrap()
                .retain(|name, _| attributes.contains(&name.as_str()));
            (key.to_string(), item)
        });
        entries.collect::<BTreeMap<String, Value>>()
    };
    assert_eq!(
        scanned(world, None).await,
        keep(&["p", "s", "g", "l", "v"], false)
    );
    assert_eq!(
        scanned(world, Some("all")).await,
        keep(&["p", "s", "g", "l", "v"], true)
    );
    assert_eq!(
        scanned(world, Some("keys")).await,
        keep(&["p", "s", "g", "l"], true)
    );
    assert_eq!(
        scanned(world, Some("local")).await,
        keep(&["p", "s", "l"], true)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn tables_and_indexes_are_what_the_model_says(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            world.indexed_table("table").await;
            let mut model = Model::new();
            for step in &steps {
                take(&world, &mut model, step).await;
            }
            compare(&world, &model).await;
        });
    }
}

/// Callers move amounts between accounts; no reader ever sees another sum.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transactions_are_seen_whole() {
    const ACCOUNTS: u64 = 4;
    let world = Arc::new(World::new());
    world.table("table", None).await;
    for account in 0..ACCOUNTS {
        world
            .put("table", json!({"p": s(&account.to_string()), "v": n(100)}))
            .await;
    }
    let update = |account: u64, expression: &str, condition: &str| {
        json!({"Update": {
            "TableName": "table",
            "Key": {"p": s(&account.to_string())},
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":v": n(7)},
        }})
    };
    let mut callers = Vec::new();
    for caller in 0..4_u64 {
        let world = Arc::clone(&world);
        let (from, to) = (caller % ACCOUNTS, (caller + 1) % ACCOUNTS);
        let items = json!([
            update(from, "SET v = v - :v", "v >= :v"),
            update(to, "SET v = v + :v", "v >= v AND :v = :v"),
        ]);
        callers.push(tokio::spawn(async move {
            for _ in 0..50 {
                let _ = world
                    .ask("TransactWriteItems", json!({"TransactItems": items}))
                    .await;
            }
        }));
    }
    let get = |account: u64| json!({"Get": {"TableName": "table", "Key": {"p": s(&account.to_string())}}});
    let all: Vec<Value> = (0..ACCOUNTS).map(get).collect();
    let sum = |answer: &Value| {
        let responses = answer["Responses"].as_array().unwrap();
        let values = responses
            .iter()
            .map(|r| r["Item"]["v"]["N"].as_str().unwrap());
        values.map(|v| v.parse::<i64>().unwrap()).sum::<i64>()
    };
    for _ in 0..100 {
        let answer = world
            .ok("TransactGetItems", json!({"TransactItems": all}))
            .await;
        assert_eq!(sum(&answer), 400);
        tokio::task::yield_now().await;
    }
    for caller in callers {
        caller.await.unwrap();
    }
    let answer = world
        .ok("TransactGetItems", json!({"TransactItems": all}))
        .await;
    assert_eq!(sum(&answer), 400);
}

/// No increment is lost, conditional or not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn increments_of_a_hot_item_all_count() {
    let world = Arc::new(World::new());
    world.table("table", None).await;
    let mut callers = Vec::new();
    for _ in 0..16 {
        let world = Arc::clone(&world);
        callers.push(tokio::spawn(async move {
            for _ in 0..25 {
                let input = json!({
                    "TableName": "table",
                    "Key": {"p": s("hot")},
                    "UpdateExpression": "ADD v :one",
                    "ExpressionAttributeValues": {":one": n(1)},
                });
                world.ok("UpdateItem", input).await;
            }
        }));
    }
    for caller in callers {
        caller.await.unwrap();
    }
    assert_eq!(
        world.get("table", json!({"p": s("hot")})).await["v"],
        n(400)
    );
}
