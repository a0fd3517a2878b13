//! The launcher process: waits for requests and forks an init process for each.
//!
//! It is forked off a server with many threads, so the locks of an allocator or a logger may be
//! held forever by threads that do not exist here. The invariant of this module and of [`init`]:
//! after the fork nothing allocates, locks, panics or returns. Only system calls are made, on
//! memory that is on the stack.

mod init;
#[expect(unsafe_code, reason = "the only place where it is allowed")]
mod sys;

use self::init::Ids;
use crate::level::Containment;
use crate::message::{FDS, MAX_BYTES, REPLY_BYTES, REPLY_FAILED, REPLY_STARTED, Request, tagged};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// A running launcher. Dropping it ends it, and with it everything it has started.
#[derive(Debug)]
pub(crate) struct Launcher(sys::Pid);

impl Launcher {
    /// Forks a launcher and gives the socket it listens to. It first sends one byte: the
    /// strongest [`Containment`] this machine allows, from `at_most` downwards.
    ///
    /// # Errors
    /// No socket or no process could be made.
    pub fn fork(at_most: Containment) -> io::Result<(Launcher, OwnedFd)> {
        let (socket, theirs) = socketpair(
            AddressFamily::UNIX,
            SocketType::SEQPACKET,
            SocketFlags::CLOEXEC,
            None,
        )?;
        match sys::fork()? {
            None => serve(theirs, at_most),
            Some(pid) => Ok((Launcher(pid), socket)),
        }
    }
}

#[cfg(test)]
impl Launcher {
    pub fn kill(&self) {
        self.0.kill(libc::SIGKILL);
    }
}

impl Drop for Launcher {
    fn drop(&mut self) {
        self.0.kill(libc::SIGKILL);
        self.0.reap();
    }
}

/// The launcher's whole life: one request after the other, until the server is gone.
fn serve(socket: OwnedFd, at_most: Containment) -> ! {
    let Ok(socket) = sys::detach(socket) else {
        sys::exit(1);
    };
    // What `ps` shows; both otherwise look like the server itself.
    let _ = rustix::thread::set_name(c"sandbox-launch");
    let containment = strongest_containment(at_most);
    let ids = Ids::of_this_process();
    if send(&socket, &[containment.code()], None).is_err() {
        sys::exit(1);
    }
    let mut packet = [0u8; MAX_BYTES];
    loop {
        let reply = match receive(&socket, &mut packet) {
            Ok(Received::Request(request, fds)) => start(&request, fds, containment, ids),
            Ok(Received::Nonsense) => Err(rustix::io::Errno::INVAL),
            Ok(Received::ServerIsGone) | Err(_) => sys::exit(0),
        };
        let sent = match reply {
            Ok((pid, pidfd)) => send(&socket, &tagged(REPLY_STARTED, pid), Some(pidfd.as_fd())),
            Err(errno) => send(&socket, &tagged(REPLY_FAILED, errno.raw_os_error()), None),
        };
        if sent.is_err() {
            sys::exit(1);
        }
    }
}

enum Received<'a> {
    Request(Request<'a>, [OwnedFd; FDS]),
    Nonsense,
    ServerIsGone,
}

fn receive<'a>(
    socket: &OwnedFd,
    packet: &'a mut [u8; MAX_BYTES],
) -> Result<Received<'a>, rustix::io::Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(FDS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let bytes = loop {
        let mut parts = [IoSliceMut::new(packet)];
        match recvmsg(socket, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC) {
            Err(rustix::io::Errno::INTR) => {}
            other => break other?.bytes,
        }
    };
    if bytes == 0 {
        return Ok(Received::ServerIsGone);
    }
    let mut fds: [Option<OwnedFd>; FDS] = [const { None }; FDS];
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            fds.iter_mut()
                .zip(received)
                .for_each(|(slot, fd)| *slot = Some(fd));
        }
    }
    let request = packet.get(..bytes).and_then(Request::decode);
    Ok(match (request, fds) {
        (Some(request), [Some(a), Some(b), Some(c)]) => Received::Request(request, [a, b, c]),
        _ => Received::Nonsense,
    })
}

fn send(
    socket: &OwnedFd,
    bytes: &[u8],
    fd: Option<BorrowedFd<'_>>,
) -> Result<(), rustix::io::Errno> {
    debug_assert!(bytes.len() <= REPLY_BYTES);
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let fds = fd.map(|fd| [fd]);
    if let Some(fds) = &fds {
        control.push(SendAncillaryMessage::ScmRights(fds));
    }
    sendmsg(
        socket,
        &[IoSlice::new(bytes)],
        &mut control,
        SendFlags::NOSIGNAL,
    )?;
    Ok(())
}

fn start(
    request: &Request<'_>,
    fds: [OwnedFd; FDS],
    containment: Containment,
    ids: Ids,
) -> Result<(i32, OwnedFd), rustix::io::Errno> {
    match sys::clone_with_pidfd(namespaces(containment))? {
        None => init::run(request, fds, containment, ids),
        Some((pid, pidfd)) => Ok((pid, pidfd)),
    }
}

/// Tries each kind with a process that ends at once.
fn strongest_containment(at_most: Containment) -> Containment {
    Containment::BY_STRENGTH
        .into_iter()
        .skip_while(|containment| *containment != at_most)
        .find(
            |containment| match sys::clone_with_pidfd(namespaces(*containment)) {
                Ok(None) => sys::exit(0),
                Ok(Some(_)) => true,
                Err(_) => false,
            },
        )
        .unwrap_or(Containment::Subreaper)
}

fn namespaces(containment: Containment) -> libc::c_int {
    let own_pids = libc::CLONE_NEWPID | libc::CLONE_NEWNS;
    match containment {
        Containment::PidNamespace => own_pids,
        Containment::UserPidNamespace => own_pids | libc::CLONE_NEWUSER,
        Containment::Subreaper => 0,
    }
}
