//! Flushes, merges and new journals all the time, under writers and readers, against a model.
//!
//! Memtables are so small that every few dozen transactions fill one. Each writer's transactions
//! are a function of their number, and each one stores its number: so whoever takes a snapshot knows
//! from it alone, to the byte, what else has to be in it. `KV_SOAK_ROUNDS` makes it longer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "these are tests: they are to panic"
)]

use base::Entropy;
use bytes::Bytes;
use kv::{Error, KeyRange, Order, Snapshot, Store, Txn};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const ROUNDS_VARIABLE: &str = "KV_SOAK_ROUNDS";
const ROUNDS: u64 = 3;
const WRITERS: u8 = 4;
/// Of each writer in each round.
const TRANSACTIONS: u64 = 350;
const SLOTS: u64 = 300;
const LONGEST_VALUE: u64 = 6000;
/// Now and then there is a long value, so that a round fills more than a journal.
const LONG_EVERY: u64 = 6;
const LONG_BYTES: u64 = 320 * 1024;

fn open(folder: &Path) -> Store {
    let options = kv_fjall::Options {
        memtable_bytes: 128 * 1024,
        // Most reads go to tables.
        cache_bytes: 64 * 1024,
        ..kv_fjall::Options::default()
    };
    Store::new(kv_fjall::open(folder, &options).unwrap())
}

/// What a writer's transactions have left.
#[derive(Default)]
struct Model {
    number: u64,
    entries: BTreeMap<Bytes, Bytes>,
}

impl Model {
    /// Does what the transactions up to `number` did.
    fn advance(&mut self, writer: u8, number: u64) {
        assert!(
            self.number <= number,
            "transactions of writer {writer} are gone"
        );
        while self.number < number {
            self.number += 1;
            for (key, value) in writes(writer, self.number) {
                match value {
                    Some(value) => self.entries.insert(key, value),
                    None => self.entries.remove(&key),
                };
            }
        }
    }
}

/// What a transaction writes: some values, fewer deletions, and its number.
fn writes(writer: u8, number: u64) -> BTreeMap<Bytes, Option<Bytes>> {
    let seed = u64::from(writer) << 32 | number;
    let dice = Entropy::seeded(seed);
    let mut writes = BTreeMap::from([(head(writer), Some(number.to_be_bytes().to_vec().into()))]);
    for _ in 0..=dice.u64() % 4 {
        let slot = u16::try_from(dice.u64() % SLOTS).unwrap().to_be_bytes();
        let key = Bytes::from(vec![b's', writer, slot[0], slot[1]]);
        let value =
            (!dice.u64().is_multiple_of(4)).then(|| noise(dice.u64(), dice.u64() % LONGEST_VALUE));
        writes.insert(key, value);
    }
    if number.is_multiple_of(LONG_EVERY) {
        let key = Bytes::from(vec![b's', writer, u8::MAX]);
        writes.insert(key, Some(noise(seed, LONG_BYTES)));
    }
    writes
}

/// Bytes that do not compress.
fn noise(seed: u64, len: u64) -> Bytes {
    let mut state = seed | 1;
    let words = (0..len / 8).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()
    });
    words.collect()
}

fn head(writer: u8) -> Bytes {
    vec![b's', writer].into()
}

async fn write(store: Store, writer: u8, from: u64) {
    for number in from + 1..=from + TRANSACTIONS {
        let writes = &writes(writer, number);
        let body = |txn: Txn| async move {
            let before = txn.get(&head(writer)).await?;
            assert_eq!(
                before,
                (number > 1).then(|| (number - 1).to_be_bytes().to_vec().into())
            );
            for (key, value) in writes.clone() {
                match value {
                    Some(value) => txn.put(key, value),
                    None => txn.delete(key),
                }
            }
            Ok::<(), Error>(())
        };
        store.transact(body).await.unwrap();
    }
}

/// Everything of every writer, as its number in the snapshot says.
async fn check(snapshot: &Snapshot, models: &mut [Model], order: Order) {
    for (model, writer) in models.iter_mut().zip(0..) {
        let number = snapshot.get(&head(writer)).await.unwrap();
        let number = number.map_or(0, |bytes| u64::from_be_bytes(bytes[..].try_into().unwrap()));
        model.advance(writer, number);
        let mut scan = snapshot.scan(KeyRange::prefix(&head(writer)), order);
        let mut found = Vec::new();
        while let Some(entry) = scan.next().await.unwrap() {
            found.push(entry);
        }
        if order == Order::Descending {
            found.reverse();
        }
        assert!(
            found
                .iter()
                .map(|(key, value)| (key, value))
                .eq(&model.entries),
            "writer {writer}, transaction {number}"
        );
    }
}

/// Snapshots while others write; each is looked at again when later ones have been taken.
async fn watch(store: Store, working: Arc<AtomicUsize>, mut models: Vec<Model>) -> Vec<Model> {
    while working.load(Ordering::SeqCst) > 0 {
        let snapshot = store.snapshot();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        check(&snapshot, &mut models, Order::Descending).await;
        check(&snapshot, &mut models, Order::Ascending).await;
    }
    models
}

async fn work(store: &Store, from: u64, models: Vec<Model>) -> Vec<Model> {
    let working = Arc::new(AtomicUsize::new(usize::from(WRITERS)));
    let watcher = tokio::spawn(watch(store.clone(), working.clone(), models));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (store, working) = (store.clone(), working.clone());
            tokio::spawn(async move {
                write(store, writer, from).await;
                working.fetch_sub(1, Ordering::SeqCst);
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    watcher.await.unwrap()
}

#[test]
fn soak() {
    let rounds = std::env::var(ROUNDS_VARIABLE).map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_time()
        .build()
        .unwrap();
    let mut models: Vec<Model> = (0..WRITERS).map(|_| Model::default()).collect();
    for round in 0..rounds {
        let store = open(folder.path());
        models = runtime.block_on(async {
            check(&store.snapshot(), &mut models, Order::Ascending).await;
            work(&store, round * TRANSACTIONS, models).await
        });
        if round % 2 == 0 {
            store.close().unwrap();
        }
    }
    let store = open(folder.path());
    runtime.block_on(check(&store.snapshot(), &mut models, Order::Ascending));
    assert!(
        models
            .iter()
            .all(|model| model.number == rounds * TRANSACTIONS)
    );
    assert_that_it_was_busy(folder.path(), rounds);
}

/// Journals and tables are numbered: the numbers tell how many there have been.
fn assert_that_it_was_busy(folder: &Path, rounds: u64) {
    let journals = numbers(&folder.join("fjall"), ".jnl");
    let tables = numbers(&folder.join("fjall/keyspaces/1/tables"), "");
    assert!(
        *journals.last().unwrap() >= rounds,
        "no new journals: {journals:?}"
    );
    let most = tables.last().unwrap();
    assert!(
        *most >= 20 * rounds,
        "hardly a table was written: {tables:?}"
    );
    let merged = most + 1 - u64::try_from(tables.len()).unwrap();
    assert!(
        merged >= 10 * rounds,
        "hardly a table was merged: {tables:?}"
    );
}

fn numbers(folder: &Path, ending: &str) -> Vec<u64> {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name());
    let mut numbers: Vec<u64> = files
        .filter_map(|name| name.to_str()?.strip_suffix(ending)?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers
}
