//! Invariants that only serializable transactions keep, under real concurrency.

use super::{Subject, run};
use crate::{Error, KeyRange, Order, Store, Txn};
use bytes::Bytes;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

async fn read(txn: &Txn, key: &[u8]) -> Result<u64, Error> {
    Ok(txn.get(key).await?.map_or(0, |value| number(&value)))
}

fn number(value: &[u8]) -> u64 {
    u64::from_be_bytes(value.try_into().unwrap())
}

fn bytes(number: u64) -> Bytes {
    Bytes::copy_from_slice(&number.to_be_bytes())
}

fn key(kind: u8, n: u64) -> Bytes {
    [&[kind], n.to_be_bytes().as_slice()].concat().into()
}

async fn put(store: &Store, entries: &[(Bytes, u64)]) {
    let body = |txn: Txn| async move {
        entries
            .iter()
            .for_each(|(key, n)| txn.put(key.clone(), bytes(*n)));
        Ok::<(), Error>(())
    };
    store.transact(body).await.unwrap();
}

/// Runs `task(0)` to `task(count - 1)` at the same time.
async fn together<F, Fut>(count: u64, task: F)
where
    F: Fn(u64) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|n| tokio::spawn(task(n))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

const ACCOUNTS: u64 = 5;
const DEPOSIT: u64 = 100;

/// Transfers between accounts, while others add all of them up: in a snapshot, in a scan, and one
/// by one in a transaction.
pub fn money_is_neither_made_nor_lost(subject: &Subject) {
    let store = subject.open_store();
    run(async {
        let accounts: Vec<_> = (0..ACCOUNTS).map(|n| (key(b'a', n), DEPOSIT)).collect();
        put(&store, &accounts).await;
        together(12, |task| {
            let store = store.clone();
            async move {
                for round in 0..15 {
                    if task % 4 == 3 {
                        add_up(&store).await;
                    } else {
                        transfer(&store, task + round, task * round + 1, round % 30).await;
                    }
                }
            }
        })
        .await;
        add_up(&store).await;
    });
}

async fn transfer(store: &Store, from: u64, to: u64, amount: u64) {
    let (from, to) = (key(b'a', from % ACCOUNTS), key(b'a', to % ACCOUNTS));
    let (from, to) = (&from, &to);
    let body = |txn: Txn| async move {
        let have = read(&txn, from).await?;
        if have >= amount && from != to {
            let other = read(&txn, to).await?;
            txn.put(from.clone(), bytes(have - amount));
            txn.put(to.clone(), bytes(other + amount));
        }
        Ok::<(), Error>(())
    };
    store.transact(body).await.unwrap();
}

async fn add_up(store: &Store) {
    let mut sum = 0;
    let mut scan = store
        .snapshot()
        .scan(KeyRange::prefix(b"a"), Order::Ascending);
    while let Some((_, value)) = scan.next().await.unwrap() {
        sum += number(&value);
    }
    assert_eq!(sum, ACCOUNTS * DEPOSIT);
    let body = |txn: Txn| async move {
        let mut sum = 0;
        for n in 0..ACCOUNTS {
            sum += read(&txn, &key(b'a', n)).await?;
        }
        Ok::<u64, Error>(sum)
    };
    assert_eq!(store.transact(body).await.unwrap(), ACCOUNTS * DEPOSIT);
}

/// Write skew: each goes off call if the other is on call. Reading only what one does not write is
/// what snapshot isolation gets wrong.
pub fn one_doctor_stays_on_call(subject: &Subject) {
    let store = subject.open_store();
    run(async {
        for _ in 0..25 {
            put(&store, &[(key(b'd', 0), 1), (key(b'd', 1), 1)]).await;
            together(2, |me| {
                let store = store.clone();
                async move {
                    let body = |txn: Txn| async move {
                        if read(&txn, &key(b'd', 1 - me)).await? == 1 {
                            txn.put(key(b'd', me), bytes(0));
                        }
                        Ok::<(), Error>(())
                    };
                    store.transact(body).await.unwrap();
                }
            })
            .await;
            let mut on_call = 0;
            for n in 0..2 {
                on_call += number(&store.get(&key(b'd', n)).await.unwrap().unwrap());
            }
            assert_eq!(on_call, 1);
        }
    });
}

/// Phantoms: each takes the number after the highest in a range that is empty at first.
pub fn numbers_are_given_out_once(subject: &Subject) {
    const TASKS: u64 = 8;
    const EACH: u64 = 8;
    let store = subject.open_store();
    run(async {
        together(TASKS, |task| {
            let store = store.clone();
            async move {
                for _ in 0..EACH {
                    let body = |txn: Txn| async move {
                        let mut scan = txn.scan(KeyRange::prefix(b"n"), Order::Descending);
                        let last = scan.next().await?;
                        let next = last.map_or(0, |(key, _)| number(&key[1..]) + 1);
                        txn.put(key(b'n', next), bytes(task));
                        Ok::<(), Error>(())
                    };
                    store.transact(body).await.unwrap();
                }
            }
        })
        .await;
        let mut scan = store
            .snapshot()
            .scan(KeyRange::prefix(b"n"), Order::Ascending);
        let mut owners = [0; TASKS as usize];
        for n in 0..TASKS * EACH {
            let (found, owner) = scan.next().await.unwrap().unwrap();
            assert_eq!(found, key(b'n', n));
            owners[number(&owner) as usize] += 1;
        }
        assert_eq!(scan.next().await.unwrap(), None);
        assert!(owners.iter().all(|count| *count == EACH));
    });
}

/// Many tasks add to few counters: every conflict there is, and no task may be left behind.
pub fn hot_counters_lose_nothing(subject: &Subject) {
    const TASKS: u64 = 24;
    const EACH: u64 = 10;
    let store = subject.open_store();
    run(async {
        together(TASKS, |task| {
            let store = store.clone();
            async move {
                for _ in 0..EACH {
                    let body = |txn: Txn| async move {
                        let counter = key(b'c', task % 2);
                        let count = read(&txn, &counter).await?;
                        txn.put(counter, bytes(count + 1));
                        Ok::<(), Error>(())
                    };
                    store.transact(body).await.unwrap();
                }
            }
        })
        .await;
        for n in 0..2 {
            let count = store.get(&key(b'c', n)).await.unwrap().unwrap();
            assert_eq!(number(&count), TASKS * EACH / 2);
        }
    });
}

/// A transaction that takes longer than the others' commits follow each other must get through.
pub fn a_slow_transaction_does_not_starve(subject: &Subject) {
    let store = subject.open_store();
    run(async {
        let done = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..2)
            .map(|_| {
                let (store, done) = (store.clone(), Arc::clone(&done));
                tokio::spawn(async move {
                    while !done.load(Ordering::SeqCst) {
                        put(&store, &[(key(b's', 0), 1)]).await;
                    }
                })
            })
            .collect();
        let attempts = AtomicU32::new(0);
        let attempt = &attempts;
        let body = |txn: Txn| async move {
            attempt.fetch_add(1, Ordering::SeqCst);
            read(&txn, &key(b's', 0)).await?;
            tokio::time::sleep(Duration::from_millis(20)).await;
            txn.put(key(b's', 1), bytes(1));
            Ok::<(), Error>(())
        };
        store.transact(body).await.unwrap();
        done.store(true, Ordering::SeqCst);
        for writer in writers {
            writer.await.unwrap();
        }
        let attempts = attempts.into_inner();
        assert!(attempts < 20, "{attempts} attempts");
    });
}
