//! The store's errors as clients see them.

use wire::{Common, Fault};

/// What a client is told when the store refuses; the cause goes to the log only.
pub fn store_fault(error: &kv::Error) -> Fault {
    match error {
        kv::Error::Full => {
            let message = "The disk is full: writes are refused until there is room again.";
            Fault::common(Common::ServiceUnavailable, message)
        }
        kv::Error::Conflict => {
            let message = "Too many concurrent changes to the same data; try again.";
            Fault::common(Common::ServiceUnavailable, message)
        }
        kv::Error::Unavailable(cause) => {
            tracing::error!(%cause, "the store is unavailable");
            Fault::common(Common::ServiceUnavailable, "The store is unavailable.")
        }
        kv::Error::TooLarge { .. } => {
            tracing::warn!(%error, "a transaction was too large");
            Fault::common(
                Common::ServiceUnavailable,
                "The change is too large for one transaction.",
            )
        }
        kv::Error::UnknownOutcome(_) | kv::Error::Corrupt(_) => {
            tracing::error!(%error, "the store failed");
            Fault::internal()
        }
    }
}
