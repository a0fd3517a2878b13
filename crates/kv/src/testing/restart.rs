//! Opening again what was closed, or only let go.

use super::{Lasting, Subject, run};
use crate::{Error, KeyRange, Order, Store, Txn};

/// Rounds of concurrent commits with a restart after each.
pub fn restarts_lose_nothing(subject: &Subject) {
    const ROUNDS: u8 = 6;
    const TASKS: u8 = 6;
    const EACH: u8 = 20;
    if subject.lasting == Lasting::Memory {
        return;
    }
    for round in 0..ROUNDS {
        let store = subject.open_store();
        run(async {
            check(&store, round, [TASKS, EACH]).await;
            let tasks: Vec<_> = (0..TASKS)
                .map(|task| {
                    let store = store.clone();
                    tokio::spawn(async move {
                        for n in 0..EACH {
                            commit(&store, [round, task, n]).await;
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        if round % 2 == 0 {
            store.close().unwrap();
            let refused = run(store.transact(|txn: Txn| async move {
                txn.put(vec![1], vec![1]);
                Ok::<(), Error>(())
            }));
            assert!(matches!(refused, Err(Error::Unavailable(_))));
        }
    }
    run(check(&subject.open_store(), ROUNDS, [TASKS, EACH]));
}

/// Overwrites one key, adds one, and deletes one of the round before.
async fn commit(store: &Store, [round, task, n]: [u8; 3]) {
    let body = |txn: Txn| async move {
        txn.put(vec![b'o', task], vec![round, n]);
        txn.put(vec![b'r', round, task, n], vec![n; 3000]);
        if let Some(before) = round.checked_sub(1) {
            txn.delete(vec![b'r', before, task, n]);
        }
        Ok::<(), Error>(())
    };
    store.transact(body).await.unwrap();
}

async fn check(store: &Store, rounds: u8, [tasks, each]: [u8; 2]) {
    let Some(last) = rounds.checked_sub(1) else {
        return;
    };
    let mut scan = store
        .snapshot()
        .scan(KeyRange::prefix(b"r"), Order::Ascending);
    for task in 0..tasks {
        let overwritten = store.get(&[b'o', task]).await.unwrap().unwrap();
        assert_eq!(overwritten, vec![last, each - 1]);
        for n in 0..each {
            let (key, value) = scan.next().await.unwrap().unwrap();
            assert_eq!(key, vec![b'r', last, task, n]);
            assert_eq!(value, vec![n; 3000]);
        }
    }
    assert_eq!(scan.next().await.unwrap(), None);
}
