//! The init process of one program: starts it, waits for its end, and takes everything that is
//! left of it down.
//!
//! Obeys the invariant of the launcher: system calls only, nothing allocates or returns.

use super::Fds;
use super::identity::Ids;
use super::sys::{self, Awaited, Reaped};
use crate::confine::FIRST_LISTENER;
use crate::level::Containment;
use crate::message::{
    MAX_BYTES, MAX_COMPANIONS, MAX_FDS, MAX_STRINGS, Origin, Request, STATUS_COMPANION_EXITED,
    STATUS_COMPANION_NOT_STARTED, STATUS_COMPANION_SIGNALLED, STATUS_EXITED, STATUS_NOT_CONFINED,
    STATUS_NOT_STARTED, STATUS_READY, STATUS_SIGNALLED, tagged,
};
use crate::script::Steps;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags};
use rustix::process::{Pid, Signal};
use std::ffi::{CStr, c_char, c_int};
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;

/// A further copy of standard output, for programs that speak a protocol on it.
const COPY_FD: c_int = 3;
/// Where the server is told how the program ended.
const STATUS_FD: c_int = 4;
/// What companions write to, if there are any.
const COMPANIONS_FD: c_int = 5;

/// Open once init has been given its users.
const GATE_FD: c_int = 6;
/// The files that take processes into control groups count up from here.
const FIRST_CGROUP: c_int = 7;
const LAST_FD: c_int = 10;

/// Init's whole life.
pub(super) fn run(
    request: &Request<'_>,
    fds: Fds,
    gate: OwnedFd,
    containment: Containment,
    ids: Ids,
) -> ! {
    if arrange_fds(request, fds, gate).is_err() {
        sys::exit(1);
    }
    let _ = rustix::thread::set_name(c"sandbox-init");
    let is_own = request.holding.has_namespaces();
    let on_parents_death = match containment {
        Containment::Subreaper if !is_own => Signal::TERM,
        _ => Signal::KILL,
    };
    let _ = rustix::process::set_parent_process_death_signal(Some(on_parents_death));
    // The server may have gone before the line above: then nobody reads the status.
    if sys::has_no_reader(STATUS_FD) || !sys::read_byte(GATE_FD) {
        sys::exit(1);
    }
    for fd in (FIRST_CGROUP..).take(request.cgroups.into()) {
        sys::write(fd, b"0");
    }
    sys::close_range(GATE_FD, LAST_FD);
    sys::set_signal(libc::SIGCHLD, libc::SIG_DFL);
    let mut packet = [0; MAX_BYTES];
    let request = match request.origin {
        Origin::Executed | Origin::Forked => *request,
        Origin::Awaited => {
            carry_out(request.setup);
            report(STATUS_READY, 0);
            await_request(&mut packet)
        }
    };
    if is_own {
        set_up(&request);
    } else {
        hold(containment, ids);
    }
    match request.origin {
        Origin::Executed => start_and_wait(&request, is_own),
        Origin::Forked => stay(),
        Origin::Awaited => {}
    }
    if containment == Containment::Subreaper && !is_own {
        kill_descendants();
    }
    sys::exit(0)
}

/// Waits to be told what the program is. Ends with the server, or if it is told nonsense.
fn await_request(packet: &mut [u8; MAX_BYTES]) -> Request<'_> {
    let length = sys::receive(STATUS_FD, packet);
    match packet.get(..length).and_then(Request::decode) {
        Some(request) if request.holding.has_namespaces() => request,
        _ => sys::exit(1),
    }
}

/// Makes the namespaces what the program is to find in them.
fn set_up(request: &Request<'_>) {
    carry_out(request.setup);
    let count = usize::from(request.listeners);
    sys::send_fds(
        STATUS_FD,
        &tagged(STATUS_READY, 0),
        FIRST_LISTENER.into(),
        count,
    );
    sys::close_from(COMPANIONS_FD + 1);
}

/// Sees to it that nothing the program spawns outlives it.
fn hold(containment: Containment, ids: Ids) {
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
}

/// Makes the calls of a script. If one fails that must not, nothing runs.
fn carry_out(steps: Steps<'_>) {
    if let Err((index, errno)) = sys::run(steps) {
        let index = i32::try_from(index & 0x7fff).unwrap_or(0);
        report(STATUS_NOT_CONFINED, index << 16 | errno.raw_os_error());
        sys::exit(126);
    }
}

/// Gives the descriptors their places; 0 is empty already and everything else is closed. The
/// descriptors received may have any number, so they are first moved out of each other's way.
fn arrange_fds(request: &Request<'_>, fds: Fds, gate: OwnedFd) -> Result<(), Errno> {
    let mut moved = [-1; MAX_FDS];
    for (slot, fd) in moved.iter_mut().zip(fds.iter().flatten()) {
        *slot = move_away(fd)?;
    }
    let gate_moved = move_away(&gate)?;
    std::mem::forget((fds, gate));
    let companions = (request.companions > 0).then_some(COMPANIONS_FD);
    let places = [1, 2, STATUS_FD].into_iter().chain(companions);
    let places = places.chain(FIRST_CGROUP..);
    for (fd, target) in moved.into_iter().filter(|fd| *fd >= 0).zip(places) {
        sys::place(fd, target)?;
        if target >= STATUS_FD {
            sys::close_on_exec(target);
        }
    }
    sys::place(gate_moved, GATE_FD)?;
    sys::place(1, COPY_FD)?;
    sys::close_from(FIRST_CGROUP + c_int::from(request.cgroups));
    Ok(())
}

fn move_away(fd: &OwnedFd) -> Result<c_int, Errno> {
    let copy = rustix::io::fcntl_dupfd_cloexec(fd, 32)?;
    let moved = copy.as_raw_fd();
    std::mem::forget(copy);
    Ok(moved)
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

fn start_and_wait(request: &Request<'_>, is_own: bool) {
    let awaited = Awaited::block();
    let init = rustix::process::getpid();
    let mut family = Family::default();
    for (index, place) in (0..request.companions).zip(&mut family.companions) {
        match sys::fork() {
            Ok(None) => exec(request, init, Role::Companion(index)),
            Ok(Some(companion)) => *place = companion.as_raw(),
            Err(errno) => return report(STATUS_NOT_STARTED, errno.raw_os_error()),
        }
    }
    match sys::fork() {
        Ok(None) => exec(request, init, Role::Program),
        Ok(Some(program)) => {
            family.program = program.as_raw();
            if is_own {
                sys::give_up_privilege();
            }
            let_go_of_outputs(request);
            wait(&family, &awaited);
        }
        Err(errno) => report(STATUS_NOT_STARTED, errno.raw_os_error()),
    }
}

/// Programs alone hold their outputs open.
fn let_go_of_outputs(request: &Request<'_>) {
    let companions = (request.companions > 0).then_some(COMPANIONS_FD);
    for fd in (1..STATUS_FD).chain(companions) {
        let _ = sys::place(0, fd);
    }
}

/// Which of a request's programs a process is to become.
#[derive(Clone, Copy)]
enum Role {
    Program,
    Companion(u8),
}

/// The process ids of what init has started; zero is nobody's.
#[derive(Default)]
struct Family {
    program: i32,
    companions: [i32; MAX_COMPANIONS],
}

impl Family {
    fn index_of(&self, pid: i32) -> Option<i32> {
        let found = self
            .companions
            .iter()
            .position(|companion| *companion == pid);
        found.and_then(|index| i32::try_from(index).ok())
    }

    /// Companions go on without their program, until init is told to end.
    fn has_companions(&self) -> bool {
        self.companions.first().is_some_and(|pid| *pid != 0)
    }
}

/// Keeps the namespaces for a program that joins them, and reaps what it leaves behind, until
/// killed.
fn stay() {
    let awaited = Awaited::block();
    sys::give_up_privilege();
    for fd in 1..STATUS_FD {
        let _ = sys::place(0, fd);
    }
    wait(&Family::default(), &awaited);
}

/// Reaps whatever ends until the program does, or until the launcher is gone.
fn wait(family: &Family, awaited: &Awaited) {
    loop {
        let (pid, kinds, number) = match sys::reap_any(libc::WNOHANG) {
            Reaped::Code { pid, code } => (pid, [STATUS_EXITED, STATUS_COMPANION_EXITED], code),
            Reaped::Signal { pid, signal } => {
                (pid, [STATUS_SIGNALLED, STATUS_COMPANION_SIGNALLED], signal)
            }
            Reaped::None | Reaped::Childless => {
                if awaited.next() == libc::SIGTERM {
                    return;
                }
                continue;
            }
        };
        let [of_program, of_companion] = kinds;
        if pid == family.program {
            report(of_program, number);
            if !family.has_companions() {
                return;
            }
        } else if let Some(index) = family.index_of(pid) {
            report(of_companion, index << 16 | number);
        }
    }
}

fn report(kind: u8, number: i32) {
    sys::write(STATUS_FD, &tagged(kind, number));
}

/// A program's process up to the moment it becomes the program.
fn exec(request: &Request<'_>, init: Pid, role: Role) -> ! {
    let _leader = rustix::process::setsid();
    let _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    if rustix::process::getppid() != Some(init) {
        sys::exit(1);
    }
    match role {
        Role::Program => {
            let errno = become_program(request);
            report(STATUS_NOT_STARTED, errno.raw_os_error());
        }
        Role::Companion(index) => {
            let errno = become_companion(request, index);
            let index = i32::from(index) << 16;
            report(STATUS_COMPANION_NOT_STARTED, index | errno.raw_os_error());
        }
    }
    sys::exit(127)
}

fn become_companion(request: &Request<'_>, index: u8) -> Errno {
    let mut args = [ptr::null(); 2];
    let mut env = [ptr::null(); MAX_STRINGS + 1];
    let filled = request.fill_companion::<*const c_char>(index, &mut args, &mut env, CStr::as_ptr);
    let Some(name) = filled else {
        return Errno::INVAL;
    };
    for fd in 1..STATUS_FD {
        if let Err(errno) = sys::place(COMPANIONS_FD, fd) {
            return errno;
        }
    }
    sys::reset_signals();
    carry_out(request.entry);
    match rustix::process::chdir(c"/") {
        Err(errno) => errno,
        Ok(()) => sys::execve(name, &args, &env),
    }
}

fn become_program(request: &Request<'_>) -> Errno {
    // With companions, it starts when it is released.
    if request.companions > 0 && !sys::read_byte(STATUS_FD) {
        sys::exit(1);
    }
    let mut args = [ptr::null(); MAX_STRINGS + 1];
    let mut env = [ptr::null(); MAX_STRINGS + 1];
    if !request.fill::<*const c_char>(&mut args, &mut env, CStr::as_ptr) {
        return Errno::INVAL;
    }
    sys::reset_signals();
    carry_out(request.entry);
    if request.program.is_empty() {
        // A trial: that it came so far is the answer.
        sys::exit(0);
    }
    if let Err(errno) = rustix::process::chdir(request.cwd) {
        return errno;
    }
    sys::execve(request.program, &args, &env)
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
