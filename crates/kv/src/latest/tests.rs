use super::*;
use crate::offload::Offload;
use crate::{Engine, MemoryEngine};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn key(n: u8) -> Bytes {
    Bytes::from(vec![n])
}

fn writes() -> impl Strategy<Value = WriteSet> {
    let value = proptest::option::of(0u8..9);
    let write = btree_map(0u8..200, value, 0..60);
    write.prop_map(|writes| {
        let write = |(at, value): (u8, Option<u8>)| (key(at), value.map(key));
        writes.into_iter().map(write).collect()
    })
}

fn latest(stored: &WriteSet, accepted: &[WriteSet]) -> Arc<Latest> {
    let engine = MemoryEngine::new();
    engine.apply(stored).unwrap();
    let published = Arc::new(Published::new(1, Arc::new(engine), Offload::new()));
    let accepted = accepted.iter().cloned().map(Arc::new).collect();
    Arc::new(Latest::new(2, published, accepted))
}

async fn scan(latest: &Arc<Latest>, range: KeyRange, order: Order) -> Vec<Entry> {
    let mut pages = Arc::clone(latest).scan(range, order);
    let mut found = Vec::new();
    loop {
        let page = pages.next_page().await.unwrap();
        if page.is_empty() {
            return found;
        }
        found.extend(page);
    }
}

proptest! {
    /// The last word on each key counts, however it is read.
    #[test]
    fn shows_what_was_written_last(
        stored in writes(),
        accepted in vec(writes(), 0..4),
        start in 0u8..210,
        end in 0u8..210,
    ) {
        let latest = latest(&stored, &accepted);
        let all = std::iter::once(&stored).chain(&accepted).flatten();
        let last: BTreeMap<&Bytes, &Option<Bytes>> = all.collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for at in 0..=u8::MAX {
                let expected = last.get(&key(at)).and_then(|value| value.as_ref());
                let found = latest.get(&[at]).await.unwrap();
                assert_eq!(found.as_ref(), expected);
            }
            let range = KeyRange::new(key(start), key(end));
            let inside = last.iter().filter(|(key, _)| range.contains(key));
            let mut expected: Vec<Entry> = inside
                .filter_map(|(key, value)| Some(((*key).clone(), (*value).clone()?)))
                .collect();
            assert_eq!(scan(&latest, range.clone(), Order::Ascending).await, expected);
            expected.reverse();
            assert_eq!(scan(&latest, range, Order::Descending).await, expected);
        });
    }
}
