//! Starting programs: the server's side of the conversation with the launcher.

use crate::launcher::Launcher;
use crate::message::{self, FDS, REPLY_BYTES, REPLY_STARTED, untagged};
use crate::{Command, Containment, Error, Level, Output, Probe, Process, Streams, readiness};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use rustix::pipe::{PipeFlags, pipe_with};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Mutex;

/// The place where programs run. Clones share it; when the last one is gone, so is everything
/// that was started through it.
#[derive(Clone, Debug)]
pub struct Sandbox {
    link: Arc<Mutex<Link>>,
    probe: Probe,
}

/// The connection to the launcher. One request is under way at a time.
#[derive(Debug)]
struct Link {
    socket: AsyncFd<OwnedFd>,
    containment: Containment,
    /// Held for its drop, which ends the launcher.
    _launcher: Launcher,
}

impl Sandbox {
    /// Forks the launcher and finds out what this machine allows. To be called early, while the
    /// server is small, and within a Tokio runtime.
    ///
    /// # Errors
    /// [`Error::Launcher`] if there is no process to be had.
    pub async fn new() -> Result<Sandbox, Error> {
        Sandbox::at_most(Containment::PidNamespace).await
    }

    /// As [`Sandbox::new`], without trying what is stronger than `containment`.
    ///
    /// # Errors
    /// As [`Sandbox::new`].
    pub async fn at_most(containment: Containment) -> Result<Sandbox, Error> {
        let link = Link::open(containment).await?;
        let probe = Probe {
            level: Level::Process,
            containment: link.containment,
        };
        Ok(Sandbox {
            link: Arc::new(Mutex::new(link)),
            probe,
        })
    }

    /// What this machine allows, as found when the sandbox was made.
    pub fn probe(&self) -> Probe {
        self.probe
    }

    /// Starts a program. If the caller stops waiting, the program is ended again.
    ///
    /// # Errors
    /// The description cannot be carried out, or no process can be made. That the program itself
    /// cannot be executed shows in its [`Exit`](crate::Exit).
    pub async fn start(&self, command: &Command) -> Result<(Process, Streams), Error> {
        let (stdout, their_stdout) = pipe()?;
        let (stderr, their_stderr) = pipe()?;
        let process = self.start_with(command, their_stdout, their_stderr).await?;
        Ok((process, Streams { stdout, stderr }))
    }

    /// As [`Sandbox::start`], with standard output and standard error in one stream, so that what
    /// is written to them stays in order.
    ///
    /// # Errors
    /// As [`Sandbox::start`].
    pub async fn start_merged(&self, command: &Command) -> Result<(Process, Output), Error> {
        let (output, theirs) = pipe()?;
        let copy = theirs.try_clone().map_err(Error::Pipe)?;
        let process = self.start_with(command, theirs, copy).await?;
        Ok((process, output))
    }

    async fn start_with(
        &self,
        command: &Command,
        stdout: OwnedFd,
        stderr: OwnedFd,
    ) -> Result<Process, Error> {
        let packet = message::encode(command)?;
        let memory_bytes = command.memory_bytes;
        let link = Arc::clone(&self.link);
        // A task of its own: a request whose reply nobody reads would shift all later replies.
        let start = tokio::spawn(async move {
            let mut link = link.lock_owned().await;
            let outputs = [stdout, stderr];
            match link.start(&packet, &outputs, memory_bytes).await {
                Err(Error::LauncherLost) => {
                    tracing::warn!("the launcher process was lost and is started again");
                    *link = Link::open(link.containment).await?;
                    link.start(&packet, &outputs, memory_bytes).await
                }
                started => started,
            }
        });
        start.await.map_err(|_| Error::LauncherLost)?
    }
}

fn pipe() -> Result<(Output, OwnedFd), Error> {
    let (read, write) = pipe_with(PipeFlags::CLOEXEC).map_err(|e| Error::Pipe(e.into()))?;
    Ok((Output::new(read).map_err(Error::Pipe)?, write))
}

impl Link {
    async fn open(at_most: Containment) -> Result<Link, Error> {
        let (launcher, socket) = Launcher::fork(at_most).map_err(Error::Launcher)?;
        rustix::io::ioctl_fionbio(&socket, true).map_err(|e| Error::Launcher(e.into()))?;
        let both = Interest::READABLE | Interest::WRITABLE;
        let socket = readiness::register(socket, both).map_err(Error::Launcher)?;
        let mut hello = [0];
        let (bytes, _) = receive(&socket, &mut hello).await?;
        let [code] = hello;
        let containment = Containment::from_code(code).filter(|_| bytes == 1);
        Ok(Link {
            socket,
            containment: containment.ok_or(Error::LauncherLost)?,
            _launcher: launcher,
        })
    }

    async fn start(
        &mut self,
        packet: &[u8],
        [stdout, stderr]: &[OwnedFd; 2],
        memory_bytes: Option<u64>,
    ) -> Result<Process, Error> {
        let (status, their_status) = pipe()?;
        let fds = [stdout.as_fd(), stderr.as_fd(), their_status.as_fd()];
        send(&self.socket, packet, fds).await?;
        drop(their_status);
        let mut reply = [0; REPLY_BYTES];
        let (bytes, pidfd) = receive(&self.socket, &mut reply).await?;
        if bytes != REPLY_BYTES {
            return Err(Error::LauncherLost);
        }
        match (untagged(reply), pidfd) {
            ((REPLY_STARTED, init), Some(pidfd)) => {
                let containment = self.containment;
                Ok(Process::new(init, pidfd, status, containment, memory_bytes))
            }
            ((_, errno), _) => Err(Error::Fork(io::Error::from_raw_os_error(errno))),
        }
    }
}

async fn send(
    socket: &AsyncFd<OwnedFd>,
    packet: &[u8],
    fds: [BorrowedFd<'_>; FDS],
) -> Result<(), Error> {
    let send_once = |socket: &OwnedFd| {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FDS))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        control.push(SendAncillaryMessage::ScmRights(&fds));
        let parts = [IoSlice::new(packet)];
        Ok(sendmsg(socket, &parts, &mut control, SendFlags::NOSIGNAL)?)
    };
    let sent = socket.async_io(Interest::WRITABLE, send_once).await;
    sent.map(|_| ()).map_err(|_| Error::LauncherLost)
}

/// Receives one packet: how many bytes it had (none means that the launcher is gone), and the
/// descriptor that came with it.
async fn receive(
    socket: &AsyncFd<OwnedFd>,
    buffer: &mut [u8],
) -> Result<(usize, Option<OwnedFd>), Error> {
    let receive_once = |socket: &OwnedFd| {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(buffer)];
        let flags = RecvFlags::CMSG_CLOEXEC;
        let bytes = recvmsg(socket, &mut parts, &mut control, flags)?.bytes;
        let fd = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut fds) => fds.next(),
            _ => None,
        });
        Ok((bytes, fd))
    };
    let received = socket.async_io(Interest::READABLE, receive_once).await;
    match received {
        Ok((0, _)) | Err(_) => Err(Error::LauncherLost),
        Ok(received) => Ok(received),
    }
}

#[cfg(test)]
mod tests;
