//! What an init process tells of its program.

use crate::message::{
    STATUS_BYTES, STATUS_COMPANION_EXITED, STATUS_COMPANION_NOT_STARTED,
    STATUS_COMPANION_SIGNALLED, STATUS_EXITED, STATUS_JOINED, STATUS_NOT_CONFINED,
    STATUS_NOT_STARTED, STATUS_READY, STATUS_SIGNALLED, untagged,
};
use crate::{Error, Exit, packet, readiness};
use rustix::net::SendFlags;
use std::io;
use std::os::fd::OwnedFd;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The server's end of a status socket.
#[derive(Debug)]
pub(crate) struct Status(AsyncFd<OwnedFd>);

/// What became of what was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Program(Exit),
    Companion(usize, Exit),
    /// Init itself; nothing more will come.
    Init,
}

impl Status {
    pub fn new(fd: OwnedFd) -> io::Result<Status> {
        rustix::io::ioctl_fionbio(&fd, true)?;
        let both = Interest::READABLE | Interest::WRITABLE;
        readiness::register(fd, both).map(Status)
    }

    /// Tells an init process that waits what its program is.
    pub async fn ask(&self, request: &[u8]) -> Result<(), Error> {
        let asked = packet::send(&self.0, request, &[]).await;
        asked.map_err(|_| Error::LauncherLost)
    }

    /// Waits until the namespaces are set up: the sockets made there.
    pub async fn ready(&self) -> Result<Vec<OwnedFd>, Error> {
        match self.next().await {
            Some((STATUS_READY, _, sockets)) => Ok(sockets),
            Some((STATUS_NOT_CONFINED, at, _)) => Err(Error::Confinement(unconfined(at))),
            _ => Err(Error::LauncherLost),
        }
    }

    /// Waits until a zygote's child is where the program is to be: its process id.
    pub async fn joined(&self) -> Result<i32, Error> {
        match self.next().await {
            Some((STATUS_JOINED, pid, _)) => Ok(pid),
            Some((STATUS_NOT_CONFINED, at, _)) => Err(Error::Confinement(unconfined(at))),
            _ => Err(Error::ZygoteLost),
        }
    }

    /// Waits for the next end.
    pub async fn ended(&self) -> Ended {
        let Some((kind, number, _)) = self.next().await else {
            return Ended::Init;
        };
        let index = usize::try_from(number >> 16).unwrap_or(usize::MAX);
        let companion = |exit| Ended::Companion(index, exit);
        match kind {
            STATUS_EXITED => Ended::Program(Exit::Code(number)),
            STATUS_SIGNALLED => Ended::Program(Exit::Signal(number)),
            STATUS_NOT_STARTED => Ended::Program(Exit::NotStarted(number)),
            STATUS_NOT_CONFINED => Ended::Program(Exit::NotStarted(unconfined(number))),
            STATUS_COMPANION_EXITED => companion(Exit::Code(number & 0xffff)),
            STATUS_COMPANION_SIGNALLED => companion(Exit::Signal(number & 0xffff)),
            STATUS_COMPANION_NOT_STARTED => companion(Exit::NotStarted(number & 0xffff)),
            _ => Ended::Init,
        }
    }

    /// Lets a program that waits for its companions start.
    pub fn release(&self) {
        // An error means that all of it has ended.
        let _ = rustix::net::send(&self.0, &[0], SendFlags::NOSIGNAL);
    }

    async fn next(&self) -> Option<(u8, i32, Vec<OwnedFd>)> {
        let mut record = [0; STATUS_BYTES];
        match packet::receive(&self.0, &mut record).await {
            Ok((STATUS_BYTES, fds)) => {
                let (kind, number) = untagged(record);
                Some((kind, number, fds))
            }
            _ => None,
        }
    }
}

/// Why a script failed. Which of its calls it was helps nobody but who changes the script.
fn unconfined(at: i32) -> i32 {
    let (call, errno) = (at >> 16, at & 0xffff);
    let error = io::Error::from_raw_os_error(errno);
    tracing::debug!(call, %error, "a confinement failed");
    errno
}
