//! The second engine: SQLite, one table in one file, with a write-ahead log.
//!
//! It is slower than the default engine at writing, and the most tested storage there is: a way
//! out, and a second opinion for tests. The contract is the same.

mod engine;
mod options;
mod view;

pub use options::Options;

use engine::SqliteEngine;
use kv::{Engine, OpenError};
use std::path::Path;

/// Opens the store in the data folder `path`, and creates it if there is none.
///
/// It recovers by itself from an unclean stop: everything acknowledged is there, and a batch that
/// was being written is there wholly or not at all.
pub fn open(path: &Path, options: &Options) -> Result<Box<dyn Engine>, OpenError> {
    Ok(Box::new(SqliteEngine::open(path, options)?))
}
