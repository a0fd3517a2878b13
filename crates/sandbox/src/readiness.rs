//! Waiting for descriptors that Tokio has no type of its own for.
#![expect(
    unsafe_code,
    reason = "registration asks for a promise that only a type can keep"
)]

use std::io;
use std::os::fd::OwnedFd;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Watches a descriptor for `interest`.
///
/// # Errors
/// The descriptor cannot be watched.
pub(crate) fn register(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` names one open descriptor, always the same, for as long as it lives.
    let registered = unsafe { AsyncFd::register_with_interest(fd, interest) };
    Ok(registered?)
}
