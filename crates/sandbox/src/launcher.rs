//! The launcher process: waits for requests and forks an init process for each.
//!
//! It is forked off a server with many threads, so the locks of an allocator or a logger may be
//! held forever by threads that do not exist here. The invariant of this module and of [`init`]:
//! after the fork nothing allocates, locks, panics or returns. Only system calls are made, on
//! memory that is on the stack.

mod identity;
mod init;
#[expect(unsafe_code, reason = "the only place where it is allowed")]
mod sys;

pub(crate) use self::sys::landlock_version;

use self::identity::Identities;
use crate::level::Containment;
use crate::message::{
    Holding, MAX_BYTES, MAX_FDS, MIN_FDS, REPLY_BYTES, REPLY_FAILED, REPLY_STARTED, Request, tagged,
};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
};
use rustix::pipe::{PipeFlags, pipe_with};
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
    let mut identities = Identities::of_this_process();
    if send(&socket, &[containment.code()], None).is_err() {
        sys::exit(1);
    }
    let mut packet = [0u8; MAX_BYTES];
    loop {
        let reply = match receive(&socket, &mut packet) {
            Ok(Received::Request(request, fds)) => {
                start(&request, fds, containment, &mut identities)
            }
            Ok(Received::Nonsense) => Err(Errno::INVAL),
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

/// What came with a request: standard output, standard error, status, what companions write to,
/// control groups.
type Fds = [Option<OwnedFd>; MAX_FDS];

enum Received<'a> {
    Request(Request<'a>, Fds),
    Nonsense,
    ServerIsGone,
}

fn receive<'a>(socket: &OwnedFd, packet: &'a mut [u8; MAX_BYTES]) -> Result<Received<'a>, Errno> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let bytes = loop {
        let mut parts = [IoSliceMut::new(packet)];
        match recvmsg(socket, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC) {
            Err(Errno::INTR) => {}
            other => break other?.bytes,
        }
    };
    if bytes == 0 {
        return Ok(Received::ServerIsGone);
    }
    let mut fds: Fds = [const { None }; MAX_FDS];
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            fds.iter_mut()
                .zip(received)
                .for_each(|(slot, fd)| *slot = Some(fd));
        }
    }
    let request = packet.get(..bytes).and_then(Request::decode);
    let given = fds.iter().flatten().count();
    Ok(match request {
        Some(request) if given == expected_fds(&request) => Received::Request(request, fds),
        _ => Received::Nonsense,
    })
}

fn expected_fds(request: &Request<'_>) -> usize {
    MIN_FDS + usize::from(request.companions > 0) + usize::from(request.cgroups)
}

fn send(socket: &OwnedFd, bytes: &[u8], fd: Option<BorrowedFd<'_>>) -> Result<(), Errno> {
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
    fds: Fds,
    containment: Containment,
    identities: &mut Identities,
) -> Result<(i32, OwnedFd), Errno> {
    // What init waits for before it goes on: that it has been given its users.
    let (gate, opener) = pipe_with(PipeFlags::CLOEXEC)?;
    let own = match request.holding {
        Holding::Shared => namespaces(containment),
        Holding::OwnUser | Holding::ServersUser => ALL_NAMESPACES,
        Holding::Zygote => ZYGOTE_NAMESPACES,
    };
    match sys::clone_with_pidfd(own)? {
        None => {
            drop(opener);
            let ids = identities.server();
            init::run(request, fds, gate, containment, ids)
        }
        Some((pid, pidfd)) => {
            match request.holding {
                Holding::Shared | Holding::Zygote => {}
                Holding::OwnUser => identities.give_own(pid)?,
                Holding::ServersUser => identities.give_servers(pid)?,
            }
            rustix::io::write(&opener, &[1])?;
            Ok((pid, pidfd))
        }
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

const ALL_NAMESPACES: libc::c_int = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS;

/// No users and no process table of its own: from there nobody could join those of others.
const ZYGOTE_NAMESPACES: libc::c_int =
    libc::CLONE_NEWNS | libc::CLONE_NEWNET | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS;

fn namespaces(containment: Containment) -> libc::c_int {
    let own_pids = libc::CLONE_NEWPID | libc::CLONE_NEWNS;
    match containment {
        Containment::PidNamespace => own_pids,
        Containment::UserPidNamespace => own_pids | libc::CLONE_NEWUSER,
        Containment::Subreaper => 0,
    }
}
