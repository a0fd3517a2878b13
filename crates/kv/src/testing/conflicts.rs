//! What conflicts, and what does not: one transaction against changes made in its midst.

use super::{Subject, run};
use crate::{Error, KeyRange, Order, Store, Txn};
use bytes::Bytes;
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};

/// Fills `store` with the keys `a` to `j`, then runs a transaction that reads by `read`, lets
/// another one put `changed`, and writes. Answers how often it had to run.
async fn attempts<F, Fut>(store: &Store, changed: &'static [u8], read: F) -> u32
where
    F: Fn(Txn) -> Fut + Send + Sync,
    Fut: Future<Output = Result<(), Error>> + Send,
{
    put_each(store, b"abcdefghij").await;
    let (attempts, read) = (AtomicU32::new(0), &read);
    let attempt = &attempts;
    let body = |txn: Txn| async move {
        let first = attempt.fetch_add(1, Ordering::SeqCst) == 0;
        read(txn.clone()).await?;
        if first {
            let store = store.clone();
            tokio::spawn(async move { put(&store, changed).await })
                .await
                .unwrap();
        }
        txn.put(b"z".as_slice(), b"written".as_slice());
        Ok::<(), Error>(())
    };
    store.transact(body).await.unwrap();
    attempts.into_inner()
}

async fn put(store: &Store, key: &'static [u8]) {
    let body = |txn: Txn| async move {
        txn.put(key, b"changed".as_slice());
        Ok::<(), Error>(())
    };
    store.transact(body).await.unwrap();
}

async fn put_each(store: &Store, keys: &'static [u8]) {
    let body = |txn: Txn| async move {
        keys.chunks(1)
            .for_each(|key| txn.put(key, b"first".as_slice()));
        Ok::<(), Error>(())
    };
    store.transact(body).await.unwrap();
}

pub fn blind_writes_never_conflict(subject: &Subject) {
    let store = subject.open_store();
    run(async {
        assert_eq!(attempts(&store, b"z", |_| async { Ok(()) }).await, 1);
        assert_eq!(store.get(b"z").await.unwrap().unwrap(), "written");
    });
}

pub fn reading_never_conflicts(subject: &Subject) {
    let store = subject.open_store();
    run(async {
        put_each(&store, b"ab").await;
        let attempts = AtomicU32::new(0);
        let (store, attempt) = (&store, &attempts);
        let body = |txn: Txn| async move {
            attempt.fetch_add(1, Ordering::SeqCst);
            let a = txn.get(b"a").await?;
            let other = store.clone();
            tokio::spawn(async move { put_each(&other, b"ab").await })
                .await
                .unwrap();
            tokio::spawn({
                let other = store.clone();
                async move { put(&other, b"b").await }
            })
            .await
            .unwrap();
            let b = txn.get(b"b").await?;
            assert_eq!(a, b, "both as they were at the beginning");
            Ok::<(), Error>(())
        };
        store.transact(body).await.unwrap();
        assert_eq!(attempts.into_inner(), 1);
    });
}

pub fn a_changed_key_conflicts(subject: &Subject) {
    let store = subject.open_store();
    run(async {
        let read = |txn: Txn| async move { txn.get(b"c").await.map(drop) };
        assert_eq!(attempts(&store, b"c", read).await, 2);
        assert_eq!(attempts(&store, b"d", read).await, 1);
    });
}

pub fn an_absent_key_conflicts_when_it_appears(subject: &Subject) {
    let store = subject.open_store();
    run(async {
        let read = |txn: Txn| async move { txn.get(b"cc").await.map(drop) };
        assert_eq!(attempts(&store, b"cc", read).await, 2);
        let scan_nothing = |txn: Txn| async move {
            let range = KeyRange::new(b"dd".as_slice(), b"de".as_slice());
            assert_eq!(txn.scan(range, Order::Ascending).next().await?, None);
            Ok(())
        };
        assert_eq!(attempts(&store, b"e", scan_nothing).await, 1);
    });
    run(async {
        let scan_gap = |txn: Txn| async move {
            let range = KeyRange::new(b"ee".as_slice(), b"f".as_slice());
            txn.scan(range, Order::Descending).next().await.map(drop)
        };
        assert_eq!(attempts(&store, b"eee", scan_gap).await, 2);
    });
}

/// Scans `b` to `i`, and takes three entries of it.
async fn three(txn: Txn, order: Order, expected: [&str; 3]) -> Result<(), Error> {
    let range = KeyRange::new(b"b".as_slice(), b"i".as_slice());
    let mut scan = txn.scan(range, order);
    for key in expected {
        assert_eq!(scan.next().await?.unwrap().0, key);
    }
    Ok(())
}

pub fn a_scan_conflicts_exactly_where_it_has_been(subject: &Subject) {
    let up = |txn| three(txn, Order::Ascending, ["b", "c", "d"]);
    let down = |txn| three(txn, Order::Descending, ["h", "g", "f"]);
    let untouched = |txn: Txn| async move {
        txn.scan(KeyRange::prefix(b""), Order::Ascending);
        Ok(())
    };
    run(async {
        let store = subject.open_store();
        for (changed, expected) in [
            (b"a".as_slice(), 1),
            (b"b", 2),
            (b"c", 2),
            (b"d", 2),
            (b"d\0", 1),
            (b"e", 1),
            (b"i", 1),
        ] {
            assert_eq!(attempts(&store, changed, up).await, expected, "{changed:?}");
            delete(&store, b"d\0").await;
        }
        for (changed, expected) in [
            (b"i".as_slice(), 1),
            (b"h", 2),
            (b"g", 2),
            (b"f", 2),
            (b"ee", 1),
            (b"b", 1),
        ] {
            assert_eq!(
                attempts(&store, changed, down).await,
                expected,
                "{changed:?}"
            );
            delete(&store, b"ee").await;
        }
        for (changed, expected) in [(b"cc".as_slice(), 2), (b"c\xff", 1)] {
            let read = |txn: Txn| async move {
                let start = if changed == b"cc" { b"c" } else { b"d" };
                let range = KeyRange::new(start.as_slice(), b"i".as_slice());
                txn.scan(range, Order::Ascending).next().await?;
                let mut scan = txn.scan(KeyRange::prefix(b"c"), Order::Ascending);
                if changed == b"cc" {
                    while scan.next().await?.is_some() {}
                }
                Ok(())
            };
            assert_eq!(
                attempts(&store, changed, read).await,
                expected,
                "{changed:?}"
            );
        }
        assert_eq!(attempts(&store, b"b", untouched).await, 1);
    });
}

async fn delete(store: &Store, key: &'static [u8]) {
    let body = |txn: Txn| async move {
        txn.delete(key);
        Ok::<(), Error>(())
    };
    store.transact(body).await.unwrap();
}

/// A transaction that outlives what the committer remembers has to run again, even if nothing it
/// read has changed.
pub fn a_view_beyond_the_window_conflicts(subject: &Subject) {
    const ROUNDS: u32 = 6;
    const KEYS: u32 = 60_000;
    let store = subject.open_store();
    run(async {
        let attempts = AtomicU32::new(0);
        let (store, attempt) = (&store, &attempts);
        let flood = |txn: Txn| async move {
            (0..KEYS).for_each(|n| txn.put(Bytes::copy_from_slice(&n.to_be_bytes()), Bytes::new()));
            Ok::<(), Error>(())
        };
        let body = |txn: Txn| async move {
            let first = attempt.fetch_add(1, Ordering::SeqCst) == 0;
            txn.get(b"untouched").await?;
            for _ in 0..if first { ROUNDS } else { 0 } {
                let store = store.clone();
                tokio::spawn(async move { store.transact(flood).await.unwrap() })
                    .await
                    .unwrap();
            }
            txn.put(b"z".as_slice(), b"".as_slice());
            Ok::<(), Error>(())
        };
        store.transact(body).await.unwrap();
        assert_eq!(attempts.into_inner(), 2);
    });
}
