//! Callers that go away in the middle.

use super::{Subject, run};
use crate::{Error, KeyRange, Order, Store, Txn};
use bytes::Bytes;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// Polls `future` so many times, then drops it.
async fn abandon<T>(future: impl Future<Output = T>, polls: u32) {
    let mut future = pin!(future);
    for _ in 0..polls {
        let ready = poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_ready()));
        if ready.await {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn write_twins(store: &Store, n: u32) -> Result<(), Error> {
    let body = |txn: Txn| async move {
        let n = Bytes::copy_from_slice(&n.to_be_bytes());
        txn.get(b"hot").await?;
        txn.put(b"hot".as_slice(), n.clone());
        txn.put([b"a", &*n].concat(), n.clone());
        txn.put([b"b", &*n].concat(), n);
        Ok(())
    };
    store.transact(body).await
}

async fn numbers(store: &Store, prefix: &[u8]) -> Vec<Bytes> {
    let mut scan = store
        .snapshot()
        .scan(KeyRange::prefix(prefix), Order::Ascending);
    let mut numbers = Vec::new();
    while let Some((key, _)) = scan.next().await.unwrap() {
        numbers.push(key.slice(prefix.len()..));
    }
    numbers
}

/// More of them than may wait, so that every place in the queue has to come back.
pub fn abandoned_transactions_do_no_harm(subject: &Subject) {
    const ABANDONED: u32 = 1500;
    let store = subject.open_store();
    run(async {
        let tasks: Vec<_> = (0..4)
            .map(|task| {
                let store = store.clone();
                tokio::spawn(async move {
                    for n in 0..ABANDONED / 4 {
                        abandon(write_twins(&store, n * 4 + task), n % 4).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        write_twins(&store, ABANDONED).await.unwrap();
        let twins = [numbers(&store, b"a").await, numbers(&store, b"b").await];
        assert_eq!(twins[0], twins[1]);
        assert!(twins[0].contains(&Bytes::copy_from_slice(&ABANDONED.to_be_bytes())));
    });
}
