//! The default engine: fjall, a log-structured merge tree with a journal.
//!
//! fjall syncs when it is told to and has no group commit; the committer above provides both, by
//! applying one batch at a time. A batch goes to the journal, the journal to the disk, and only
//! then does fjall show it to new snapshots: no reader sees what is not durable.
//!
//! All keys are in one keyspace, so that the journal is trimmed as soon as one tree is flushed, and
//! a single memtable bounds the memory.

mod create;
mod damage;
mod engine;
mod journal;
mod options;
mod repair;

pub use options::Options;

use engine::FjallEngine;
use kv::{Engine, OpenError};
use std::path::Path;

/// Opens the store in the data folder `path`, and creates it if there is none.
///
/// It recovers by itself from an unclean stop: everything acknowledged is there, and a batch that
/// was being written is there wholly or not at all.
pub fn open(path: &Path, options: &Options) -> Result<Box<dyn Engine>, OpenError> {
    Ok(Box::new(FjallEngine::open(path, options)?))
}
