//! Engines by themselves, without the commit layer.

use super::Subject;
use crate::{Engine, Entry, KeyRange, MAX_KEY_BYTES, MAX_VALUE_BYTES, Order, View, WriteSet};
use bytes::Bytes;
use std::sync::Arc;

/// Builds a batch; `None` deletes.
fn batch<const N: usize>(writes: [(&[u8], Option<&[u8]>); N]) -> WriteSet {
    let own = |bytes: &[u8]| Bytes::copy_from_slice(bytes);
    let writes = writes.into_iter();
    writes
        .map(|(key, value)| (own(key), value.map(own)))
        .collect()
}

fn all(view: &Arc<dyn View>, range: KeyRange, order: Order) -> Vec<Entry> {
    let mut cursor = Arc::clone(view).cursor(range, order);
    std::iter::from_fn(|| cursor.next().unwrap()).collect()
}

fn keys(view: &Arc<dyn View>, range: (&[u8], &[u8]), order: Order) -> Vec<Bytes> {
    let (start, end) = range;
    let range = KeyRange::new(Bytes::copy_from_slice(start), Bytes::copy_from_slice(end));
    let entries = all(view, range, order).into_iter();
    entries.map(|(key, _)| key).collect()
}

fn get(engine: &dyn Engine, key: &[u8]) -> Option<Bytes> {
    engine.view().unwrap().get(key).unwrap()
}

pub fn a_view_never_changes(subject: &Subject) {
    let engine = subject.open_engine();
    engine
        .apply(&batch([(b"a", Some(b"1")), (b"b", Some(b"1"))]))
        .unwrap();
    let before = engine.view().unwrap();
    engine
        .apply(&batch([
            (b"a", Some(b"2")),
            (b"b", None),
            (b"c", Some(b"2")),
        ]))
        .unwrap();
    let after = engine.view().unwrap();

    let everything = || KeyRange::prefix(b"");
    let pairs = |view| {
        let entries = all(view, everything(), Order::Ascending).into_iter();
        entries
            .map(|(key, value)| [key, value].concat())
            .collect::<Vec<_>>()
    };
    assert_eq!(pairs(&before), [b"a1", b"b1"]);
    assert_eq!(pairs(&after), [b"a2", b"c2"]);
    assert_eq!(before.get(b"b").unwrap().unwrap(), "1");
    assert_eq!(after.get(b"b").unwrap(), None);
    assert_eq!(before.get(b"c").unwrap(), None);
}

pub fn a_cursor_keeps_its_view(subject: &Subject) {
    let engine = subject.open_engine();
    for round in 0..300_u16 {
        engine
            .apply(&batch([(&round.to_be_bytes(), Some(b"1"))]))
            .unwrap();
    }
    let view = engine.view().unwrap();
    let mut cursor = view.cursor(KeyRange::prefix(b""), Order::Ascending);
    let mut count = 1;
    assert_eq!(cursor.next().unwrap().unwrap().0, [0, 0].as_slice());
    for round in 0..300_u16 {
        engine
            .apply(&batch([(&round.to_be_bytes(), None)]))
            .unwrap();
    }
    while cursor.next().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 300);
    assert_eq!(cursor.next().unwrap(), None, "the end stays the end");
}

pub fn ranges_are_half_open_both_ways(subject: &Subject) {
    let engine = subject.open_engine();
    let written = [b"a".as_slice(), b"a\0", b"ab", b"b", b"ba", b"c"];
    for key in written {
        engine.apply(&batch([(key, Some(b""))])).unwrap();
    }
    let view = engine.view().unwrap();
    let check = |start: &[u8], end: &[u8], expected: &[&[u8]]| {
        assert_eq!(keys(&view, (start, end), Order::Ascending), expected);
        let mut backwards = expected.to_vec();
        backwards.reverse();
        assert_eq!(keys(&view, (start, end), Order::Descending), backwards);
    };
    check(b"", b"\xff", &written);
    check(b"a", b"b", &[b"a", b"a\0", b"ab"]);
    check(b"a\0", b"ba", &[b"a\0", b"ab", b"b"]);
    check(b"aa", b"ab", &[]);
    check(b"ab", b"ab\0", &[b"ab"]);
    check(b"c", b"d", &[b"c"]);
    check(b"d", b"e", &[]);
    check(b"b", b"b", &[]);
    check(b"c", b"a", &[]);
}

pub fn keys_and_values_may_be_anything(subject: &Subject) {
    let engine = subject.open_engine();
    let long_key = vec![0xfe; MAX_KEY_BYTES];
    let long_value: Vec<u8> = (0_u8..251).cycle().take(MAX_VALUE_BYTES).collect();
    let cases = [
        (b"\0".as_slice(), b"".as_slice()),
        (b"\0\0", b"\0"),
        (b"\xfe\xff\xff", b"\xff"),
        (&long_key, b"x"),
        (b"long", &long_value),
    ];
    for (key, value) in cases {
        engine.apply(&batch([(key, Some(value))])).unwrap();
    }
    for (key, value) in cases {
        assert_eq!(get(&*engine, key).unwrap(), value);
    }
    engine
        .apply(&batch([(b"absent", None), (b"\0", None)]))
        .unwrap();
    assert_eq!(get(&*engine, b"\0"), None);
    assert_eq!(get(&*engine, b"\0\0").unwrap(), b"\0".as_slice());
}
