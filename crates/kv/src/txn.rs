//! One attempt at a transaction: what it reads, what it would write.
//!
//! Nothing leaves a [`Txn`] before its body has ended well. Then its read set and writes become a
//! [`Proposal`]; whether they may happen is not decided here.

mod scan;

pub(crate) use scan::TxnScan;

use crate::{
    Cause, Error, KeyRange, Limit, MAX_KEY_BYTES, MAX_TRANSACTION_BYTES, MAX_TRANSACTION_KEYS,
    MAX_VALUE_BYTES, Order, Proposal, ReadSet, ReadView, Scan, WriteSet,
};
use bytes::Bytes;
use parking_lot::Mutex;
use std::sync::Arc;
use tokio::task::coop::consume_budget;

/// A handle on a transaction under way; clones are handles on the same one. It lives as long as
/// the body it was given to: afterwards, reads fail and writes are lost.
#[derive(Clone)]
pub struct Txn(Arc<Attempt>);

struct Attempt {
    view: Arc<dyn ReadView>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    reads: ReadSet,
    writes: WriteSet,
    /// Keys and values of `writes`.
    bytes: usize,
    /// The first failure: the transaction can no longer commit.
    failed: Option<Error>,
}

#[derive(Debug, thiserror::Error)]
#[error("the transaction has ended")]
struct Ended;

impl Txn {
    pub(crate) fn new(view: Arc<dyn ReadView>) -> Txn {
        Txn(Arc::new(Attempt {
            view,
            state: Mutex::default(),
        }))
    }

    /// The value of `key`, with the transaction's own writes.
    pub async fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Error> {
        consume_budget().await;
        if let Some(own) = self.0.read_own(key)? {
            return Ok(own);
        }
        let answer = self.0.view.get(key).await;
        self.0.noted(answer)
    }

    /// The entries of `range`, with the transaction's own writes, also those made while the scan
    /// goes on. What counts as read is the range that the scan has passed.
    pub fn scan(&self, range: KeyRange, order: Order) -> Scan {
        Scan::of_txn(TxnScan::new(Arc::clone(&self.0), range, order))
    }

    /// Sets `key` to `value` when the transaction commits. A write beyond a limit makes the
    /// commit fail with [`Error::TooLarge`].
    pub fn put(&self, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        self.0.state.lock().write(key.into(), Some(value.into()));
    }

    /// Removes `key`, if it is there, when the transaction commits.
    pub fn delete(&self, key: impl Into<Bytes>) {
        self.0.state.lock().write(key.into(), None);
    }

    /// Ends the attempt: what it would write, which may be nothing. Handles that are still around
    /// can do nothing more.
    ///
    /// # Errors
    /// The first failure of a read, or the limit that a write exceeded.
    pub(crate) fn finish(self) -> Result<Proposal, Error> {
        let ended = State {
            failed: Some(Error::Unavailable(Cause::new(Ended))),
            ..State::default()
        };
        let state = std::mem::replace(&mut *self.0.state.lock(), ended);
        match state.failed {
            Some(error) => Err(error),
            None => Ok(Proposal {
                view: Arc::clone(&self.0.view),
                reads: state.reads,
                writes: state.writes,
                bytes: state.bytes,
            }),
        }
    }
}

impl Attempt {
    /// What the transaction itself has written to `key`; otherwise the key counts as read.
    fn read_own(&self, key: &[u8]) -> Result<Option<Option<Bytes>>, Error> {
        let mut state = self.state.lock();
        state.is_open()?;
        if let Some(own) = state.writes.get(key) {
            return Ok(Some(own.clone()));
        }
        let added = state.reads.add_key(key);
        state.noted(added)?;
        Ok(None)
    }

    fn noted<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(error) => self.state.lock().noted(Err(error)),
        }
    }
}

impl State {
    fn is_open(&self) -> Result<(), Error> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// A transaction whose read failed cannot commit, even if its body carries on.
    fn noted<T>(&mut self, answer: Result<T, Error>) -> Result<T, Error> {
        if let Err(error) = &answer {
            self.failed.get_or_insert_with(|| error.clone());
        }
        answer
    }

    fn write(&mut self, key: Bytes, value: Option<Bytes>) {
        if self.failed.is_some() {
            return;
        }
        let value_bytes = value.as_ref().map_or(0, Bytes::len);
        self.bytes += key.len() + value_bytes;
        let key_bytes = key.len();
        if let Some(replaced) = self.writes.insert(key, value) {
            self.bytes -= key_bytes + replaced.map_or(0, |value| value.len());
        }
        let limits = [
            (Limit::KeyBytes, key_bytes, MAX_KEY_BYTES),
            (Limit::ValueBytes, value_bytes, MAX_VALUE_BYTES),
            (Limit::TransactionBytes, self.bytes, MAX_TRANSACTION_BYTES),
            (Limit::KeysWritten, self.writes.len(), MAX_TRANSACTION_KEYS),
        ];
        let exceeded = limits.into_iter().find(|(_, size, max)| size > max);
        if let Some((limit, _, max)) = exceeded {
            self.failed = Some(Error::TooLarge { limit, max });
            self.writes.clear();
        }
    }
}
