//! Sequence numbers of change records.
//!
//! Numbers are microseconds, a new one for each record. They are taken while a transaction runs,
//! which is before it commits, so a later number may be readable before an earlier one. Whoever
//! reads therefore asks first up to where everything is settled: below that number, whatever is
//! to come has come, because every transaction that took such a number has ended.
//!
//! Knows only the transactions of this process.

use base::Timestamp;
use kv::key::KeyWriter;
use kv::{Space, Store};
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long a barrier waits before it is tried again, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LAST_PAUSE: Duration = Duration::from_secs(5);

/// Hands out sequence numbers.
#[derive(Debug, Clone, Default)]
pub struct Sequencer(Arc<Mutex<Numbers>>);

#[derive(Debug, Default)]
struct Numbers {
    last: u64,
    /// Those whose transactions have not ended.
    open: BTreeSet<u64>,
}

impl Sequencer {
    /// Makes all numbers to come larger than `number`.
    pub fn pass(&self, number: u64) {
        let mut numbers = self.0.lock();
        numbers.last = numbers.last.max(number);
    }

    /// The number below which everything is settled.
    pub fn settled(&self, now: Timestamp) -> u64 {
        let mut numbers = self.0.lock();
        if let Some(first) = numbers.open.first() {
            return *first;
        }
        // What is taken from now on is not of the past.
        numbers.last = numbers.last.max(super::sequence_of(now).saturating_sub(1));
        numbers.last + 1
    }

    /// A ticket for one transaction.
    pub fn ticket(&self, store: &Store) -> Ticket {
        Ticket(Arc::new(Taken {
            sequencer: self.clone(),
            store: store.clone(),
            numbers: Mutex::default(),
        }))
    }

    fn take(&self, now: Timestamp) -> u64 {
        let mut numbers = self.0.lock();
        numbers.last = (numbers.last + 1).max(super::sequence_of(now));
        let number = numbers.last;
        numbers.open.insert(number);
        number
    }

    fn settle(&self, taken: &[u64]) {
        let mut numbers = self.0.lock();
        for number in taken {
            numbers.open.remove(number);
        }
    }
}

/// A transaction's right to sequence numbers, over all its attempts.
#[derive(Clone)]
pub struct Ticket(Arc<Taken>);

struct Taken {
    sequencer: Sequencer,
    store: Store,
    numbers: Mutex<Vec<u64>>,
}

impl Ticket {
    /// Takes a number.
    pub fn take(&self, now: Timestamp) -> u64 {
        let number = self.0.sequencer.take(now);
        self.0.numbers.lock().push(number);
        number
    }

    /// The number of everything that the attempt does together: the first it took, or a new one.
    pub fn moment(&self, now: Timestamp) -> u64 {
        let first = self.0.numbers.lock().first().copied();
        first.unwrap_or_else(|| self.take(now))
    }

    /// To be called when an attempt has ended for good: committed, failed, or to be made anew.
    pub fn settle(&self) {
        let numbers = std::mem::take(&mut *self.0.numbers.lock());
        if !numbers.is_empty() {
            self.0.sequencer.settle(&numbers);
        }
    }

    /// To be called when nobody knows how the attempt has ended: its numbers stay open, and
    /// readers before them.
    pub fn abandon(&self) {
        self.0.numbers.lock().clear();
    }
}

impl Drop for Taken {
    /// Who gave up waiting left a commit that may still happen. One that comes after it tells when
    /// it has ended, for commits happen in the order in which they were asked for. As long as that
    /// one cannot be made, because the disk is full, it is tried again: readers wait for it.
    fn drop(&mut self) {
        let numbers = std::mem::take(&mut *self.numbers.lock());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if numbers.is_empty() {
            return;
        }
        let (sequencer, store) = (self.sequencer.clone(), self.store.clone());
        runtime.spawn(async move {
            let key = KeyWriter::new(Space::Dynamodb).text("barrier").finish();
            let key = &key;
            let mut pause = FIRST_PAUSE;
            loop {
                let barrier = store.transact(|txn| async move {
                    txn.put(key.clone(), bytes::Bytes::new());
                    Ok::<(), kv::Error>(())
                });
                match barrier.await {
                    Ok(()) => return sequencer.settle(&numbers),
                    Err(kv::Error::Full | kv::Error::Conflict) => {
                        tokio::time::sleep(pause).await;
                        pause = (pause * 2).min(LAST_PAUSE);
                    }
                    // The store has failed, and with it the server.
                    Err(_) => return,
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(5);

    #[tokio::test]
    async fn readers_stay_behind_open_numbers() {
        let (sequencer, store) = (Sequencer::default(), Store::in_memory());
        let (one, two) = (sequencer.ticket(&store), sequencer.ticket(&store));
        let first = one.take(NOW);
        assert_eq!(first, 5000);
        let second = two.take(NOW);
        assert!(second > first);
        two.settle();
        assert_eq!(sequencer.settled(NOW), first);
        one.settle();
        assert_eq!(sequencer.settled(NOW), second + 1);
        assert!(one.take(Timestamp::from_millis(1)) > second);
        one.abandon();
        drop(one);
        assert_eq!(sequencer.settled(NOW), second + 1);
    }

    #[tokio::test]
    async fn who_gives_up_is_settled_behind_a_barrier() {
        let (sequencer, store) = (Sequencer::default(), Store::in_memory());
        let ticket = sequencer.ticket(&store);
        let number = ticket.take(NOW);
        drop(ticket);
        while sequencer.settled(NOW) <= number {
            tokio::task::yield_now().await;
        }
    }
}
