//! Whom the server still serves once it is stopping.
//!
//! Requests in flight may wait for functions, and functions call back through this same door. So
//! the door stays open for them until the last request is answered, and for nobody else.

use service::{Caller, Principal};
use wire::{Common, Fault};

/// By which of the server's listeners a connection came.
///
/// Functions are confined to one of their own: there they are what their roles make them, and not
/// somebody on this machine, with whom keys that everybody knows and reports are shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    Clients,
    Functions,
}

/// Who is served over a connection, settled when it is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Everyone,
    /// The server is stopping: only sessions of roles, which is what functions have.
    Functions,
}

impl Admission {
    /// # Errors
    /// Service unavailable, for those who are not served any more.
    pub(crate) fn admit(self, caller: &Caller) -> Result<(), Fault> {
        match (self, &caller.principal) {
            (Admission::Everyone, _) | (Admission::Functions, Principal::Role(_)) => Ok(()),
            (Admission::Functions, _) => Err(Fault::common(
                Common::ServiceUnavailable,
                "The server is stopping.",
            )),
        }
    }
}
