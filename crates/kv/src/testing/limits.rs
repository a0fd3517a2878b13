//! What is too large, and what is not.

use super::{Subject, run};
use crate::{
    Error, KeyRange, Limit, MAX_KEY_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_KEYS,
    MAX_VALUE_BYTES, Order, Store, Txn,
};
use bytes::Bytes;
use std::future::Future;

async fn refused<F, Fut>(store: &Store, body: F) -> Limit
where
    F: Fn(Txn) -> Fut + Send + Sync,
    Fut: Future<Output = Result<(), Error>> + Send,
{
    let answer = store.transact(body).await;
    let Err(Error::TooLarge { limit, .. }) = answer else {
        panic!("{answer:?}");
    };
    limit
}

fn number(n: usize) -> Bytes {
    Bytes::copy_from_slice(&n.to_be_bytes())
}

pub fn limits_hold(subject: &Subject) {
    let store = subject.open_store();
    run(async {
        let long_key = |txn: Txn| async move {
            txn.put(vec![1; MAX_KEY_BYTES + 1], Bytes::new());
            Ok(())
        };
        assert_eq!(refused(&store, long_key).await, Limit::KeyBytes);
        let long_value = |txn: Txn| async move {
            txn.put(vec![1], vec![0; MAX_VALUE_BYTES + 1]);
            Ok(())
        };
        assert_eq!(refused(&store, long_value).await, Limit::ValueBytes);
        let value = Bytes::from(vec![0; MAX_VALUE_BYTES]);
        let value = &value;
        let much = |txn: Txn| async move {
            let count = MAX_TRANSACTION_BYTES / MAX_VALUE_BYTES;
            (0..count).for_each(|n| txn.put(number(n), value.clone()));
            Ok(())
        };
        assert_eq!(refused(&store, much).await, Limit::TransactionBytes);
        let many = |txn: Txn| async move {
            (0..=MAX_TRANSACTION_KEYS).for_each(|n| txn.put(number(n), Bytes::new()));
            Ok(())
        };
        assert_eq!(refused(&store, many).await, Limit::KeysWritten);
        let curious = |txn: Txn| async move {
            for n in 0..=MAX_TRANSACTION_KEYS {
                txn.get(&number(n)).await?;
            }
            Ok(())
        };
        assert_eq!(refused(&store, curious).await, Limit::KeysRead);
        let replaced = |txn: Txn| async move {
            for _ in 0..20 {
                txn.put(vec![1], value.clone());
            }
            txn.put(vec![1], Bytes::new());
            Ok::<(), Error>(())
        };
        store.transact(replaced).await.unwrap();
        let mut scan = store
            .snapshot()
            .scan(KeyRange::prefix(b""), Order::Ascending);
        assert_eq!(scan.next().await.unwrap().unwrap().0, vec![1]);
        assert_eq!(
            scan.next().await.unwrap(),
            None,
            "nothing refused was written"
        );
    });
}

/// Code of about 70 MB, in chunks.
pub fn the_largest_transaction_fits(subject: &Subject) {
    const CHUNKS: u8 = 9;
    let store = subject.open_store();
    run(async {
        let chunk = |n: u8| Bytes::from(vec![n; MAX_VALUE_BYTES]);
        let body = |txn: Txn| async move {
            (0..CHUNKS).for_each(|n| txn.put(vec![1, n], chunk(n)));
            Ok::<(), Error>(())
        };
        store.transact(body).await.unwrap();
    });
    drop(store);
    if subject.lasting == super::Lasting::Memory {
        return;
    }
    let store = subject.open_store();
    run(async {
        let mut scan = store
            .snapshot()
            .scan(KeyRange::prefix(&[1]), Order::Ascending);
        for n in 0..CHUNKS {
            let (key, value) = scan.next().await.unwrap().unwrap();
            assert_eq!(key, vec![1, n]);
            assert_eq!(value.len(), MAX_VALUE_BYTES);
            assert!(value.iter().all(|byte| *byte == n));
        }
    });
}
