//! The order of transactions: what is accepted, what of it waits to be written, and what was
//! written lately.

use super::window::Window;
use crate::latest::Latest;
use crate::published::Published;
use crate::transactor::ReadSet;
use crate::{Conflict, Error, Proposal, Verdict, WriteSet};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// A batch takes no further transactions beyond these, so that small ones do not wait for long
/// behind large ones.
const BATCH_BYTES: usize = 16 * 1024 * 1024;
const BATCH_TRANSACTIONS: usize = 1024;
/// What a key costs beyond its bytes, on disk and in memory, rounded up.
const KEY_OVERHEAD_BYTES: usize = 64;

/// Accepted transactions in their order. It is behind one lock, under which nothing waits.
pub(super) struct Line {
    window: Window,
    /// Of the transaction that was accepted last.
    version: u64,
    /// What waits for the thread.
    waiting: VecDeque<Accepted>,
    /// All that is not published yet: what waits and what is being written.
    unpublished: VecDeque<(u64, Arc<WriteSet>)>,
    /// Whether nothing is accepted any more.
    pub(super) is_closed: bool,
}

/// A transaction that has its place.
pub(super) struct Accepted {
    pub(super) version: u64,
    pub(super) writes: Arc<WriteSet>,
    pub(super) footprint: usize,
    pub(super) answer: oneshot::Sender<Result<Verdict, Error>>,
    /// Gives back the memory that the proposal held.
    _place: OwnedSemaphorePermit,
}

impl Line {
    pub(super) fn new() -> Line {
        Line {
            window: Window::new(),
            version: 0,
            waiting: VecDeque::new(),
            unpublished: VecDeque::new(),
            is_closed: false,
        }
    }

    /// Gives a proposal its place, unless what it has read has changed since.
    pub(super) fn accept(
        &mut self,
        proposal: Proposal,
        place: OwnedSemaphorePermit,
    ) -> Result<oneshot::Receiver<Result<Verdict, Error>>, Conflict> {
        self.check(&proposal)?;
        self.version += 1;
        self.window.record(self.version, proposal.writes.keys());
        let (answer, verdict) = oneshot::channel();
        let footprint = footprint(&proposal);
        let writes = Arc::new(proposal.writes);
        self.unpublished
            .push_back((self.version, Arc::clone(&writes)));
        self.waiting.push_back(Accepted {
            version: self.version,
            writes,
            footprint,
            answer,
            _place: place,
        });
        Ok(verdict)
    }

    fn check(&self, proposal: &Proposal) -> Result<(), Conflict> {
        let since = proposal.view.version();
        // What writes nothing is serializable as of its view, if that has come true.
        let conflict = if !proposal.writes.is_empty() {
            self.window.conflict(&proposal.reads, since)
        } else if self.window.has_forgotten(since) && !ReadSet::is_empty(&proposal.reads) {
            Some(Conflict { key: None })
        } else {
            None
        };
        conflict.map_or(Ok(()), Err)
    }

    /// Takes what is to be written next, as much as one batch may hold.
    pub(super) fn take_batch(&mut self) -> Vec<Accepted> {
        let mut bytes = 0;
        let mut taken = 0;
        for accepted in self.waiting.iter().take(BATCH_TRANSACTIONS) {
            if bytes >= BATCH_BYTES {
                break;
            }
            bytes += accepted.footprint;
            taken += 1;
        }
        self.waiting.drain(..taken).collect()
    }

    /// What a transaction would build on that begins now.
    pub(super) fn latest(&self, published: Arc<Published>) -> Latest {
        let accepted = self.unpublished.iter();
        let accepted = accepted.map(|(_, writes)| Arc::clone(writes));
        Latest::new(self.version, published, accepted.collect())
    }

    /// Notes that everything up to `version` is what readers now see.
    pub(super) fn published(&mut self, version: u64, published: &Arc<Published>) {
        while self.unpublished.front().is_some_and(|(v, _)| *v <= version) {
            self.unpublished.pop_front();
        }
        self.window.published(version, published);
    }

    /// Gives up all that is not published, and whoever has seen anything of it. Answers what was
    /// waiting, and the version at which the line goes on.
    pub(super) fn give_up(&mut self) -> (VecDeque<Accepted>, u64) {
        self.version += 1;
        self.unpublished.clear();
        self.window.forget_before(self.version);
        (std::mem::take(&mut self.waiting), self.version)
    }
}

/// Memory that a proposal takes until it is published, in bytes.
pub(super) fn footprint(proposal: &Proposal) -> usize {
    proposal.bytes + proposal.writes.len() * KEY_OVERHEAD_BYTES
}
