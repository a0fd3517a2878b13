//! Zygotes: processes that have loaded what programs of one kind have in common, and fork a child
//! for each program that is to start.
//!
//! A zygote is trusted and runs our own code only. Its child joins namespaces that an init process
//! keeps for it, carries out the same script as any other confined program (see
//! [`crate::script`]), and only then becomes the program. The zygote itself never reads what the
//! program is given: arguments, variables and script are in a file that only the child opens, so
//! nothing of one program is in the memory from which the next is made.
//!
//! What the server and a zygote say to each other, over a socket that keeps packets apart and that
//! the zygote finds as its standard output: the zygote sends one packet of whatever content when
//! it is ready. Each packet to it has one byte and these descriptors: init's pidfd, the program's
//! output, the status socket, the request (a file, as [`crate::message`] describes it), and for
//! each control group the file that takes processes in. On the status socket it answers
//! [`STATUS_JOINED`](crate::message::STATUS_JOINED) with the program's process id, or why not, and
//! at last how the program has ended, as an init would.

use crate::message::{self, Holding, Origin, Plan};
use crate::sandbox::{Start, pipe};
use crate::script::Script;
use crate::status::Status;
use crate::{
    Command, Confined, Confinement, Error, Level, Output, Process, Sandbox, confine, packet,
    readiness,
};
use rustix::fs::MemfdFlags;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::timeout;

/// How long a zygote may take to fork. One that takes longer is stopped, or stuck.
const JOIN_LIMIT: Duration = Duration::from_secs(5);

/// A running zygote. Dropping it ends it, but nothing that was forked off it.
#[derive(Debug)]
pub struct Zygote {
    process: Process,
    control: Arc<AsyncFd<OwnedFd>>,
}

impl Zygote {
    /// Waits until it says that it is ready; false if it ended instead.
    pub async fn is_ready(&self) -> bool {
        let mut word = [0; 16];
        matches!(packet::receive(&self.control, &mut word).await, Ok((bytes, _)) if bytes > 0)
    }

    pub fn process(&self) -> &Process {
        &self.process
    }
}

impl Sandbox {
    /// Starts a zygote in a root that has what `view` shows, and no network. Its standard output,
    /// and the copy of it, is the socket over which it is asked to fork; what it writes to standard
    /// error comes beside it.
    ///
    /// # Errors
    /// [`Error::NoZygotes`] if the level is not [`Level::Sandbox`]; otherwise as
    /// [`Sandbox::start`].
    pub async fn start_zygote(
        &self,
        command: &Command,
        view: &Confinement,
    ) -> Result<(Zygote, Output), Error> {
        if self.probe().level != Level::Sandbox {
            return Err(Error::NoZygotes);
        }
        let (control, theirs) = socket_pair()?;
        let (output, their_output) = pipe()?;
        let mut entry = Script::default();
        confine::no_new_privileges(&mut entry);
        confine::bound_resources(&mut entry, command.open_files);
        let plan = Plan {
            holding: Holding::Zygote,
            origin: Origin::Executed,
            listeners: 0,
            cgroups: 0,
            setup: &view.zygote_setup(self.system()),
            entry: &entry,
            program: &view.place(Level::Sandbox, &command.program),
            cwd: &command.cwd,
        };
        let start = Start {
            packet: message::encode(command, &plan)?,
            outputs: [theirs, their_output],
            cgroup: None,
            holding: Holding::Zygote,
            memory_bytes: command.memory_bytes,
            is_confined: true,
            join: None,
        };
        let (process, _) = self.hand_over(start).await?;
        rustix::io::ioctl_fionbio(&control, true).map_err(|e| Error::Pipe(e.into()))?;
        let both = Interest::READABLE | Interest::WRITABLE;
        let control = readiness::register(control, both).map_err(Error::Pipe)?;
        let zygote = Zygote {
            process,
            control: Arc::new(control),
        };
        Ok((zygote, output))
    }

    /// As [`Sandbox::start_confined`], with a child of `zygote` for a program: of the command,
    /// its folder and its environment count.
    ///
    /// # Errors
    /// As [`Sandbox::start_confined`]; [`Error::ZygoteLost`] if the zygote has ended.
    pub async fn fork_confined(
        &self,
        zygote: &Zygote,
        command: &Command,
        confinement: &Confinement,
    ) -> Result<Confined, Error> {
        let control = Arc::clone(&zygote.control);
        self.confine(command, confinement, Some(control)).await
    }
}

fn socket_pair() -> Result<(OwnedFd, OwnedFd), Error> {
    let (unix, flags) = (AddressFamily::UNIX, SocketFlags::CLOEXEC);
    socketpair(unix, SocketType::SEQPACKET, flags, None).map_err(|e| Error::Pipe(e.into()))
}

/// What a zygote is asked to do once init is ready.
pub(crate) struct Join {
    pub control: Arc<AsyncFd<OwnedFd>>,
    /// The request for the child.
    pub packet: Vec<u8>,
    pub output: OwnedFd,
}

impl Join {
    /// Has the zygote fork a child that joins `init`: its status, and its process id.
    pub async fn carry_out(
        &self,
        init: BorrowedFd<'_>,
        doors: &[OwnedFd],
    ) -> Result<(Status, i32), Error> {
        let (status, their_status) = socket_pair()?;
        let request = file(&self.packet).map_err(Error::Pipe)?;
        let mut fds = vec![
            init,
            self.output.as_fd(),
            their_status.as_fd(),
            request.as_fd(),
        ];
        fds.extend(doors.iter().map(AsFd::as_fd));
        let sent = packet::send(&self.control, &[0], &fds).await;
        sent.map_err(|_| Error::ZygoteLost)?;
        drop(their_status);
        let status = Status::new(status).map_err(Error::Pipe)?;
        let pid = timeout(JOIN_LIMIT, status.joined()).await;
        let pid = pid.unwrap_or(Err(Error::ZygoteLost))?;
        Ok((status, pid))
    }
}

/// A file in memory.
fn file(content: &[u8]) -> io::Result<OwnedFd> {
    let file = rustix::fs::memfd_create("request", MemfdFlags::CLOEXEC)?;
    let mut rest = content;
    while !rest.is_empty() {
        let written = rustix::io::write(&file, rest)?;
        rest = rest.get(written..).unwrap_or_default();
    }
    Ok(file)
}
