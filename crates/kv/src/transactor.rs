//! The seam between transactions and whatever makes them last.
//!
//! On this machine that is the committer over an [`crate::Engine`], which validates read sets
//! itself. A database across the network fits here with its own transactions: its view reads
//! inside an open serializable transaction, its commit sends the writes and commits that, and
//! ignores the read set because the database has seen the reads. Reads are futures, ready at once
//! on an embedded engine: no allocation, no task switch.

use crate::{Cause, Entry, Error, KeyRange, Limit, MAX_TRANSACTION_KEYS, Order, WriteSet};
use bytes::Bytes;
use std::collections::BTreeSet;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::sync::watch;

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where transactions begin and end.
pub trait Transactor: Send + Sync + 'static {
    /// A view of everything acknowledged so far.
    fn view(&self) -> Arc<dyn ReadView>;

    /// A view of everything accepted so far, acknowledged or not: for who has lost to something
    /// that an acknowledged view does not show yet.
    fn latest(&self) -> Arc<dyn ReadView> {
        self.view()
    }

    /// Accepts the proposal if it is serializable. A conflict is an answer and not an error: the
    /// caller runs the transaction again.
    ///
    /// Dropping the future or the receipt does not take the proposal back.
    fn propose(&self, proposal: Proposal) -> BoxFuture<'static, Result<Proposed, Error>>;

    /// Holds the cause once no write can succeed any more.
    fn failure(&self) -> watch::Receiver<Option<Cause>>;

    /// Finishes what is under way and closes.
    fn close(&self) -> Result<(), Error>;
}

/// A consistent view as a transaction reads it. What it shows is settled by the first read, or
/// by [`pin`](ReadView::pin).
pub trait ReadView: Send + Sync {
    fn get(&self, key: &[u8]) -> ReadFuture<'static, Option<Bytes>>;

    fn scan(self: Arc<Self>, range: KeyRange, order: Order) -> Box<dyn Pages>;

    /// Settles now what the view shows, where that needs no waiting. Nothing that is pinned will
    /// be committed, so its reads never conflict.
    fn pin(&self);

    /// What read sets are validated against, where the database does not do so itself.
    fn version(&self) -> u64;

    /// Whether all that it shows is durable. What was read otherwise may be told to nobody before
    /// a proposal that comes after it is committed, be it an empty one.
    fn is_acknowledged(&self) -> bool {
        true
    }
}

/// A scan that fetches many entries at a time; an empty page is the end.
pub trait Pages: Send {
    fn next_page(&mut self) -> ReadFuture<'_, Vec<Entry>>;
}

/// All that a transaction wants to happen at once.
pub struct Proposal {
    /// The view the transaction read.
    pub view: Arc<dyn ReadView>,
    pub reads: ReadSet,
    pub writes: WriteSet,
    /// Keys and values of `writes`.
    pub bytes: usize,
}

impl Proposal {
    /// The same, with nothing to be written.
    #[must_use]
    pub(crate) fn without_writes(self) -> Proposal {
        Proposal {
            writes: WriteSet::new(),
            bytes: 0,
            ..self
        }
    }
}

/// How a proposal is received.
pub enum Proposed {
    /// It has its place in the order of transactions; whether it is durable is told later.
    Accepted(Receipt),
    /// Nothing will be written.
    Conflict(Conflict),
}

/// A key that another transaction changed, where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    pub key: Option<Bytes>,
}

/// What became of an accepted proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Committed,
    /// Nothing was written, because something that came before it in the order was not.
    Conflict(Conflict),
}

/// The future [`Verdict`] on an accepted proposal.
pub struct Receipt(BoxFuture<'static, Result<Verdict, Error>>);

impl Receipt {
    pub fn of(verdict: impl Future<Output = Result<Verdict, Error>> + Send + 'static) -> Receipt {
        Receipt(Box::pin(verdict))
    }
}

impl Future for Receipt {
    type Output = Result<Verdict, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

/// What a transaction has seen: single keys, present or not, and stretches, empty or not.
#[derive(Debug, Default, Clone)]
pub struct ReadSet {
    keys: BTreeSet<Bytes>,
    ranges: Vec<KeyRange>,
}

impl ReadSet {
    pub fn keys(&self) -> impl Iterator<Item = &Bytes> {
        self.keys.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.ranges.is_empty()
    }

    pub fn ranges(&self) -> &[KeyRange] {
        &self.ranges
    }

    pub(crate) fn add_key(&mut self, key: &[u8]) -> Result<(), Error> {
        if !self.keys.contains(key) {
            self.has_room()?;
            self.keys.insert(Bytes::copy_from_slice(key));
        }
        Ok(())
    }

    /// Registers a range, which its scan then stretches through [`ReadSet::range_mut`].
    pub(crate) fn add_range(&mut self, range: KeyRange) -> Result<usize, Error> {
        self.has_room()?;
        self.ranges.push(range);
        Ok(self.ranges.len() - 1)
    }

    pub(crate) fn range_mut(&mut self, index: usize) -> Option<&mut KeyRange> {
        self.ranges.get_mut(index)
    }

    fn has_room(&self) -> Result<(), Error> {
        if self.keys.len() + self.ranges.len() < MAX_TRANSACTION_KEYS {
            return Ok(());
        }
        Err(Error::TooLarge {
            limit: Limit::KeysRead,
            max: MAX_TRANSACTION_KEYS,
        })
    }
}

/// The answer to a read: there at once, or on its way.
pub enum ReadFuture<'a, T> {
    Ready(Ready<Result<T, Error>>),
    Pending(BoxFuture<'a, Result<T, Error>>),
}

impl<'a, T> ReadFuture<'a, T> {
    pub fn ready(answer: Result<T, Error>) -> Self {
        ReadFuture::Ready(ready(answer))
    }

    pub fn pending(answer: impl Future<Output = Result<T, Error>> + Send + 'a) -> Self {
        ReadFuture::Pending(Box::pin(answer))
    }
}

impl<T> Future for ReadFuture<'_, T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            ReadFuture::Ready(answer) => Pin::new(answer).poll(context),
            ReadFuture::Pending(answer) => answer.as_mut().poll(context),
        }
    }
}

#[cfg(test)]
mod tests;
