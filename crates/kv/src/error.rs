//! What can go wrong, named by how the caller should react.

use std::fmt;
use std::sync::Arc;

/// Why a read or a transaction did not happen.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Others changed what the transaction read, on every one of many attempts. Nothing was
    /// written; trying again later is safe.
    #[error("concurrent transactions kept changing what this one read")]
    Conflict,
    /// The store does not serve this request. Nothing was written.
    #[error("the store is unavailable: {0}")]
    Unavailable(#[source] Cause),
    /// The commit failed after it had been handed to the disk: after the next start it is there
    /// either wholly or not at all.
    #[error("the outcome of the commit is unknown: {0}")]
    UnknownOutcome(#[source] Cause),
    /// Stored bytes are not what was written. Trying again does not help.
    #[error("stored data is damaged: {0}")]
    Corrupt(#[source] Cause),
    /// The transaction exceeds a fixed limit. Nothing was written.
    #[error("{limit} exceeds the limit of {max}")]
    TooLarge { limit: Limit, max: usize },
    /// There is too little room on the disk to write. Nothing was written; reads go on, and so
    /// do writes once there is room again.
    #[error("the disk is full")]
    Full,
}

/// Which limit a transaction exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`crate::MAX_KEY_BYTES`]
    KeyBytes,
    /// [`crate::MAX_VALUE_BYTES`]
    ValueBytes,
    /// [`crate::MAX_TRANSACTION_BYTES`]
    TransactionBytes,
    /// [`crate::MAX_TRANSACTION_KEYS`], for the keys written
    KeysWritten,
    /// [`crate::MAX_TRANSACTION_KEYS`], for the keys and ranges read
    KeysRead,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Limit::KeyBytes => "the length of a key in bytes",
            Limit::ValueBytes => "the length of a value in bytes",
            Limit::TransactionBytes => "the size of a transaction in bytes",
            Limit::KeysWritten => "the number of keys that a transaction writes",
            Limit::KeysRead => "the number of keys and ranges that a transaction reads",
        })
    }
}

/// The reason behind an [`Error`]; clones share it, because one failed sync fails many commits.
#[derive(Clone)]
pub struct Cause(Arc<dyn std::error::Error + Send + Sync>);

impl Cause {
    /// Takes an error or a text.
    pub fn new(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Cause {
        Cause(Arc::from(reason.into()))
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
