use super::*;
use proptest::prelude::*;

pub fn n(text: &str) -> Value {
    Value::N(text.parse().unwrap())
}

pub fn s(text: &str) -> Value {
    Value::S(text.to_owned())
}

pub fn item<const N: usize>(entries: [(&str, Value); N]) -> Item {
    entries
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

pub fn any_number() -> impl Strategy<Value = Number> {
    (any::<i32>(), -20..20i32).prop_map(|(digits, e)| format!("{digits}e{e}").parse().unwrap())
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        ".{0,8}".prop_map(Value::S),
        any_number().prop_map(Value::N),
        proptest::collection::vec(any::<u8>(), 0..8).prop_map(|b| Value::B(b.into())),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Null),
        proptest::collection::btree_set("[a-c]{0,2}", 1..4)
            .prop_map(|s| Value::Ss(Set::new(s.into_iter().collect()).unwrap())),
        proptest::collection::btree_set(any_number(), 1..4)
            .prop_map(|s| Value::Ns(Set::new(s.into_iter().collect()).unwrap())),
        proptest::collection::btree_set(proptest::collection::vec(any::<u8>(), 0..3), 1..4)
            .prop_map(|s| Value::Bs(Set::new(s.into_iter().map(Bytes::from).collect()).unwrap())),
    ]
}

pub fn any_value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::L),
            proptest::collection::btree_map("[a-d]{0,2}", inner, 0..4)
                .prop_map(|m| Value::M(m.into_iter().collect())),
        ]
    })
}

pub fn any_item() -> impl Strategy<Value = Item> {
    proptest::collection::btree_map("[a-d]{0,2}", any_value(), 0..5)
        .prop_map(|m| m.into_iter().collect())
}

#[test]
fn sizes() {
    let set = |elements: &[&str]| {
        Value::Ss(Set::new(elements.iter().map(|&e| e.to_owned()).collect()).unwrap())
    };
    for (value, size) in [
        (s("abc"), 3),
        (s("é"), 2),
        (s(""), 0),
        (n("12.5"), 3),
        (Value::B(Bytes::from_static(b"1234")), 4),
        (Value::Bool(false), 1),
        (Value::Null, 1),
        (set(&["a", "bcd"]), 4),
        (Value::L(vec![]), 3),
        (Value::L(vec![s("a"), Value::Null]), 3 + 2 + 2),
        (Value::M(Item::new()), 3),
        (Value::M(item([("key", s("a"))])), 3 + 1 + 3 + 1),
    ] {
        assert_eq!(value.size_bytes(), size, "{value:?}");
    }
    assert_eq!(
        item([("pk", s("a")), ("data", s("xyz"))]).size_bytes(),
        2 + 1 + 4 + 3
    );
}

#[test]
fn an_item_is_a_sorted_map() {
    let mut item = item([("b", s("1")), ("a", s("2")), ("b", s("3"))]);
    assert_eq!(format!("{item:?}"), r#"{"a": "2", "b": "3"}"#);
    assert_eq!(item.insert("a".into(), Value::Null), Some(s("2")));
    assert_eq!(item.insert("aa".into(), Value::Null), None);
    assert_eq!(item.remove("b"), Some(s("3")));
    assert_eq!(item.remove("b"), None);
    assert_eq!(
        item.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        ["a", "aa"]
    );
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(s("x"), |value, level| match level % 2 {
        0 => Value::L(vec![value]),
        _ => Value::M(item([("k", value)])),
    })
}

#[test]
fn a_record_is_refused_beyond_the_depth_limit() {
    let deep = |levels| record::encode(&item([("a", nested(levels))]));
    assert_eq!(
        record::decode(&deep(MAX_DEPTH - 1)).unwrap().depth(),
        MAX_DEPTH
    );
    assert_eq!(
        record::decode(&deep(MAX_DEPTH)),
        Err(record::RecordError::Depth)
    );
}

#[test]
fn the_record_format_does_not_change() {
    let value = item([("n", n("251")), ("s", s("hi")), ("t", Value::Bool(true))]);
    let bytes = record::encode(&value);
    assert_eq!(
        &bytes[..],
        b"\x01\x09\x03\x01n\x02\xc2\x03\x34\x00\x01s\x01\x02hi\x01t\x05"
    );
}

#[test]
fn paths_lead_to_values() {
    let path = |root: &str, steps: &[Step]| Path {
        root: root.into(),
        steps: steps.to_vec(),
    };
    let key = |k: &str| Step::Key(k.into());
    let it = item([("a", Value::M(item([("b", Value::L(vec![s("x"), s("y")]))])))]);
    assert_eq!(
        path("a", &[key("b"), Step::Index(1)]).resolve(&it),
        Some(&s("y"))
    );
    assert_eq!(path("a", &[key("b"), Step::Index(2)]).resolve(&it), None);
    assert_eq!(path("a", &[Step::Index(0)]).resolve(&it), None);
    assert_eq!(path("z", &[]).resolve(&it), None);
    assert_eq!(
        path("a", &[key("b"), Step::Index(3)]).to_string(),
        "[a, b, [3]]"
    );
    assert!(path("a", &[key("b")]).overlaps(&path("a", &[])));
    assert!(!path("a", &[key("b")]).overlaps(&path("a", &[key("c")])));
    assert!(path("a", &[key("b")]).conflicts(&path("a", &[Step::Index(0)])));
    assert!(!path("a", &[key("b")]).conflicts(&path("a", &[key("c")])));
}

proptest! {
    #[test]
    fn records_round_trip(item in any_item()) {
        let bytes = record::encode(&item);
        prop_assert_eq!(record::size_bytes(&bytes), Ok(item.size_bytes()));
        prop_assert_eq!(record::answered(&bytes), Ok(answered(&item)));
        prop_assert_eq!(record::decode(&bytes), Ok(item));
    }

    #[test]
    fn decoding_never_panics_and_is_the_inverse(
        item in any_item(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = record::encode(&item).to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes.truncate(cut.index(bytes.len() + 1));
        let bytes = Bytes::from(bytes);
        let decoded = record::decode(&bytes);
        // Of several things that are wrong, each tells the one that it meets first.
        prop_assert_eq!(record::answered(&bytes).ok(), decoded.as_ref().ok().map(answered));
        if let Ok(decoded) = decoded {
            prop_assert_eq!(record::decode(&record::encode(&decoded)), Ok(decoded));
        }
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        let mut bytes = bytes;
        bytes.splice(0..0, [1, 0]);
        let bytes = bytes.into();
        let decoded = record::decode(&bytes);
        prop_assert_eq!(record::answered(&bytes).ok(), decoded.as_ref().ok().map(answered));
    }
}
