//! Starting programs: the server's side of the conversation with the launcher.

use crate::cgroup::{Cgroups, Limits};
use crate::confine::{self, Confinement, System};
use crate::launcher::{self, Launcher};
use crate::message::{self, Holding, Origin, Plan, REPLY_BYTES, REPLY_STARTED, untagged};
use crate::process::{self, Parts};
use crate::script::Script;
use crate::status::Status;
use crate::stock::{Init, Place, Stock};
use crate::zygote::{Join, Seat};
use crate::{Command, Containment, Error, Exit, Level, Output, Probe, Process, Socket, Streams};
use crate::{packet, readiness};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::Signal;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// What a group of processes may hold beyond a program's memory and files: the kernel's own.
const MEMORY_MARGIN: u64 = 32 << 20;

/// The place where programs run. Clones share it; when the last one is gone, so is everything
/// that was started through it.
#[derive(Clone, Debug)]
pub struct Sandbox {
    link: Arc<Mutex<Link>>,
    system: Arc<System>,
    cgroups: Option<Arc<Cgroups>>,
    holding: Holding,
    /// Where programs get namespaces of their own.
    stock: Option<Arc<Stock>>,
    probe: Probe,
}

/// A confined program, and the sockets that were made in its network.
#[derive(Debug)]
pub struct Confined {
    pub process: Process,
    /// Standard output and standard error.
    pub output: Output,
    /// What its companions write, if it has any.
    pub companions: Option<Output>,
    /// In the order in which the [`Confinement`] asked for them; none where the machine's network
    /// is shared.
    pub sockets: Vec<Socket>,
}

/// The connection to the launcher. One request is under way at a time.
#[derive(Debug)]
pub(crate) struct Link {
    socket: AsyncFd<OwnedFd>,
    containment: Containment,
    /// Held for its drop, which ends the launcher.
    _launcher: Launcher,
}

/// What the launcher is asked to do.
pub(crate) struct Start {
    pub packet: Vec<u8>,
    pub outputs: [OwnedFd; 2],
    /// What companions write to.
    pub companions: Option<OwnedFd>,
    pub init: Init,
    pub holding: Holding,
    pub memory_bytes: Option<u64>,
    /// What a zygote is asked to do then.
    pub join: Option<Join>,
}

impl Sandbox {
    /// Forks the launcher and finds out by trying what this machine allows. To be called early,
    /// while the server is small, and within a Tokio runtime.
    ///
    /// # Errors
    /// [`Error::Launcher`] if there is no process to be had.
    pub async fn new() -> Result<Sandbox, Error> {
        Sandbox::at_most(Level::Sandbox, Containment::PidNamespace).await
    }

    /// As [`Sandbox::new`], without trying what is stronger.
    ///
    /// # Errors
    /// As [`Sandbox::new`].
    pub async fn at_most(level: Level, containment: Containment) -> Result<Sandbox, Error> {
        let link = Link::open(containment).await?;
        let mut sandbox = Sandbox {
            probe: Probe {
                level: Level::Process,
                containment: link.containment,
                landlock: launcher::landlock_version().max(0),
                has_cgroups: false,
            },
            holding: Holding::Shared,
            stock: None,
            link: Arc::new(Mutex::new(link)),
            system: Arc::new(System::look()),
            cgroups: Cgroups::find().map(Arc::new),
        };
        sandbox.probe.has_cgroups = sandbox.cgroups.is_some();
        let ways = [
            (Level::Sandbox, Holding::OwnUser),
            (Level::Sandbox, Holding::ServersUser),
            (Level::Restricted, Holding::Shared),
        ];
        for (tried, holding) in ways.into_iter().filter(|(tried, _)| *tried <= level) {
            let before = (sandbox.probe.level, sandbox.holding);
            (sandbox.probe.level, sandbox.holding) = (tried, holding);
            match sandbox.trial().await {
                Ok(()) => break,
                Err(error) => {
                    tracing::debug!(level = %tried, ?holding, %error, "not possible here");
                    (sandbox.probe.level, sandbox.holding) = before;
                }
            }
        }
        if sandbox.probe.level == Level::Sandbox {
            let (link, cgroups) = (Arc::clone(&sandbox.link), sandbox.cgroups.clone());
            let groundwork = confine::groundwork(&sandbox.system, Level::Sandbox);
            let stock = Stock::new(link, cgroups, sandbox.holding, groundwork);
            sandbox.stock = Some(stock);
        }
        Ok(sandbox)
    }

    /// What this machine allows, as found when the sandbox was made.
    pub fn probe(&self) -> Probe {
        self.probe
    }

    /// Removes what this sandbox has made on the machine. To be called when everything that was
    /// started through it has ended; a process that exits does not drop what it holds.
    pub fn close(&self) {
        if let Some(stock) = &self.stock {
            stock.close();
        }
        if let Some(cgroups) = &self.cgroups {
            cgroups.remove();
        }
    }

    /// Gets ready to start confined programs. They start without it as well, but slower.
    pub fn prepare(&self) {
        if let Some(stock) = &self.stock {
            stock.fill();
        }
    }

    /// Ends what waits for programs, if none has been started since `since`.
    pub fn reclaim(&self, since: Instant) {
        if let Some(stock) = &self.stock {
            stock.reclaim(since);
        }
    }

    /// Where a confined program finds what the machine has at `path`.
    pub fn place(&self, confinement: &Confinement, path: &Path) -> PathBuf {
        confinement.place(self.probe.level, path)
    }

    /// Whether confinement is possible at the present level, with everything that it consists of.
    async fn trial(&self) -> Result<(), Error> {
        if self.probe.level == Level::Restricted {
            let has_landlock = confine::abi_features(self.probe.landlock).is_some();
            has_landlock.then_some(()).ok_or(Error::Confinement(0))?;
        }
        let confinement = Confinement::new()
            .any_address()
            .listen(crate::Listen::Tcp(80));
        // Without a program it ends where the program would start.
        let nothing = Command::new("", "/");
        let confined = self.start_confined(&nothing, &confinement).await?;
        match confined.process.wait().await {
            Exit::Code(0) => Ok(()),
            Exit::NotStarted(errno) => Err(Error::Confinement(errno)),
            _ => Err(Error::Confinement(0)),
        }
    }

    /// Starts a program that is trusted: it runs with the server's own rights. If the caller stops
    /// waiting, the program is ended again.
    ///
    /// # Errors
    /// The description cannot be carried out, or no process can be made. That the program itself
    /// cannot be executed shows in its [`Exit`](crate::Exit).
    pub async fn start(&self, command: &Command) -> Result<(Process, Streams), Error> {
        let (stdout, their_stdout) = pipe()?;
        let (stderr, their_stderr) = pipe()?;
        let process = self
            .start_trusted(command, [their_stdout, their_stderr])
            .await?;
        Ok((process, Streams { stdout, stderr }))
    }

    /// As [`Sandbox::start`], with standard output and standard error in one stream, so that what
    /// is written to them stays in order.
    ///
    /// # Errors
    /// As [`Sandbox::start`].
    pub async fn start_merged(&self, command: &Command) -> Result<(Process, Output), Error> {
        let (output, theirs) = merged()?;
        Ok((self.start_trusted(command, theirs).await?, output))
    }

    async fn start_trusted(
        &self,
        command: &Command,
        outputs: [OwnedFd; 2],
    ) -> Result<Process, Error> {
        let (setup, mut entry) = (Script::default(), Script::default());
        confine::no_new_privileges(&mut entry);
        confine::bound_resources(&mut entry, command.open_files);
        let plan = Plan {
            holding: Holding::Shared,
            origin: Origin::Executed,
            listeners: 0,
            cgroups: 0,
            setup: &setup,
            entry: &entry,
            program: &command.program,
            cwd: &command.cwd,
        };
        let start = Start {
            packet: message::encode(command, &plan)?,
            outputs,
            companions: None,
            init: Init::New(None),
            holding: Holding::Shared,
            memory_bytes: command.memory_bytes,
            join: None,
        };
        self.hand_over(start).await.map(|(process, _)| process)
    }

    /// Starts a program that is not trusted, confined as strongly as this machine allows.
    ///
    /// # Errors
    /// As [`Sandbox::start`], and if the confinement cannot be brought about.
    pub async fn start_confined(
        &self,
        command: &Command,
        confinement: &Confinement,
    ) -> Result<Confined, Error> {
        match self.confine(command, confinement, None).await {
            // An init process that waited in stock may have been killed just then.
            Err(Error::LauncherLost) => self.confine(command, confinement, None).await,
            started => started,
        }
    }

    /// Starts a program, or has it forked in a seat.
    pub(crate) async fn confine(
        &self,
        command: &Command,
        confinement: &Confinement,
        seat: Option<Seat>,
    ) -> Result<Confined, Error> {
        let level = self.probe.level;
        let (companions, their_companions) = match command.companions.is_empty() {
            true => (None, None),
            false => pipe().map(|(ours, theirs)| (Some(ours), Some(theirs)))?,
        };
        let (place, guardian) = match seat {
            Some(Seat { place, guardian }) => (place, Some(guardian)),
            None => (self.new_place(command)?, None),
        };
        let Place {
            output,
            outputs,
            init,
        } = place;
        let cgroup = match &guardian {
            Some(guardian) => guardian.cgroup.as_ref(),
            None => init.cgroup(),
        };
        if let Some(cgroup) = cgroup {
            cgroup.limit(limits(confinement)).map_err(Error::Cgroup)?;
        }
        let mut setup = match init.is_new() {
            true => confine::groundwork(&self.system, level),
            false => Script::default(),
        };
        setup.append(&confinement.setup(&self.system, level));
        let mut entry = Script::default();
        confine::bound_resources(&mut entry, command.open_files);
        entry.append(&confinement.entry(&self.system, level));
        let has_network = level == Level::Sandbox;
        let listen = confinement.listen.iter().filter(|_| has_network);
        let program = Plan {
            holding: self.holding,
            origin: Origin::Executed,
            listeners: listen.clone().count(),
            cgroups: init.doors()?.len(),
            setup: &setup,
            entry: &entry,
            program: &confinement.place(level, &command.program),
            cwd: &confinement.place(level, &command.cwd),
        };
        let packet = message::encode(command, &program)?;
        let (packet, join) = match guardian {
            None => (packet, None),
            Some(guardian) => {
                let [output, _] = &outputs;
                let output = output.try_clone().map_err(Error::Pipe)?;
                let join = Join {
                    guardian,
                    packet,
                    output,
                };
                (message::namespaces(&program)?, Some(join))
            }
        };
        let start = Start {
            packet,
            outputs,
            companions: their_companions,
            init,
            holding: self.holding,
            memory_bytes: Some(confinement.memory_bytes),
            join,
        };
        let (process, fds) = self.hand_over(start).await?;
        let sockets = listen.zip(fds).map(|(listen, fd)| Socket::of(*listen, fd));
        let sockets = sockets
            .collect::<io::Result<_>>()
            .map_err(Error::Listeners)?;
        Ok(Confined {
            process,
            output,
            companions,
            sockets,
        })
    }

    /// The place for a program: one in stock if there is one. None there has room for companions.
    fn new_place(&self, command: &Command) -> Result<Place, Error> {
        let stock = self
            .stock
            .as_ref()
            .filter(|_| command.companions.is_empty());
        if let Some(place) = stock.and_then(Stock::take) {
            return Ok(place);
        }
        Place::new(self.cgroups.as_ref())
    }

    pub(crate) fn stock(&self) -> Option<&Arc<Stock>> {
        self.stock.as_ref()
    }

    pub(crate) fn cgroups(&self) -> Option<&Arc<Cgroups>> {
        self.cgroups.as_ref()
    }

    pub(crate) fn system(&self) -> &System {
        &self.system
    }

    pub(crate) async fn hand_over(&self, start: Start) -> Result<(Process, Vec<OwnedFd>), Error> {
        let link = Arc::clone(&self.link);
        // A task of its own: a request whose reply nobody reads would shift all later replies.
        let started = tokio::spawn(async move { start.carry_out(&link).await });
        started.await.map_err(|_| Error::LauncherLost)?
    }
}

fn limits(confinement: &Confinement) -> Limits {
    let memory = confinement.memory_bytes;
    Limits {
        memory_bytes: memory
            .saturating_add(confinement.scratch_bytes + MEMORY_MARGIN)
            .min(1 << 46),
        processes: confinement.processes,
        share_mb: (memory >> 20).min(10_240),
    }
}

pub(crate) fn pipe() -> Result<(Output, OwnedFd), Error> {
    let (read, write) = pipe_with(PipeFlags::CLOEXEC).map_err(|e| Error::Pipe(e.into()))?;
    Ok((Output::new(read).map_err(Error::Pipe)?, write))
}

/// One stream for both outputs.
pub(crate) fn merged() -> Result<(Output, [OwnedFd; 2]), Error> {
    let (output, theirs) = pipe()?;
    let copy = theirs.try_clone().map_err(Error::Pipe)?;
    Ok((output, [theirs, copy]))
}

/// Has the launcher make an init process, which gets `further` descriptors as the packet says; a
/// launcher that was lost is started again.
pub(crate) async fn begin(
    link: &Arc<Mutex<Link>>,
    packet: &[u8],
    outputs: &[OwnedFd; 2],
    further: &[BorrowedFd<'_>],
) -> Result<Begun, Error> {
    let mut link = link.lock().await;
    match link.start(packet, outputs, further).await {
        Err(Error::LauncherLost) => {
            tracing::warn!("the launcher process was lost and is started again");
            *link = Link::open(link.containment).await?;
            link.start(packet, outputs, further).await
        }
        begun => begun,
    }
}

/// An init process that exists, before it is known to have set everything up.
#[derive(Debug)]
pub(crate) struct Begun {
    init: i32,
    pidfd: OwnedFd,
    status: Status,
    containment: Containment,
}

impl Begun {
    #[cfg(test)]
    pub fn id(&self) -> i32 {
        self.init
    }

    pub fn pidfd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    /// Waits until it says that its groundwork is done.
    pub async fn is_ready(&self) -> Result<(), Error> {
        self.status.ready().await.map(drop)
    }

    pub fn has_ended(&self) -> bool {
        process::has_ended(&self.pidfd)
    }

    pub fn kill(&self) {
        // An error means that it has ended already.
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
    }

    /// Waits for its end.
    pub async fn end(self) {
        process::await_end(Ok(self.pidfd)).await;
    }

    /// Waits until the namespaces are set up, answers the sockets that were made there, and has the
    /// program that waits in them go on. One that waits is given its `request` first.
    async fn settle(
        &self,
        request: Option<&[u8]>,
        holding: Holding,
        join: Option<&Join>,
    ) -> Result<Vec<OwnedFd>, Error> {
        if let Some(request) = request {
            self.status.ask(request).await?;
        }
        let sockets = match holding.has_namespaces() {
            true => self.status.ready().await?,
            false => Vec::new(),
        };
        if let Some(join) = join {
            join.carry_out().await?;
        }
        Ok(sockets)
    }
}

impl Start {
    async fn carry_out(self, link: &Arc<Mutex<Link>>) -> Result<(Process, Vec<OwnedFd>), Error> {
        let doors = self.init.doors()?;
        let (begun, cgroup) = self.init.into_parts();
        let (begun, request) = match begun {
            Some(begun) => (begun, Some(self.packet.as_slice())),
            None => {
                let further = self.companions.iter().chain(&doors).map(AsFd::as_fd);
                let further: Vec<BorrowedFd<'_>> = further.collect();
                let begun = begin(link, &self.packet, &self.outputs, &further).await?;
                (begun, None)
            }
        };
        let settled = begun
            .settle(request, self.holding, self.join.as_ref())
            .await;
        let guardian = self.join.map(|join| join.guardian);
        let sockets = match settled {
            Ok(sockets) => sockets,
            Err(error) => {
                // A control group can go when both have gone.
                let guardian = guardian.map(|guardian| (guardian.pidfd, guardian.cgroup));
                let (guardian, _cgroup) = guardian.unzip();
                for pidfd in [Some(begun.pidfd), guardian].into_iter().flatten() {
                    let _ = rustix::process::pidfd_send_signal(&pidfd, Signal::KILL);
                    process::await_end(Ok(pidfd)).await;
                }
                return Err(error);
            }
        };
        let (status, forked, guardian, group_of_guardian) = match guardian {
            Some(guardian) => (
                guardian.status,
                Some(guardian.program),
                Some(guardian.pidfd),
                guardian.cgroup,
            ),
            None => (begun.status, None, None, None),
        };
        let process = Process::new(Parts {
            init: begun.init,
            pidfd: begun.pidfd,
            status,
            has_companions: self.companions.is_some(),
            containment: match self.holding.has_namespaces() {
                true => Containment::UserPidNamespace,
                false => begun.containment,
            },
            memory_bytes: self.memory_bytes,
            cgroup: cgroup.or(group_of_guardian),
            forked,
            guardian,
        });
        Ok((process, sockets))
    }
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
        outputs: &[OwnedFd; 2],
        further: &[BorrowedFd<'_>],
    ) -> Result<Begun, Error> {
        let unix = AddressFamily::UNIX;
        let flags = SocketFlags::CLOEXEC;
        let pair = socketpair(unix, SocketType::SEQPACKET, flags, None);
        let (status, their_status) = pair.map_err(|e| Error::Pipe(e.into()))?;
        let [stdout, stderr] = outputs;
        let mut fds: Vec<BorrowedFd<'_>> =
            vec![stdout.as_fd(), stderr.as_fd(), their_status.as_fd()];
        fds.extend(further);
        packet::send(&self.socket, packet, &fds)
            .await
            .map_err(|_| Error::LauncherLost)?;
        drop(their_status);
        let status = Status::new(status).map_err(Error::Pipe)?;
        let mut reply = [0; REPLY_BYTES];
        let (bytes, pidfd) = receive(&self.socket, &mut reply).await?;
        if bytes != REPLY_BYTES {
            return Err(Error::LauncherLost);
        }
        match (untagged(reply), pidfd.into_iter().next()) {
            ((REPLY_STARTED, init), Some(pidfd)) => Ok(Begun {
                init,
                pidfd,
                status,
                containment: self.containment,
            }),
            ((_, errno), _) => Err(Error::Fork(io::Error::from_raw_os_error(errno))),
        }
    }
}

/// As [`packet::receive`]; that nothing comes means that the launcher is gone.
async fn receive(
    socket: &AsyncFd<OwnedFd>,
    buffer: &mut [u8],
) -> Result<(usize, Vec<OwnedFd>), Error> {
    match packet::receive(socket, buffer).await {
        Ok((0, _)) | Err(_) => Err(Error::LauncherLost),
        Ok(received) => Ok(received),
    }
}

#[cfg(test)]
mod tests;
