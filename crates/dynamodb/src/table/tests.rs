use super::*;
use crate::item::tests::{item, n, s};

fn key(partition: &str, sort: Option<&str>) -> KeySchema {
    let attribute = |name: &str| KeyAttribute {
        name: name.to_owned(),
        kind: Type::S,
    };
    KeySchema {
        partition: vec![attribute(partition)],
        sort: sort.map(attribute).into_iter().collect(),
    }
}

pub fn table() -> Table {
    let index = |id: u64, name: &str, reach: Reach, key: KeySchema, projection: Projection| Index {
        id,
        name: name.to_owned(),
        reach,
        key,
        projection,
        state: IndexState::Active,
        throughput: Throughput::default(),
        on_demand: OnDemand::default(),
        warm: None,
    };
    let include = Projection::Include(vec!["extra".to_owned()]);
    Table {
        id: 7,
        uuid: "u".to_owned(),
        name: "t".to_owned(),
        arn: "arn:aws:dynamodb:us-east-1:000000000000:table/t".to_owned(),
        created_at_ms: 0,
        attributes: vec![],
        key: key("p", Some("r")),
        indexes: vec![
            index(1, "local", Reach::Local, key("p", Some("l")), include),
            index(2, "all", Reach::Global, key("g", None), Projection::All),
            index(
                3,
                "keys",
                Reach::Global,
                key("g", Some("l")),
                Projection::KeysOnly,
            ),
        ],
        next_index_id: 4,
        billing: Billing {
            mode: BillingMode::PayPerRequest,
            on_demand_since_ms: None,
        },
        throughput: Throughput::default(),
        on_demand: OnDemand::default(),
        warm: None,
        class: None,
        deletion_protection: false,
        stream: None,
        encryption: None,
        time_to_live: None,
        tags: BTreeMap::new(),
        policy: None,
        settings: Settings::default(),
        history: None,
        restore: None,
        is_filling: false,
    }
}

#[test]
fn records_round_trip() {
    let bytes = kv::record::encode(&table());
    assert_eq!(kv::record::decode::<Table>(&bytes).unwrap(), table());
}

#[test]
fn entries_hold_what_is_projected() {
    let table = table();
    let it = item([
        ("p", s("p")),
        ("r", s("r")),
        ("l", s("l")),
        ("g", s("g")),
        ("extra", n("1")),
        ("other", n("2")),
    ]);
    let names = |index: &str| {
        let index = table.index(index).unwrap();
        let entry = table.entry(index, &it);
        let projected = entry
            .iter()
            .all(|(name, _)| table.is_projected(index, name));
        assert!(projected);
        entry
            .iter()
            .map(|(name, _)| name.to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(names("local"), "extra l p r");
    assert_eq!(names("all"), "extra g l other p r");
    assert_eq!(names("keys"), "g l p r");
}

#[test]
fn items_without_the_key_are_not_in_the_index() {
    let table = table();
    let holds = |index: &str, it: &Item| table.entry_key(table.index(index).unwrap(), it).is_some();
    let it = item([("p", s("p")), ("r", s("r")), ("g", s("g"))]);
    assert!(holds("all", &it));
    assert!(!holds("keys", &it));
    assert!(!holds("local", &it));
    assert!(!holds(
        "all",
        &item([("p", s("p")), ("r", s("r")), ("g", n("1"))])
    ));
}

#[test]
fn index_keys_are_checked_by_the_name_of_the_index() {
    let table = table();
    let update = Update::default();
    let check = |it: Item, origin: Origin<'_>, message: &str| {
        let error = table.check_index_keys(&it, origin, |_| true).unwrap_err();
        assert_eq!(error.message(), message);
    };
    check(
        item([("g", n("1")), ("l", n("1"))]),
        Origin::Put,
        "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S Actual: N IndexName: all",
    );
    check(
        item([("l", s(""))]),
        Origin::Put,
        "One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: keys, IndexKey: l",
    );
    check(
        item([("l", n("1"))]),
        Origin::Update(&update),
        "The update expression attempted to update the secondary index key to unsupported type",
    );
    assert!(
        table
            .check_index_keys(&item([("l", n("1"))]), Origin::Put, |_| false)
            .is_ok()
    );
}
