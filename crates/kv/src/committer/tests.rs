use super::*;
use crate::{MemoryEngine, Store, Txn, View};
use bytes::Bytes;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use tokio::task::{JoinHandle, yield_now};

const KEY: &[u8] = b"counter";

/// An engine that applies a batch only when told what to say of it.
struct Gated {
    engine: MemoryEngine,
    answers: Mutex<mpsc::Receiver<Result<(), ApplyError>>>,
    batches: Arc<AtomicU32>,
}

impl Engine for Gated {
    fn name(&self) -> &'static str {
        "gated"
    }

    fn view(&self) -> Result<Arc<dyn View>, Error> {
        self.engine.view()
    }

    fn apply(&self, batch: &WriteSet) -> Result<(), ApplyError> {
        self.batches.fetch_add(1, Ordering::SeqCst);
        self.answers.lock().recv().unwrap_or(Ok(()))?;
        self.engine.apply(batch)
    }

    fn room(&self) -> Result<Room, Error> {
        Ok(Room::UNLIMITED)
    }

    fn close(&self) -> Result<(), Error> {
        Ok(())
    }
}

struct Gate {
    store: Store,
    answers: mpsc::Sender<Result<(), ApplyError>>,
    batches: Arc<AtomicU32>,
}

impl Gate {
    fn new() -> Gate {
        let (answers, receiver) = mpsc::channel();
        let batches = Arc::new(AtomicU32::new(0));
        let engine = Gated {
            engine: MemoryEngine::new(),
            answers: Mutex::new(receiver),
            batches: Arc::clone(&batches),
        };
        Gate {
            store: Store::new(Box::new(engine)),
            answers,
            batches,
        }
    }

    /// Starts an increment, and lets it go as far as it can.
    async fn increment(&self) -> JoinHandle<Result<u8, Error>> {
        let store = self.store.clone();
        let increment = tokio::spawn(async move { store.transact(increment).await });
        self.settle().await;
        increment
    }

    /// Everything runs on this thread and nothing here waits for time, so a number of rounds is
    /// enough for all to stand where only the engine can move them.
    async fn settle(&self) {
        for _ in 0..100 {
            yield_now().await;
        }
    }

    /// Waits until the engine has been asked to apply so many batches.
    async fn asked(&self, batches: u32) {
        while self.batches.load(Ordering::SeqCst) < batches {
            yield_now().await;
        }
    }
}

async fn increment(txn: Txn) -> Result<u8, Error> {
    let value = counter(&txn).await? + 1;
    txn.put(KEY, vec![value]);
    Ok(value)
}

async fn counter(txn: &Txn) -> Result<u8, Error> {
    let value: Option<Bytes> = txn.get(KEY).await?;
    Ok(value.map_or(0, |value| value[0]))
}

#[tokio::test]
async fn transactions_over_one_key_share_a_sync() {
    let gate = Gate::new();
    let first = gate.increment().await;
    gate.asked(1).await;
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(gate.increment().await);
    }
    gate.answers.send(Ok(())).unwrap();
    gate.answers.send(Ok(())).unwrap();
    assert_eq!(first.await.unwrap().unwrap(), 1);
    let mut values = Vec::new();
    for other in others {
        values.push(other.await.unwrap().unwrap());
    }
    values.sort_unstable();
    assert_eq!(values, (2..=21).collect::<Vec<_>>());
    assert_eq!(gate.batches.load(Ordering::SeqCst), 2);
    assert_eq!(gate.store.get(KEY).await.unwrap().unwrap(), [21].as_slice());
}

/// Neither an answer nor an error tells of what is not durable.
#[tokio::test]
async fn nobody_hears_of_what_is_not_durable() {
    let gate = Gate::new();
    let first = gate.increment().await;
    gate.asked(1).await;
    let refusing = |txn: Txn| async move {
        match counter(&txn).await? {
            // The first attempt sees what is acknowledged, and loses.
            0 => increment(txn).await,
            _ => Err(Error::Full),
        }
    };
    let reading = |txn: Txn| async move {
        match counter(&txn).await? {
            0 => increment(txn).await,
            value => Ok(value + 100),
        }
    };
    let (one, two) = (gate.store.clone(), gate.store.clone());
    let refused = tokio::spawn(async move { one.transact(refusing).await });
    let read = tokio::spawn(async move { two.transact(reading).await });
    gate.settle().await;
    assert!(!refused.is_finished() && !read.is_finished());
    assert_eq!(gate.store.get(KEY).await.unwrap(), None);
    gate.answers.send(Ok(())).unwrap();
    assert_eq!(first.await.unwrap().unwrap(), 1);
    assert!(matches!(refused.await.unwrap(), Err(Error::Full)));
    assert_eq!(read.await.unwrap().unwrap(), 101);
    assert_eq!(
        gate.batches.load(Ordering::SeqCst),
        1,
        "nothing was written"
    );
}

#[tokio::test]
async fn what_built_on_something_without_room_tries_again() {
    let gate = Gate::new();
    let first = gate.increment().await;
    gate.asked(1).await;
    let others = [gate.increment().await, gate.increment().await];
    gate.answers.send(Err(ApplyError::Full)).unwrap();
    assert!(matches!(first.await.unwrap(), Err(Error::Full)));
    drop(gate.answers);
    let mut values = Vec::new();
    for other in others {
        values.push(other.await.unwrap().unwrap());
    }
    values.sort_unstable();
    assert_eq!(values, [1, 2]);
    assert_eq!(gate.store.get(KEY).await.unwrap().unwrap(), [2].as_slice());
}

#[tokio::test]
async fn a_failed_write_ends_all_that_waits() {
    let gate = Gate::new();
    let first = gate.increment().await;
    gate.asked(1).await;
    let other = gate.increment().await;
    let failed = ApplyError::Failed(Cause::new("the disk is gone"));
    gate.answers.send(Err(failed)).unwrap();
    assert!(matches!(
        first.await.unwrap(),
        Err(Error::UnknownOutcome(_))
    ));
    assert!(matches!(other.await.unwrap(), Err(Error::Unavailable(_))));
    assert_eq!(gate.store.get(KEY).await.unwrap(), None);
}
