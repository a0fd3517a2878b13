//! Zygotes: processes that have loaded what programs of one kind have in common, and fork a child
//! for each program that is to start.
//!
//! A zygote is trusted and runs our own code only. Its child joins namespaces that an init process
//! keeps for it, carries out the same script as any other confined program (see
//! [`crate::script`]), and only then becomes the program. The zygote itself never reads what the
//! program is given: arguments, variables and script are in a file that only the child opens, so
//! nothing of one program is in the memory from which the next is made.
//!
//! Between zygote and program stands a *guardian*, which the zygote forks and which forks the
//! program's process, waits for its end and tells of it. A few [`Seat`]s are kept in stock: init
//! processes that have done their groundwork, each with a guardian, in a control group of its own
//! already, and with the process that the guardian has forked into the namespaces: the kernel takes
//! longer to move processes into groups and to fork them than for all the rest.
//!
//! What is said, over sockets that keep packets apart: the zygote finds one as its standard output
//! and sends one packet of whatever content when it is ready. Each packet to it has one byte and
//! asks for a guardian; with it come the guardian's own socket and, for each control group, the
//! file that takes processes in. The guardian answers there with one byte and its own pidfd. A
//! packet to the guardian has one byte and two descriptors: init's pidfd and the status socket. On
//! that it answers [`STATUS_JOINED`](crate::message::STATUS_JOINED) with the process id of what it
//! has forked there, or why not, and at last how that has ended, as an init would. What it has
//! forked waits on the guardian's socket for a last packet, of one byte and two descriptors: the
//! program's output and the request (a file, as [`crate::message`] describes it).

use crate::cgroup::{Cgroup, Cgroups};
use crate::message::{self, Holding, Origin, Plan};
use crate::sandbox::{Start, pipe};
use crate::script::Script;
use crate::status::Status;
use crate::stock::{self, Init, Place, REFILL_PAUSE};
use crate::{
    Command, Confined, Confinement, Error, Level, Output, Process, Sandbox, confine, packet,
    process, readiness,
};
use rustix::fs::MemfdFlags;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::process::Signal;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{sleep, timeout};

/// How long an answer may take. Who takes longer is stopped, or stuck.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Seats that are kept in stock.
const STOCK: usize = 3;

/// A running zygote. Dropping it ends it, but nothing that was forked off it.
#[derive(Debug)]
pub struct Zygote {
    process: Process,
    guardians: Arc<Guardians>,
}

impl Zygote {
    /// Waits until it says that it is ready; false if it ended instead.
    pub async fn is_ready(&self) -> bool {
        let mut word = [0; 16];
        let received = packet::receive(&self.guardians.control, &mut word).await;
        let is_ready = matches!(received, Ok((bytes, _)) if bytes > 0);
        if is_ready {
            self.guardians.restock();
        }
        is_ready
    }

    pub fn process(&self) -> &Process {
        &self.process
    }
}

/// Those of one zygote.
#[derive(Debug)]
struct Guardians {
    control: AsyncFd<OwnedFd>,
    cgroups: Option<Arc<Cgroups>>,
    inits: Arc<stock::Stock>,
    stock: Mutex<Stock>,
}

#[derive(Debug, Default)]
struct Stock {
    ready: Vec<Seat>,
    coming: usize,
}

/// A place for a program, and the process there that is to become it.
#[derive(Debug)]
pub(crate) struct Seat {
    pub place: Place,
    pub guardian: Guardian,
}

/// A process that has forked what is to become a program, in the program's control group.
#[derive(Debug)]
pub(crate) struct Guardian {
    socket: AsyncFd<OwnedFd>,
    pub pidfd: OwnedFd,
    pub cgroup: Option<Cgroup>,
    pub status: Status,
    /// The process that it has forked.
    pub program: i32,
}

impl Seat {
    fn has_ended(&self) -> bool {
        self.place.init.has_ended() || process::has_ended(&self.guardian.pidfd)
    }

    /// Ends all of it.
    fn give_up(self) {
        let Guardian { pidfd, cgroup, .. } = self.guardian;
        let _ = rustix::process::pidfd_send_signal(&pidfd, Signal::KILL);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                process::await_end(Ok(pidfd)).await;
                // A control group can go once nothing is in it.
                drop(cgroup);
            });
        }
    }
}

impl Guardians {
    /// One from the stock if there is one.
    async fn take(self: &Arc<Self>) -> Result<Seat, Error> {
        let ready = {
            let mut stock = self.lock();
            let ended = stock.ready.extract_if(.., |seat| seat.has_ended());
            ended.for_each(Seat::give_up);
            stock.ready.pop()
        };
        self.restock();
        match ready {
            Some(seat) => Ok(seat),
            None => self.make().await,
        }
    }

    /// Sees to it that there will be some in stock.
    fn restock(self: &Arc<Self>) {
        let mut stock = self.lock();
        while stock.ready.len() + stock.coming < STOCK {
            stock.coming += 1;
            let guardians = Arc::clone(self);
            tokio::spawn(async move {
                sleep(REFILL_PAUSE).await;
                let made = guardians.make().await;
                let mut stock = guardians.lock();
                stock.coming -= 1;
                // An error will be met, and told, by who needs one.
                stock.ready.extend(made);
            });
        }
    }

    async fn make(&self) -> Result<Seat, Error> {
        let place = self.inits.make_without_group().await?;
        let init = place.init.pidfd().ok_or(Error::LauncherLost)?;
        let guardian = self.make_guardian(init).await?;
        Ok(Seat { place, guardian })
    }

    /// One that has forked a process into the namespaces of `init`.
    async fn make_guardian(&self, init: BorrowedFd<'_>) -> Result<Guardian, Error> {
        let cgroup = self.cgroups.as_ref().map(|cgroups| cgroups.create());
        let cgroup = cgroup.transpose().map_err(Error::Cgroup)?;
        let doors = cgroup.as_ref().map_or(Ok(Vec::new()), Cgroup::doors);
        let doors = doors.map_err(Error::Cgroup)?;
        let (socket, theirs) = socket_pair()?;
        let mut fds = vec![theirs.as_fd()];
        fds.extend(doors.iter().map(AsFd::as_fd));
        let asked = packet::send(&self.control, &[0], &fds).await;
        asked.map_err(|_| Error::ZygoteLost)?;
        drop(theirs);
        let socket = watched(socket)?;
        let mut word = [0];
        let answered = timeout(ANSWER_LIMIT, packet::receive(&socket, &mut word)).await;
        let pidfd = match answered {
            Ok(Ok((1, fds))) => fds.into_iter().next().ok_or(Error::ZygoteLost)?,
            _ => return Err(Error::ZygoteLost),
        };
        let (status, their_status) = socket_pair()?;
        let asked = packet::send(&socket, &[0], &[init, their_status.as_fd()]).await;
        asked.map_err(|_| Error::ZygoteLost)?;
        drop(their_status);
        let status = Status::new(status).map_err(Error::Pipe)?;
        let program = timeout(ANSWER_LIMIT, status.joined()).await;
        Ok(Guardian {
            socket,
            pidfd,
            cgroup,
            program: program.unwrap_or(Err(Error::ZygoteLost))?,
            status,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guardians {
    fn drop(&mut self) {
        let ready = std::mem::take(&mut self.lock().ready);
        ready.into_iter().for_each(Seat::give_up);
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
            companions: None,
            init: Init::New(None),
            holding: Holding::Zygote,
            memory_bytes: command.memory_bytes,
            join: None,
        };
        let (process, _) = self.hand_over(start).await?;
        let guardians = Guardians {
            control: watched(control)?,
            cgroups: self.cgroups().cloned(),
            inits: self.stock().cloned().ok_or(Error::NoZygotes)?,
            stock: Mutex::default(),
        };
        let zygote = Zygote {
            process,
            guardians: Arc::new(guardians),
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
        let seat = zygote.guardians.take().await?;
        self.confine(command, confinement, Some(seat)).await
    }
}

fn socket_pair() -> Result<(OwnedFd, OwnedFd), Error> {
    let (unix, flags) = (AddressFamily::UNIX, SocketFlags::CLOEXEC);
    socketpair(unix, SocketType::SEQPACKET, flags, None).map_err(|e| Error::Pipe(e.into()))
}

fn watched(socket: OwnedFd) -> Result<AsyncFd<OwnedFd>, Error> {
    rustix::io::ioctl_fionbio(&socket, true).map_err(|e| Error::Pipe(e.into()))?;
    let both = Interest::READABLE | Interest::WRITABLE;
    readiness::register(socket, both).map_err(Error::Pipe)
}

/// What becomes of a seat once init is ready.
pub(crate) struct Join {
    pub guardian: Guardian,
    /// The request for the program's process.
    pub packet: Vec<u8>,
    pub output: OwnedFd,
}

impl Join {
    /// Has the process that waits become the program.
    pub async fn carry_out(&self) -> Result<(), Error> {
        let request = file(&self.packet).map_err(Error::Pipe)?;
        let fds = [self.output.as_fd(), request.as_fd()];
        let asked = packet::send(&self.guardian.socket, &[0], &fds).await;
        asked.map_err(|_| Error::ZygoteLost)
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
