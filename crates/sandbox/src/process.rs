//! A running program and everything it has spawned.

use crate::cgroup::Cgroup;
use crate::status::{Ended, Status};
use crate::{Containment, Output, readiness};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::Signal;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;
use tokio::io::Interest;
use tokio::sync::watch;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this status.
    Code(i32),
    /// It died of this signal.
    Signal(i32),
    /// It was never started: `execve` or what leads to it failed with this error number.
    NotStarted(i32),
    /// It was ended from outside together with its init process.
    Killed,
}

/// The words of the shell and of Go's `os.ProcessState`.
impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit status {code}"),
            Exit::Signal(signal) => write!(f, "signal: {}", signal_name(*signal)),
            Exit::NotStarted(errno) => {
                write!(f, "not started: {}", io::Error::from_raw_os_error(*errno))
            }
            Exit::Killed => f.write_str("signal: killed"),
        }
    }
}

fn signal_name(signal: i32) -> &'static str {
    match signal {
        libc::SIGHUP => "hangup",
        libc::SIGINT => "interrupt",
        libc::SIGQUIT => "quit",
        libc::SIGILL => "illegal instruction",
        libc::SIGTRAP => "trace/breakpoint trap",
        libc::SIGABRT => "aborted",
        libc::SIGBUS => "bus error",
        libc::SIGFPE => "floating point exception",
        libc::SIGKILL => "killed",
        libc::SIGUSR1 => "user defined signal 1",
        libc::SIGSEGV => "segmentation fault",
        libc::SIGUSR2 => "user defined signal 2",
        libc::SIGPIPE => "broken pipe",
        libc::SIGALRM => "alarm clock",
        libc::SIGTERM => "terminated",
        libc::SIGSYS => "bad system call",
        _ => "unknown signal",
    }
}

/// Memory that a program and everything it has spawned hold, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// What cannot be given back: no pages of files.
    pub anonymous: u64,
    /// The sum of the most that each living process has held, pages of files included.
    pub peak: u64,
}

/// What a program writes. Its descriptor 3 is a further copy of standard output.
#[derive(Debug)]
pub struct Streams {
    pub stdout: Output,
    pub stderr: Output,
}

/// A running program. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    init: i32,
    pidfd: OwnedFd,
    exit: watch::Receiver<Option<Exit>>,
    companions: watch::Receiver<Vec<(usize, Exit)>>,
    status: Arc<Status>,
    gone: watch::Receiver<bool>,
    containment: Containment,
    memory_bytes: Option<u64>,
    cgroup: Option<Arc<Cgroup>>,
    forked: Option<i32>,
}

/// What a process is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub init: i32,
    pub pidfd: OwnedFd,
    pub status: Status,
    pub has_companions: bool,
    pub containment: Containment,
    pub memory_bytes: Option<u64>,
    pub cgroup: Option<Cgroup>,
    /// The program, where it joined init instead of being its child.
    pub forked: Option<i32>,
    /// Its parent's pidfd, then.
    pub guardian: Option<OwnedFd>,
}

impl Process {
    pub(crate) fn new(parts: Parts) -> Process {
        let (exit_sender, exit) = watch::channel(None);
        let (companions_sender, companions) = watch::channel(Vec::new());
        let (gone_sender, gone) = watch::channel(false);
        let waited = parts.pidfd.try_clone();
        let cgroup = parts.cgroup.map(Arc::new);
        let status = Arc::new(parts.status);
        let (ends, held) = (Arc::clone(&status), cgroup.clone());
        let staying = parts.forked.and(parts.pidfd.try_clone().ok());
        tokio::spawn(async move {
            follow(
                &ends,
                &exit_sender,
                &companions_sender,
                parts.has_companions,
            )
            .await;
            if let Some(init) = staying {
                // It cannot see that its program has ended.
                let _ = rustix::process::pidfd_send_signal(&init, Signal::KILL);
            }
            await_end(waited).await;
            if let Some(guardian) = parts.guardian {
                await_end(Ok(guardian)).await;
            }
            // A group can go once nothing is left in it.
            drop(held);
            gone_sender.send_replace(true);
        });
        Process {
            init: parts.init,
            pidfd: parts.pidfd,
            exit,
            companions,
            status,
            gone,
            containment: parts.containment,
            memory_bytes: parts.memory_bytes,
            cgroup,
            forked: parts.forked,
        }
    }

    /// Waits until the program itself has ended. What it spawned is being killed then.
    pub async fn wait(&self) -> Exit {
        self.end().await
    }

    /// As [`Process::wait`], for who does not keep the process running.
    pub fn end(&self) -> impl Future<Output = Exit> + Send + use<> {
        let mut exit = self.exit.clone();
        async move {
            let ended = exit.wait_for(Option::is_some).await;
            ended.ok().and_then(|exit| *exit).unwrap_or(Exit::Killed)
        }
    }

    /// How the program ended, if it has.
    pub fn exit(&self) -> Option<Exit> {
        *self.exit.borrow()
    }

    /// Lets the program start, if it waits for its companions.
    pub fn release(&self) {
        self.status.release();
    }

    /// Waits until a companion has ended: its index, and how.
    pub async fn companion_end(&self) -> (usize, Exit) {
        let mut companions = self.companions.clone();
        let ended = companions.wait_for(|ended| !ended.is_empty()).await;
        match ended.ok().and_then(|ended| ended.first().copied()) {
            Some(first) => first,
            // There is none.
            None => std::future::pending().await,
        }
    }

    /// Whether a companion has ended.
    pub fn has_lost_companion(&self) -> bool {
        !self.companions.borrow().is_empty()
    }

    /// Waits until as many companions have ended.
    pub async fn companions_end(&self, count: usize) {
        let mut companions = self.companions.clone();
        // An error means that everything has ended.
        let _ = companions.wait_for(|ended| ended.len() >= count).await;
    }

    /// Kills the program and everything it has spawned, and waits until all of it is gone.
    pub async fn kill(&self) {
        self.signal();
        let mut gone = self.gone.clone();
        // An error means that the runtime is shutting down: nobody is left to wait.
        let _ = gone.wait_for(|gone| *gone).await;
    }

    /// What the program and everything it has spawned hold now. Zero once it has ended.
    pub fn memory(&self) -> Memory {
        let mut total = Memory::default();
        let mut pending = children(self.init);
        // An id is another's once its process has ended.
        pending.extend(self.forked.filter(|_| self.exit().is_none()));
        while let Some(pid) = pending.pop() {
            let memory = memory_of(pid);
            total.anonymous = total.anonymous.saturating_add(memory.anonymous);
            total.peak = total.peak.saturating_add(memory.peak);
            pending.extend(children(pid));
        }
        total
    }

    /// Whether more memory is held than the command allowed.
    pub fn exceeds_memory(&self) -> bool {
        self.memory_bytes
            .is_some_and(|limit| self.memory().anonymous > limit)
    }

    /// Whether the kernel has killed it, or something it spawned, for want of memory.
    pub fn ran_out_of_memory(&self) -> bool {
        self.cgroup
            .as_ref()
            .is_some_and(|cgroup| cgroup.ran_out_of_memory())
    }

    /// Init dies of SIGKILL and takes its namespace with it; a mere reaper must live long enough
    /// to kill its descendants, which is what it does on SIGTERM.
    fn signal(&self) {
        let signal = match self.containment {
            Containment::PidNamespace | Containment::UserPidNamespace => Signal::KILL,
            Containment::Subreaper => Signal::TERM,
        };
        // An error means that it has ended already.
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, signal);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal();
    }
}

/// Tells of each end as init does; init's own without a word means that it was killed. Without
/// companions nothing comes after the program's end.
async fn follow(
    status: &Status,
    exit: &watch::Sender<Option<Exit>>,
    companions: &watch::Sender<Vec<(usize, Exit)>>,
    has_companions: bool,
) {
    loop {
        match status.ended().await {
            Ended::Program(how) => {
                exit.send_replace(Some(how));
                if !has_companions {
                    return;
                }
            }
            // Only the first word counts: one that was not started ends as well.
            Ended::Companion(index, how) => {
                companions.send_if_modified(|ended| {
                    let is_new = ended.iter().all(|(other, _)| *other != index);
                    is_new.then(|| ended.push((index, how))).is_some()
                });
            }
            Ended::Init => {
                exit.send_if_modified(|exit| {
                    let is_new = exit.is_none();
                    exit.get_or_insert(Exit::Killed);
                    is_new
                });
                return;
            }
        }
    }
}

/// Waits until init has ended: a pidfd is readable from then on.
pub(crate) async fn await_end(pidfd: io::Result<OwnedFd>) {
    match pidfd.and_then(|pidfd| readiness::register(pidfd, Interest::READABLE)) {
        Ok(pidfd) => drop(pidfd.readable().await),
        Err(error) => tracing::error!(%error, "cannot watch a process"),
    }
}

/// Whether init has ended already.
pub(crate) fn has_ended(pidfd: &OwnedFd) -> bool {
    let mut watched = [PollFd::new(pidfd, PollFlags::IN)];
    rustix::event::poll(&mut watched, Some(&Timespec::default())).is_ok_and(|ready| ready > 0)
}

/// The children of all threads of a process.
fn children(pid: i32) -> Vec<i32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else {
        return Vec::new();
    };
    let lists = threads
        .flatten()
        .flat_map(|thread| kernel_file(thread.path().join("children")));
    lists.flat_map(|list| numbers(&list)).collect()
}

fn numbers(list: &str) -> Vec<i32> {
    list.split_ascii_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .collect()
}

/// A file of the kernel's. It does not tell its size, and whoever begins to read it with a small
/// buffer has the kernel write all of it again and again.
fn kernel_file(path: impl AsRef<Path>) -> io::Result<String> {
    let mut text = String::with_capacity(4096);
    File::open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// One process's memory, from the lines `Name:  123 kB` of its status.
fn memory_of(pid: i32) -> Memory {
    let status = kernel_file(format!("/proc/{pid}/status")).unwrap_or_default();
    let mut memory = Memory::default();
    for line in status.lines() {
        let mut words = line.split_ascii_whitespace();
        let (name, number) = (words.next(), words.next());
        let bytes = number.and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) * 1024;
        match name {
            Some("VmHWM:") => memory.peak = bytes,
            Some("RssAnon:" | "RssShmem:") => memory.anonymous += bytes,
            _ => {}
        }
    }
    memory
}
