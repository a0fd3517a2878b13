use super::*;
use crate::item::tests::{any_number, item, n, s};
use bytes::Bytes;
use kv::Space;
use kv::key::KeyWriter;
use proptest::prelude::*;
use std::cmp::Ordering;

fn attribute(name: &str, kind: Type) -> KeyAttribute {
    KeyAttribute {
        name: name.into(),
        kind,
    }
}

fn schema(sort: Type) -> KeySchema {
    KeySchema {
        partition: vec![attribute("p", Type::S)],
        sort: vec![attribute("s", sort)],
    }
}

fn prefix() -> KeyWriter {
    KeyWriter::new(Space::DynamodbItem).u64(7)
}

#[test]
fn items_to_store() {
    let check = |it: Item, error: Option<&str>| {
        let got = schema(Type::N).check_item(&it).map_err(|e| e.to_string());
        assert_eq!(got.err().as_deref(), error, "{it:?}");
    };
    check(item([("p", s("a")), ("s", n("1")), ("other", s(""))]), None);
    check(
        item([("s", n("1"))]),
        Some("One or more parameter values were invalid: Missing the key p in the item"),
    );
    check(
        item([("p", s("a")), ("s", s("1"))]),
        Some(
            "One or more parameter values were invalid: Type mismatch for key s expected: N actual: S",
        ),
    );
    check(
        item([("p", s("")), ("s", n("1"))]),
        Some(
            "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: p",
        ),
    );
    check(item([("p", s(&"x".repeat(2048))), ("s", n("1"))]), None);
    check(
        item([("p", s(&"x".repeat(2049))), ("s", n("1"))]),
        Some(
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
        ),
    );
}

#[test]
fn keys() {
    let check = |it: Item, error: Option<KeyError>| {
        assert_eq!(schema(Type::B).check_key(&it).err(), error, "{it:?}");
    };
    let b = |bytes: Vec<u8>| Value::B(bytes.into());
    check(item([("p", s("a")), ("s", b(vec![1]))]), None);
    check(item([("p", s("a"))]), Some(KeyError::Schema));
    check(
        item([("p", s("a")), ("x", b(vec![1]))]),
        Some(KeyError::Schema),
    );
    check(item([("p", s("a")), ("s", s("b"))]), Some(KeyError::Schema));
    check(
        item([("p", s("a")), ("s", b(vec![1])), ("x", n("1"))]),
        Some(KeyError::Schema),
    );
    check(
        item([("p", s("a")), ("s", b(vec![]))]),
        Some(KeyError::Empty {
            name: "s".into(),
            kind: Type::B,
        }),
    );
    check(item([("p", s("a")), ("s", b(vec![0; 1024]))]), None);
    check(
        item([("p", s("a")), ("s", b(vec![0; 1025]))]),
        Some(KeyError::SortTooLong),
    );
}

/// The segments that the service was seen to put these keys in, of 4096.
#[test]
fn hash_order_is_that_of_the_service() {
    let check = |value: Value, segment: u32| {
        let schema = KeySchema {
            partition: vec![attribute("a", value.type_of())],
            sort: vec![],
        };
        let it = item([("a", value)]);
        let position = Position::of(prefix(), &schema, &it, Ending::Open)
            .unwrap()
            .finish();
        let (from, to) = hash_range(segment, 4096);
        let hash: [u8; HASH_BYTES] = position[9..17].try_into().unwrap();
        assert!(from <= hash && to.is_none_or(|to| hash < to), "{it:?}");
    };
    check(s("3635"), 0);
    check(s("228"), 0);
    check(s("1668"), 1);
    check(s("3435"), 4);
    check(n("251"), 1);
    check(n("2388"), 4095);
}

/// As a scan of the service has shown them.
#[test]
fn numbers_scatter_as_in_the_service() {
    let scanned = [
        "7", "999.9", "8", "3", "2", "-999.9", "9", "4", "-0.09", "6", "1", "0", "0.012345", "5",
    ];
    let schema = KeySchema {
        partition: vec![attribute("a", Type::N)],
        sort: vec![],
    };
    let position = |number: &str| {
        let it = item([("a", n(number))]);
        Position::of(prefix(), &schema, &it, Ending::Open)
            .unwrap()
            .finish()
    };
    assert!(scanned.is_sorted_by_key(|number| position(number)));
}

#[test]
fn segments_cover_the_hash_space_without_gap_or_overlap() {
    for total in [1, 2, 3, 7, 4096, 999_999, 1_000_000] {
        assert_eq!(hash_range(0, total).0, [0; HASH_BYTES]);
        assert_eq!(hash_range(total - 1, total).1, None);
        for segment in (0..total - 1).step_by(1 + total as usize / 50) {
            let (from, to) = hash_range(segment, total);
            assert!(from < to.unwrap());
            assert_eq!(to.unwrap(), hash_range(segment + 1, total).0);
        }
    }
}

fn sort_value(kind: Type) -> BoxedStrategy<Value> {
    match kind {
        Type::S => "[a-b\u{0}\u{1}é\u{10ffff}]{1,4}".prop_map(Value::S).boxed(),
        Type::N => any_number().prop_map(Value::N).boxed(),
        _ => proptest::collection::vec(prop_oneof![Just(0u8), Just(1), Just(255)], 1..4)
            .prop_map(|b| Value::B(Bytes::from(b)))
            .boxed(),
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::S(a), Value::S(b)) => a.cmp(b),
        (Value::N(a), Value::N(b)) => a.cmp(b),
        (Value::B(a), Value::B(b)) => a.cmp(b),
        _ => panic!("one type"),
    }
}

fn starts_with(value: &Value, prefix: &Value) -> bool {
    match (value, prefix) {
        (Value::S(value), Value::S(prefix)) => value.starts_with(prefix.as_str()),
        (Value::B(value), Value::B(prefix)) => value.starts_with(prefix),
        _ => false,
    }
}

type Three = (Type, Value, Value, Value);

fn values() -> impl Strategy<Value = Three> {
    prop_oneof![Just(Type::S), Just(Type::N), Just(Type::B)].prop_flat_map(|kind| {
        (
            Just(kind),
            sort_value(kind),
            sort_value(kind),
            sort_value(kind),
        )
    })
}

fn position(kind: Type, partition: &str, value: &Value, ending: Ending) -> Bytes {
    let it = item([("p", s(partition)), ("s", value.clone())]);
    let position = Position::of(prefix(), &schema(kind), &it, ending).unwrap();
    match ending {
        Ending::Open => position.finish(),
        Ending::Closed => {
            let attribute = KeyAttribute {
                name: "t".into(),
                kind: Type::S,
            };
            let table_key = KeySchema {
                partition: vec![attribute],
                sort: vec![],
            };
            position
                .entry(&table_key, &item([("t", s("table key"))]))
                .unwrap()
        }
    }
}

proptest! {
    #[test]
    fn positions_keep_the_order((kind, a, b, _) in values()) {
        for ending in [Ending::Open, Ending::Closed] {
            let (left, right) = (position(kind, "p", &a, ending), position(kind, "p", &b, ending));
            prop_assert_eq!(left.cmp(&right), compare(&a, &b));
        }
    }

    #[test]
    fn ranges_hold_what_meets_the_condition((kind, value, a, b) in values()) {
        use SortCondition::*;
        for ending in [Ending::Open, Ending::Closed] {
            let it = item([("p", s("p"))]);
            let partition = Position::partition(prefix(), &schema(kind), &it, ending).unwrap();
            let inside = position(kind, "p", &value, ending);
            let outside = position(kind, "pp", &value, ending);
            let order = compare(&value, &a);
            for (condition, expected) in [
                (Equal(a.clone()), order.is_eq()),
                (Less(a.clone()), order.is_lt()),
                (LessOrEqual(a.clone()), order.is_le()),
                (Greater(a.clone()), order.is_gt()),
                (GreaterOrEqual(a.clone()), order.is_ge()),
                (Between(a.clone(), b.clone()), order.is_ge() && compare(&value, &b).is_le()),
                (BeginsWith(a.clone()), starts_with(&value, &a)),
            ] {
                let range = partition.matching(&condition);
                prop_assert_eq!(range.contains(&inside), expected, "{:?} {:?}", condition, value);
                prop_assert!(!range.contains(&outside));
            }
            prop_assert!(partition.range().contains(&inside));
            prop_assert!(!partition.range().contains(&outside));
        }
    }
}
