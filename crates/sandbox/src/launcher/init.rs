//! The init process of one program: starts it, waits for its end, and takes everything that is
//! left of it down.
//!
//! Obeys the invariant of the launcher: system calls only, nothing allocates or returns.

use super::sys::{self, Awaited, Reaped};
use crate::level::Containment;
use crate::message::{
    FDS, MAX_STRINGS, Request, STATUS_EXITED, STATUS_NOT_STARTED, STATUS_SIGNALLED, tagged,
};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags};
use rustix::process::{Pid, Resource, Rlimit, Signal};
use std::ffi::{CStr, c_char, c_int};
use std::io::Write;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;

/// A further copy of standard output, for programs that speak a protocol on it.
const COPY_FD: c_int = 3;
/// Where the server is told how the program ended.
const STATUS_FD: c_int = 4;

/// Init's whole life.
pub(super) fn run(
    request: &Request<'_>,
    fds: [OwnedFd; FDS],
    containment: Containment,
    ids: Ids,
) -> ! {
    if arrange_fds(fds).is_err() {
        sys::exit(1);
    }
    let _ = rustix::thread::set_name(c"sandbox-init");
    let on_parents_death = match containment {
        Containment::Subreaper => Signal::TERM,
        Containment::PidNamespace | Containment::UserPidNamespace => Signal::KILL,
    };
    let _ = rustix::process::set_parent_process_death_signal(Some(on_parents_death));
    // The server may have gone before the line above: then nobody reads the status.
    if sys::has_no_reader(STATUS_FD) {
        sys::exit(1);
    }
    sys::set_signal(libc::SIGCHLD, libc::SIG_DFL);
    match containment {
        Containment::PidNamespace => mount_proc(),
        Containment::UserPidNamespace => {
            ids.map_to_themselves();
            mount_proc();
        }
        Containment::Subreaper => {
            let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        }
    }
    start_and_wait(request);
    if containment == Containment::Subreaper {
        kill_descendants();
    }
    sys::exit(0)
}

/// Gives the descriptors their places; 0 is empty already and everything else is closed. The descriptors received may have any number, so they
/// are first moved out of each other's way.
fn arrange_fds(fds: [OwnedFd; FDS]) -> Result<(), Errno> {
    let mut moved = [0; FDS];
    for (slot, fd) in moved.iter_mut().zip(&fds) {
        let copy = rustix::io::fcntl_dupfd_cloexec(fd, 32)?;
        *slot = copy.as_raw_fd();
        std::mem::forget(copy);
    }
    std::mem::forget(fds);
    for (fd, target) in moved.into_iter().zip([1, 2, STATUS_FD]) {
        sys::place(fd, target)?;
    }
    sys::place(1, COPY_FD)?;
    sys::close_on_exec(STATUS_FD);
    sys::close_from(STATUS_FD + 1);
    Ok(())
}

/// The launcher's user and group. A process in a new user namespace has no id of its own until a
/// map is written, so they are read before.
#[derive(Clone, Copy)]
pub(super) struct Ids {
    user: u32,
    group: u32,
}

impl Ids {
    pub fn of_this_process() -> Ids {
        Ids {
            user: rustix::process::getuid().as_raw(),
            group: rustix::process::getgid().as_raw(),
        }
    }

    /// Gives this user namespace the one user and the one group of the launcher.
    fn map_to_themselves(self) {
        write_file(c"/proc/self/setgroups", format_args!("deny"));
        let Ids { user, group } = self;
        write_file(c"/proc/self/uid_map", format_args!("{user} {user} 1"));
        write_file(c"/proc/self/gid_map", format_args!("{group} {group} 1"));
    }
}

/// Writes a short text to a file of the kernel's, in one piece as such files demand.
fn write_file(path: &CStr, text: std::fmt::Arguments<'_>) {
    let mut buffer = [0u8; 64];
    let mut rest = buffer.as_mut_slice();
    let _ = rest.write_fmt(text);
    let used = 64 - rest.len();
    if let Ok(file) = rustix::fs::open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()) {
        let _ = rustix::io::write(&file, buffer.get(..used).unwrap_or_default());
    }
}

/// Shows the program the process table it lives in instead of the machine's. Where that is not
/// allowed, its own ids and those under `/proc` do not match; nothing else depends on it.
fn mount_proc() {
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    if rustix::mount::mount_change(c"/", private).is_ok() {
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        let _ = rustix::mount::mount(c"proc", c"/proc", c"proc", flags, None);
    }
}

fn start_and_wait(request: &Request<'_>) {
    let awaited = Awaited::block();
    let init = rustix::process::getpid();
    match sys::fork() {
        Ok(None) => exec(request, init),
        Ok(Some(program)) => {
            // The program alone holds its output open.
            for fd in 1..STATUS_FD {
                let _ = sys::place(0, fd);
            }
            wait(program.as_raw(), &awaited);
        }
        Err(errno) => report(STATUS_NOT_STARTED, errno.raw_os_error()),
    }
}

/// Reaps whatever ends until the program does, or until the launcher is gone.
fn wait(program: i32, awaited: &Awaited) {
    loop {
        match sys::reap_any(libc::WNOHANG) {
            Reaped::Code { pid, code } if pid == program => return report(STATUS_EXITED, code),
            Reaped::Signal { pid, signal } if pid == program => {
                return report(STATUS_SIGNALLED, signal);
            }
            Reaped::Code { .. } | Reaped::Signal { .. } => {}
            Reaped::None | Reaped::Childless => {
                if awaited.next() == libc::SIGTERM {
                    return;
                }
            }
        }
    }
}

fn report(kind: u8, number: i32) {
    sys::write(STATUS_FD, &tagged(kind, number));
}

/// The program's process up to the moment it becomes the program.
fn exec(request: &Request<'_>, init: Pid) -> ! {
    let _leader = rustix::process::setsid();
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    if rustix::process::getppid() != Some(init) {
        sys::exit(1);
    }
    let errno = become_program(request);
    report(STATUS_NOT_STARTED, errno.raw_os_error());
    sys::exit(127)
}

fn become_program(request: &Request<'_>) -> Errno {
    let mut args = [ptr::null(); MAX_STRINGS + 1];
    let mut env = [ptr::null(); MAX_STRINGS + 1];
    if !request.fill::<*const c_char>(&mut args, &mut env, CStr::as_ptr) {
        return Errno::INVAL;
    }
    sys::reset_signals();
    if let Err(errno) = limit(request.open_files) {
        return errno;
    }
    if let Err(errno) = rustix::process::chdir(request.cwd) {
        return errno;
    }
    sys::execve(request.program, &args, &env)
}

/// No core dumps, bounded open files, and no way to gain privilege through set-uid programs.
fn limit(open_files: u64) -> Result<(), Errno> {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    rustix::process::setrlimit(Resource::Core, none)?;
    let allowed = rustix::process::getrlimit(Resource::Nofile).maximum;
    let files = Some(allowed.map_or(open_files, |allowed| allowed.min(open_files)));
    let files = Rlimit {
        current: files,
        maximum: files,
    };
    rustix::process::setrlimit(Resource::Nofile, files)?;
    rustix::thread::set_no_new_privs(true)
}

/// Kills until nothing is left. All orphans below this process become its children, so killing
/// children alone reaches every descendant.
fn kill_descendants() {
    while kill_listed_children() {
        if matches!(sys::reap_any(0), Reaped::Childless) {
            return;
        }
    }
}

/// Kills the children that the kernel lists; false if it does not list any.
fn kill_listed_children() -> bool {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let Ok(file) = rustix::fs::open(c"/proc/thread-self/children", flags, Mode::empty()) else {
        return false;
    };
    let mut buffer = [0u8; 4096];
    let Ok(bytes) = rustix::io::read(&file, &mut buffer) else {
        return false;
    };
    let (mut pid, mut any) = (0i32, false);
    for byte in buffer.get(..bytes).unwrap_or_default() {
        if byte.is_ascii_digit() {
            pid = pid.wrapping_mul(10).wrapping_add(i32::from(byte - b'0'));
        } else if pid > 1 {
            sys::kill_child(pid);
            (pid, any) = (0, true);
        }
    }
    any
}
