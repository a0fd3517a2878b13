use super::*;
use crate::{KeyRange, Order};

#[tokio::test]
async fn an_error_of_the_body_writes_nothing() {
    #[derive(Debug)]
    enum Stop {
        OnPurpose,
        Store,
    }
    impl From<Error> for Stop {
        fn from(_: Error) -> Stop {
            Stop::Store
        }
    }
    let store = Store::in_memory();
    let body = |txn: Txn| async move {
        txn.put("a", "1");
        Err::<(), _>(Stop::OnPurpose)
    };
    let answer = store.transact(body).await;
    assert!(matches!(answer, Err(Stop::OnPurpose)));
    assert_eq!(store.get(b"a").await.unwrap(), None);
}

#[tokio::test]
async fn a_transaction_inside_another_is_refused() {
    let store = Store::in_memory();
    let store = &store;
    let inner = |txn: Txn| async move {
        txn.put("a", "1");
        Ok::<(), Error>(())
    };
    let outer = |_: Txn| async move { store.transact(inner).await };
    let refused = store.transact(outer).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
}

#[tokio::test]
async fn a_handle_that_outlives_its_transaction_is_of_no_use() {
    let store = Store::in_memory();
    let body = |txn: Txn| async move {
        txn.put("a", "1");
        let scan = txn.scan(KeyRange::prefix(b""), Order::Ascending);
        Ok::<_, Error>((txn, scan))
    };
    let (txn, mut scan) = store.transact(body).await.unwrap();
    txn.put("b", "2");
    assert!(matches!(txn.get(b"a").await, Err(Error::Unavailable(_))));
    assert!(matches!(scan.next().await, Err(Error::Unavailable(_))));
    assert_eq!(store.get(b"b").await.unwrap(), None);
}

#[tokio::test]
async fn a_snapshot_is_of_the_moment_it_was_taken() {
    let store = Store::in_memory();
    let before = store.snapshot();
    let body = |txn: Txn| async move {
        txn.put("a", "1");
        Ok::<(), Error>(())
    };
    store.transact(body).await.unwrap();
    assert_eq!(before.get(b"a").await.unwrap(), None);
    assert_eq!(store.snapshot().get(b"a").await.unwrap().unwrap(), "1");
}

#[tokio::test]
async fn reading_goes_on_after_the_end() {
    let store = Store::in_memory();
    store.close().unwrap();
    store.close().unwrap();
    assert_eq!(store.get(b"a").await.unwrap(), None);
    let body = |txn: Txn| async move {
        txn.put("a", "1");
        Ok::<(), Error>(())
    };
    let refused = store.transact(body).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
}

#[test]
fn no_runtime_is_needed_to_read() {
    let store = Store::in_memory();
    let read = std::pin::pin!(store.get(b"a"));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(read.poll(&mut context).is_ready());
}
