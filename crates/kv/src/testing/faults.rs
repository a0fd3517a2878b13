//! Engines that fail: what callers hear, and what is there afterwards.

use super::{Fault, Faults, FaultyEngine, Lasting, Subject, run};
use crate::{Error, KeyRange, Order, Store, Txn};

fn store(subject: &Subject) -> (Store, Faults) {
    let faults = Faults::default();
    let engine = FaultyEngine::new(subject.open_engine(), faults.clone());
    (Store::new(Box::new(engine)), faults)
}

async fn put(store: &Store, key: &'static str, value: &'static str) -> Result<(), Error> {
    let body = |txn: Txn| async move {
        txn.put(key, value);
        txn.put([key, "'"].concat(), value);
        Ok(())
    };
    store.transact(body).await
}

/// The value of `key`, which has to be whole: both halves of it or none.
async fn get(store: &Store, key: &'static str) -> Option<String> {
    let snapshot = store.snapshot();
    let value = snapshot.get(key.as_bytes()).await.unwrap();
    let twin = snapshot.get([key, "'"].concat().as_bytes()).await.unwrap();
    assert_eq!(value, twin, "a torn transaction");
    value.map(|value| String::from_utf8(value.to_vec()).unwrap())
}

/// The outcome of the write that failed is unknown, and no later one succeeds; what was
/// acknowledged stays readable, and the server can find out and stop.
pub fn a_failed_write_stops_all_writing(subject: &Subject) {
    for fault in [Fault::ApplyLost, Fault::ApplyDone, Fault::ApplyPanic] {
        let (failing, faults) = store(subject);
        run(async {
            put(&failing, "a", "before").await.unwrap();
            faults.add(fault);
            let unknown = put(&failing, "a", "during").await;
            assert!(
                matches!(unknown, Err(Error::UnknownOutcome(_))),
                "{unknown:?}"
            );
            let refused = put(&failing, "a", "after").await;
            assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
            failing.failed().await;
            get(&failing, "a").await.unwrap();
            let read_only = |txn: Txn| async move { txn.get(b"a").await };
            failing.transact(read_only).await.unwrap();
        });
        drop(failing);
        if subject.lasting == Lasting::Disk {
            let store = subject.open_store();
            run(async {
                let expected = match fault {
                    Fault::ApplyDone => "during",
                    _ => "before",
                };
                assert_eq!(get(&store, "a").await.unwrap(), expected);
                put(&store, "a", "again").await.unwrap();
            });
        }
    }
}

pub fn a_full_disk_refuses_writes_until_there_is_room(subject: &Subject) {
    let (store, faults) = store(subject);
    run(async {
        put(&store, "a", "before").await.unwrap();
        for fault in [Fault::NoRoom, Fault::ApplyFull] {
            faults.add(fault);
            let refused = put(&store, "a", "during").await;
            assert!(matches!(refused, Err(Error::Full)), "{refused:?}");
            assert_eq!(get(&store, "a").await.unwrap(), "before");
        }
        put(&store, "a", "after").await.unwrap();
        assert_eq!(get(&store, "a").await.unwrap(), "after");
    });
}

/// Even if the body goes on as if nothing had happened.
pub fn a_failed_read_fails_its_transaction(subject: &Subject) {
    let (store, faults) = store(subject);
    let (store, faults) = (&store, &faults);
    run(async {
        put(store, "a", "before").await.unwrap();
        let heedless_get = |txn: Txn| async move {
            faults.add(Fault::Read);
            txn.get(b"a").await.ok();
            txn.put("b", "during");
            Ok::<(), Error>(())
        };
        let failed = store.transact(heedless_get).await;
        assert!(matches!(failed, Err(Error::Corrupt(_))), "{failed:?}");
        let heedless_scan = |txn: Txn| async move {
            faults.add(Fault::Read);
            txn.scan(KeyRange::prefix(b"a"), Order::Ascending)
                .next()
                .await
                .ok();
            txn.put("b", "during");
            Ok::<(), Error>(())
        };
        let failed = store.transact(heedless_scan).await;
        assert!(matches!(failed, Err(Error::Corrupt(_))), "{failed:?}");
        faults.clear();
        assert_eq!(store.get(b"b").await.unwrap(), None);
        put(store, "a", "after").await.unwrap();
    });
}
