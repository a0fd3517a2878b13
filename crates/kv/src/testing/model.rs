//! Random transactions, one after the other, against a `BTreeMap`.

use super::{Lasting, Subject, run};
use crate::{Error, KeyRange, Order, Scan, Snapshot, Store, Txn};
use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeMap;

type Map = BTreeMap<Bytes, Bytes>;

#[derive(Debug, Clone)]
enum Action {
    Transaction {
        steps: Vec<Step>,
        end: End,
    },
    /// Takes a snapshot; all that were taken are compared at the end.
    Snapshot,
    Reopen {
        how: Closing,
    },
}

#[derive(Debug, Clone, Copy)]
enum End {
    Commit,
    Abort,
}

#[derive(Debug, Clone, Copy)]
enum Closing {
    Closed,
    Dropped,
}

#[derive(Debug, Clone)]
enum Step {
    Get(Bytes),
    Put(Bytes, Bytes),
    Delete(Bytes),
    /// Puts if the value is the expected one.
    Replace(Bytes, Option<Bytes>, Bytes),
    Scan {
        range: KeyRange,
        order: Order,
        limit: usize,
    },
    /// Deletes what a scan finds, while it goes on.
    Clear(KeyRange),
}

/// Why a transaction ended without a commit.
#[derive(Debug)]
enum Stop {
    OnPurpose,
    Store(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Store(error)
    }
}

fn key() -> impl Strategy<Value = Bytes> {
    let byte = prop_oneof![Just(0x00), Just(0x01), Just(b'a'), Just(b'b'), Just(0xfe)];
    vec(byte, 1..4).prop_map(Bytes::from)
}

fn value() -> impl Strategy<Value = Bytes> {
    let short = vec(any::<u8>(), 0..4).prop_map(Bytes::from);
    let long = (any::<u8>(), 1000..6000_usize).prop_map(|(byte, len)| vec![byte; len].into());
    prop_oneof![4 => short, 1 => long]
}

fn range() -> impl Strategy<Value = KeyRange> {
    let between = (key(), key()).prop_map(|(a, b)| KeyRange::new(a, b));
    let prefix = vec(prop_oneof![Just(0x00), Just(b'a'), Just(0xfe)], 0..2);
    prop_oneof![between, prefix.prop_map(|prefix| KeyRange::prefix(&prefix))]
}

fn step() -> impl Strategy<Value = Step> {
    let order = prop_oneof![Just(Order::Ascending), Just(Order::Descending)];
    let limit = prop_oneof![0..4_usize, Just(usize::MAX)];
    prop_oneof![
        2 => key().prop_map(Step::Get),
        4 => (key(), value()).prop_map(|(key, value)| Step::Put(key, value)),
        2 => key().prop_map(Step::Delete),
        1 => (key(), proptest::option::of(value()), value())
            .prop_map(|(key, expected, value)| Step::Replace(key, expected, value)),
        3 => (range(), order, limit)
            .prop_map(|(range, order, limit)| Step::Scan { range, order, limit }),
        1 => range().prop_map(Step::Clear),
    ]
}

fn action() -> impl Strategy<Value = Action> {
    let end = prop_oneof![5 => Just(End::Commit), 1 => Just(End::Abort)];
    let how = prop_oneof![Just(Closing::Closed), Just(Closing::Dropped)];
    prop_oneof![
        12 => (vec(step(), 1..8), end)
            .prop_map(|(steps, end)| Action::Transaction { steps, end }),
        2 => Just(Action::Snapshot),
        1 => how.prop_map(|how| Action::Reopen { how }),
    ]
}

/// How many cases to run instead of a few: for a soak of hours.
const CASES_VARIABLE: &str = "KV_MODEL_CASES";

/// Each case starts where the one before has ended, on the same data.
pub fn behaves_like_a_map(subject: &Subject) {
    let few = match subject.lasting {
        Lasting::Memory => 200,
        Lasting::Disk => 40,
    };
    let cases = std::env::var(CASES_VARIABLE).ok();
    let cases = cases.map_or(few, |cases| cases.parse().expect("a number"));
    let mut runner = TestRunner::new(Config {
        cases,
        // A case depends on those before it: a smaller one would not show the same.
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    });
    let map = std::cell::RefCell::new(Map::new());
    let outcome = runner.run(&vec(action(), 1..40), |actions| {
        let mut map = map.borrow_mut();
        if subject.lasting == Lasting::Memory {
            map.clear();
        }
        run(play(subject, &mut map, &actions));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

async fn play(subject: &Subject, map: &mut Map, actions: &[Action]) {
    let mut store = subject.open_store();
    let mut snapshots = Vec::new();
    for action in actions {
        match action {
            Action::Transaction { steps, end } => transaction(&store, map, steps, *end).await,
            Action::Snapshot => snapshots.push((store.snapshot(), map.clone())),
            Action::Reopen { how } if subject.lasting == Lasting::Disk => {
                check_snapshots(&mut snapshots).await;
                if matches!(how, Closing::Closed) {
                    store.close().unwrap();
                }
                drop(store);
                store = subject.open_store();
            }
            Action::Reopen { .. } => {}
        }
    }
    check_snapshots(&mut snapshots).await;
    let everything = store
        .snapshot()
        .scan(KeyRange::prefix(b""), Order::Ascending);
    assert_eq!(collect(everything, usize::MAX).await, entries(map));
}

async fn check_snapshots(snapshots: &mut Vec<(Snapshot, Map)>) {
    for (snapshot, map) in snapshots.drain(..) {
        let scan = snapshot.scan(KeyRange::prefix(b""), Order::Descending);
        let mut found = collect(scan, usize::MAX).await;
        found.reverse();
        assert_eq!(found, entries(&map));
        for (key, value) in map {
            assert_eq!(snapshot.get(&key).await.unwrap(), Some(value));
        }
    }
}

async fn transaction(store: &Store, map: &mut Map, steps: &[Step], end: End) {
    let body = |txn: Txn| {
        let mut own = map.clone();
        async move {
            for step in steps {
                take(&txn, &mut own, step).await;
            }
            match end {
                End::Commit => Ok(own),
                End::Abort => Err(Stop::OnPurpose),
            }
        }
    };
    match store.transact(body).await {
        Ok(own) => *map = own,
        Err(Stop::OnPurpose) => {}
        Err(Stop::Store(error)) => panic!("{error}"),
    }
}

/// Takes a step on both sides; the transaction has to see its own writes.
async fn take(txn: &Txn, map: &mut Map, step: &Step) {
    match step {
        Step::Get(key) => assert_eq!(txn.get(key).await.unwrap().as_ref(), map.get(key)),
        Step::Put(key, value) => {
            txn.put(key.clone(), value.clone());
            map.insert(key.clone(), value.clone());
        }
        Step::Delete(key) => {
            txn.delete(key.clone());
            map.remove(key);
        }
        Step::Replace(key, expected, value) => {
            let found = txn.get(key).await.unwrap();
            assert_eq!(found.as_ref(), map.get(key));
            if found == *expected {
                txn.put(key.clone(), value.clone());
                map.insert(key.clone(), value.clone());
            }
        }
        Step::Scan {
            range,
            order,
            limit,
        } => {
            let found = collect(txn.scan(range.clone(), *order), *limit).await;
            let mut expected = entries_in(map, range);
            if *order == Order::Descending {
                expected.reverse();
            }
            expected.truncate(*limit);
            assert_eq!(found, expected);
        }
        Step::Clear(range) => {
            let mut scan = txn.scan(range.clone(), Order::Ascending);
            while let Some((key, _)) = scan.next().await.unwrap() {
                txn.delete(key.clone());
                assert!(map.remove(&key).is_some());
            }
            assert_eq!(entries_in(map, range), []);
        }
    }
}

fn entries(map: &Map) -> Vec<(Bytes, Bytes)> {
    entries_in(map, &KeyRange::prefix(b""))
}

fn entries_in(map: &Map, range: &KeyRange) -> Vec<(Bytes, Bytes)> {
    let inside = map.iter().filter(|(key, _)| range.contains(key));
    inside
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

async fn collect(mut scan: Scan, limit: usize) -> Vec<(Bytes, Bytes)> {
    let mut entries = Vec::new();
    while entries.len() < limit {
        let Some(entry) = scan.next().await.unwrap() else {
            break;
        };
        entries.push(entry);
    }
    entries
}
