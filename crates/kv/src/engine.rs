//! What an embedded engine must do to stand under a [`crate::Store`].
//!
//! An engine blocks; the layer above decides on which thread. It knows nothing of transactions,
//! conflicts or waiting tasks: validation sits in the committer, the only caller of
//! [`Engine::apply`]. A database that brings its own transactions over a network is no engine but
//! a [`crate::Transactor`].

use crate::{Cause, Error, KeyRange, Order};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A key and its value.
pub type Entry = (Bytes, Bytes);

/// What one batch writes: `None` deletes. A map, so that no key is written twice in a batch.
pub type WriteSet = BTreeMap<Bytes, Option<Bytes>>;

/// An ordered store on this machine.
pub trait Engine: Send + Sync + 'static {
    /// For messages.
    fn name(&self) -> &'static str;

    /// Everything applied so far, and nothing that comes later. A view shows a batch wholly or
    /// not at all, and only once it is durable.
    fn view(&self) -> Result<Arc<dyn View>, Error>;

    /// Writes the batch atomically; it is durable, and visible to new views, when this returns.
    /// Called by one thread at a time.
    fn apply(&self, batch: &WriteSet) -> Result<(), ApplyError>;

    /// How much may still be written.
    fn room(&self) -> Result<Room, Error>;

    /// Leaves things so that the next opening is fast. Nothing acknowledged depends on it.
    fn close(&self) -> Result<(), Error>;
}

/// The keys and values, in bytes, that an engine takes before its own upkeep (journal, flushes,
/// merges) runs the risk of a full disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// For transactions of any kind.
    pub for_writing: u64,
    /// For transactions that delete at least as much as they write: what is nearly full must be
    /// possible to empty.
    pub for_deleting: u64,
}

impl Room {
    pub const UNLIMITED: Room = Room {
        for_writing: u64::MAX,
        for_deleting: u64::MAX,
    };
    pub const NONE: Room = Room {
        for_writing: 0,
        for_deleting: 0,
    };
}

/// A consistent, unchanging view of an engine.
pub trait View: Send + Sync {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Error>;

    /// A walk over `range`. It keeps the view alive.
    fn cursor(self: Arc<Self>, range: KeyRange, order: Order) -> Box<dyn Cursor>;
}

/// A walk over a range of a [`View`]; `None` at its end.
pub trait Cursor: Send {
    fn next(&mut self) -> Result<Option<Entry>, Error>;
}

/// Why a batch was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// Certainly nothing was written, and the engine goes on.
    #[error("the disk is full")]
    Full,
    /// The batch may or may not be there after the next start. The engine must not be used
    /// for writing again: after a failed sync, the kernel may have dropped pages that a later
    /// sync would report as safe.
    #[error("writing failed: {0}")]
    Failed(#[source] Cause),
}
