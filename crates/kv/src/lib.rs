//! An ordered key-value store with serializable transactions, under everything that lasts.
//!
//! A [`Store`] is a commit layer over an [`Engine`]: transactions run optimistically against a
//! consistent view, the committer validates what each of them read and settles their order, and
//! its thread merges all that wait into one batch, makes it durable with one sync, and only then
//! acknowledges. So:
//!
//! - what is acknowledged is on disk, and nobody ever reads what is not;
//! - every transaction behaves as if it ran alone (phantoms and write skew included);
//! - the cost of a sync is shared by everyone who waits.
//!
//! ```
//! use kv::{Error, KeyWriter, Space, Store, Txn, record};
//!
//! /// Counts visits by name; answers how many there were before.
//! async fn visit(store: &Store, name: &str) -> Result<u64, Error> {
//!     let key = &KeyWriter::new(Space::System).text("visits").text(name).finish();
//!     let body = |txn: Txn| async move {
//!         let before = txn.get(key).await?;
//!         let before = before.map_or(Ok(0), |bytes| record::decode(&bytes))?;
//!         txn.put(key.clone(), record::encode(&(before + 1)));
//!         Ok(before)
//!     };
//!     store.transact(body).await
//! }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! # let store = Store::in_memory();
//! # assert_eq!(visit(&store, "ada").await.unwrap(), 0);
//! # assert_eq!(visit(&store, "ada").await.unwrap(), 1);
//! # }
//! ```
//!
//! Knows nothing of services, accounts' meaning, or what the bytes say, apart from the shapes of
//! keys ([`key`]) and records ([`record`]) that all services share.

mod committer;
mod engine;
mod error;
mod folder;
mod latest;
mod memory;
mod offload;
mod published;
mod range;
mod scan;
mod snapshot;
mod space;
mod store;
mod thread;
mod transactor;
mod turns;
mod txn;

pub mod key;
pub mod record;

pub use engine::{ApplyError, Cursor, Engine, Entry, Room, View, WriteSet};
pub use error::{Cause, Error, Limit};
pub use folder::{Folder, OpenError};
pub use key::{KeyReader, KeyWriter};
pub use memory::MemoryEngine;
pub use range::{KeyRange, Order};
pub use scan::Scan;
pub use snapshot::Snapshot;
pub use space::Space;
pub use store::Store;
pub use transactor::{
    Conflict, Pages, Proposal, Proposed, ReadFuture, ReadSet, ReadView, Receipt, Transactor,
    Verdict,
};
pub use txn::Txn;

/// Longest key in bytes. No key is empty, and none starts with `0xFF`.
pub const MAX_KEY_BYTES: usize = 32 * 1024;
/// Longest value in bytes; a caller with more stores it in chunks.
pub const MAX_VALUE_BYTES: usize = 8 * 1024 * 1024;
/// Keys and values that one transaction may write, in bytes.
pub const MAX_TRANSACTION_BYTES: usize = 128 * 1024 * 1024;
/// Keys that one transaction may write, and keys and ranges that it may read.
pub const MAX_TRANSACTION_KEYS: usize = 64 * 1024;

#[cfg(any(test, feature = "testing"))]
#[expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "these are tests: they are to panic"
)]
pub mod testing;
