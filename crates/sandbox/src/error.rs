//! Why a program could not be started.

use std::io;

/// A start that failed before there was a process. A program that cannot be executed is not an
/// error of the start: its process ends with [`Exit::NotStarted`](crate::Exit::NotStarted).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the launcher process could not be started")]
    Launcher(#[source] io::Error),
    #[error("the launcher process ended unexpectedly")]
    LauncherLost,
    #[error("no process could be made")]
    Fork(#[source] io::Error),
    #[error("a pipe could not be made")]
    Pipe(#[source] io::Error),
    #[error("a control group could not be made")]
    Cgroup(#[source] io::Error),
    #[error("the sockets of a confined program cannot be used")]
    Listeners(#[source] io::Error),
    /// The confinement could not be brought about, so the program was not started.
    #[error("the program could not be confined: {}", io::Error::from_raw_os_error(*.0))]
    Confinement(i32),
    /// Processes can be forked off a zygote only where they get namespaces of their own.
    #[error("this machine gives no zygotes")]
    NoZygotes,
    #[error("the zygote ended")]
    ZygoteLost,
    /// Arguments and environment together are larger than a start can carry.
    #[error("arguments and environment take {bytes} bytes; the limit is {limit}")]
    TooLarge { bytes: usize, limit: usize },
    /// An argument, a path or a variable contains a zero byte.
    #[error("a path, argument or environment variable contains a zero byte")]
    ZeroByte,
}
