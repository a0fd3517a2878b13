//! Starting programs: the server's side of the conversation with the launcher.

use crate::cgroup::{Cgroup, Cgroups, Limits};
use crate::confine::{self, Confinement, System};
use crate::launcher::{self, Launcher};
use crate::message::{self, Holding, Origin, Plan, REPLY_BYTES, REPLY_STARTED, untagged};
use crate::process::{self, Parts};
use crate::script::Script;
use crate::status::Status;
use crate::zygote::{Guardian, Join};
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
struct Link {
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
    pub cgroup: Option<Cgroup>,
    pub holding: Holding,
    pub memory_bytes: Option<u64>,
    pub is_confined: bool,
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
        Ok(sandbox)
    }

    /// What this machine allows, as found when the sandbox was made.
    pub fn probe(&self) -> Probe {
        self.probe
    }

    /// Removes what this sandbox has made on the machine. To be called when everything that was
    /// started through it has ended; a process that exits does not drop what it holds.
    pub fn close(&self) {
        if let Some(cgroups) = &self.cgroups {
            cgroups.remove();
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
            cgroup: None,
            holding: Holding::Shared,
            memory_bytes: command.memory_bytes,
            is_confined: false,
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
        self.confine(command, confinement, None).await
    }

    /// Starts a program, or has a guardian fork it.
    pub(crate) async fn confine(
        &self,
        command: &Command,
        confinement: &Confinement,
        guardian: Option<Guardian>,
    ) -> Result<Confined, Error> {
        let level = self.probe.level;
        let (output, outputs) = merged()?;
        let (companions, their_companions) = match command.companions.is_empty() {
            true => (None, None),
            false => pipe().map(|(ours, theirs)| (Some(ours), Some(theirs)))?,
        };
        let (guardian, cgroup) = match guardian {
            Some(mut guardian) => {
                let cgroup = guardian.cgroup.take();
                (Some(guardian), cgroup)
            }
            None => (None, self.new_cgroup()?),
        };
        if let Some(cgroup) = &cgroup {
            cgroup.limit(limits(confinement)).map_err(Error::Cgroup)?;
        }
        let setup = confinement.setup(&self.system, level);
        let mut entry = Script::default();
        confine::bound_resources(&mut entry, command.open_files);
        entry.append(&confinement.entry(&self.system, level));
        let has_network = level == Level::Sandbox;
        let listen = confinement.listen.iter().filter(|_| has_network);
        let program = Plan {
            holding: self.holding,
            origin: Origin::Executed,
            listeners: listen.clone().count(),
            cgroups: match &cgroup {
                Some(cgroup) if guardian.is_none() => cgroup.doors().map_err(Error::Cgroup)?.len(),
                _ => 0,
            },
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
                (namespaces(&program)?, Some(join))
            }
        };
        let start = Start {
            packet,
            outputs,
            companions: their_companions,
            cgroup,
            holding: self.holding,
            memory_bytes: Some(confinement.memory_bytes),
            is_confined: true,
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

    fn new_cgroup(&self) -> Result<Option<Cgroup>, Error> {
        let made = self.cgroups.as_ref().map(|cgroups| cgroups.create());
        made.transpose().map_err(Error::Cgroup)
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
        let started = tokio::spawn(async move {
            let mut link = link.lock_owned().await;
            let begun = match link.start(&start).await {
                Err(Error::LauncherLost) => {
                    tracing::warn!("the launcher process was lost and is started again");
                    *link = Link::open(link.containment).await?;
                    link.start(&start).await
                }
                begun => begun,
            };
            let containment = link.containment;
            drop(link);
            begun?.finish(start, containment).await
        });
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

/// The request for the namespaces of `program` alone.
fn namespaces(program: &Plan<'_>) -> Result<Vec<u8>, Error> {
    let nothing = Command::new("", "/");
    let plan = Plan {
        origin: Origin::Forked,
        entry: &Script::default(),
        program: &nothing.program,
        cwd: &nothing.cwd,
        ..*program
    };
    message::encode(&nothing, &plan)
}

pub(crate) fn pipe() -> Result<(Output, OwnedFd), Error> {
    let (read, write) = pipe_with(PipeFlags::CLOEXEC).map_err(|e| Error::Pipe(e.into()))?;
    Ok((Output::new(read).map_err(Error::Pipe)?, write))
}

/// One stream for both outputs.
fn merged() -> Result<(Output, [OwnedFd; 2]), Error> {
    let (output, theirs) = pipe()?;
    let copy = theirs.try_clone().map_err(Error::Pipe)?;
    Ok((output, [theirs, copy]))
}

/// An init process that exists, before it is known to have set everything up.
struct Begun {
    init: i32,
    pidfd: OwnedFd,
    status: Status,
}

impl Begun {
    async fn finish(
        self,
        start: Start,
        containment: Containment,
    ) -> Result<(Process, Vec<OwnedFd>), Error> {
        let containment = match start.holding {
            Holding::Shared => containment,
            Holding::OwnUser | Holding::ServersUser | Holding::Zygote => {
                Containment::UserPidNamespace
            }
        };
        let awaits_setup = start.is_confined && start.holding != Holding::Shared;
        let fds = match awaits_setup {
            true => match self.status.ready().await {
                Ok(fds) => fds,
                Err(error) => {
                    // Its control group can go when it has gone.
                    process::await_end(Ok(self.pidfd)).await;
                    return Err(error);
                }
            },
            false => Vec::new(),
        };
        let joined = match &start.join {
            None => Ok((self.status, None)),
            Some(join) => {
                let joined = join.carry_out(self.pidfd.as_fd()).await;
                joined.map(|(status, pid)| (status, Some(pid)))
            }
        };
        let guardian = start.join.map(|join| join.guardian.pidfd);
        let (status, forked) = match joined {
            Ok(joined) => joined,
            Err(error) => {
                // Its control group can go when both have gone.
                for pidfd in [Some(self.pidfd), guardian].into_iter().flatten() {
                    let _ = rustix::process::pidfd_send_signal(&pidfd, Signal::KILL);
                    process::await_end(Ok(pidfd)).await;
                }
                return Err(error);
            }
        };
        let process = Process::new(Parts {
            init: self.init,
            pidfd: self.pidfd,
            status,
            has_companions: start.companions.is_some(),
            containment,
            memory_bytes: start.memory_bytes,
            cgroup: start.cgroup,
            forked,
            guardian,
        });
        Ok((process, fds))
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

    async fn start(&mut self, start: &Start) -> Result<Begun, Error> {
        let unix = AddressFamily::UNIX;
        let flags = SocketFlags::CLOEXEC;
        let pair = socketpair(unix, SocketType::SEQPACKET, flags, None);
        let (status, their_status) = pair.map_err(|e| Error::Pipe(e.into()))?;
        let doors = doors(start)?;
        let [stdout, stderr] = &start.outputs;
        let mut fds: Vec<BorrowedFd<'_>> =
            vec![stdout.as_fd(), stderr.as_fd(), their_status.as_fd()];
        fds.extend(start.companions.iter().map(AsFd::as_fd));
        fds.extend(doors.iter().map(AsFd::as_fd));
        packet::send(&self.socket, &start.packet, &fds)
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
            }),
            ((_, errno), _) => Err(Error::Fork(io::Error::from_raw_os_error(errno))),
        }
    }
}

fn doors(start: &Start) -> Result<Vec<OwnedFd>, Error> {
    match &start.cgroup {
        Some(cgroup) if start.join.is_none() => cgroup.doors().map_err(Error::Cgroup),
        // A guardian is in the group already, and so is what it forks.
        _ => Ok(Vec::new()),
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
