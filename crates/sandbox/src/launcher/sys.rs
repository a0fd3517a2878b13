//! The system calls that forked processes need and no safe interface offers. Every function here
//! is async-signal-safe: it makes system calls on its arguments and touches nothing else.

use crate::script::{ARGUMENTS, CALL_BYTES, IS_DATA, IS_FILTER, Step, Steps};
use rustix::io::Errno;
use std::ffi::{CStr, c_char, c_int};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;

/// A process that is ours to end and to reap, exactly once.
#[derive(Debug)]
pub(crate) struct Pid(libc::pid_t);

impl Pid {
    pub fn kill(&self, signal: c_int) {
        // SAFETY: no memory is involved; the child is not reaped yet, so the id is still its.
        unsafe { libc::kill(self.0, signal) };
    }

    /// Waits for the process's end and takes its entry out of the process table.
    pub fn reap(&mut self) {
        // SAFETY: a null status is allowed; no memory is involved.
        while unsafe { libc::waitpid(self.0, ptr::null_mut(), 0) } == -1 && errno() == Errno::INTR {
        }
    }

    pub fn as_raw(&self) -> i32 {
        self.0
    }
}

/// How one child ended, as `waitpid` tells it.
pub(crate) enum Reaped {
    Code {
        pid: i32,
        code: i32,
    },
    Signal {
        pid: i32,
        signal: i32,
    },
    /// No child has ended yet.
    None,
    /// There are no children at all.
    Childless,
}

fn errno() -> Errno {
    Errno::from_io_error(&io::Error::last_os_error()).unwrap_or(Errno::IO)
}

/// Ends this process without unwinding and without running anything on the way.
pub(crate) fn exit(code: c_int) -> ! {
    // SAFETY: does not return and runs no handler.
    unsafe { libc::_exit(code) }
}

/// Forks. In the child, which gets `None`, only what this module's parent allows may be done.
pub(crate) fn fork() -> Result<Option<Pid>, Errno> {
    // SAFETY: the child only makes system calls on its own stack until it ends; it never returns
    // into code that could wait for a thread that was not copied.
    match unsafe { libc::fork() } {
        -1 => Err(errno()),
        0 => Ok(None),
        pid => Ok(Some(Pid(pid))),
    }
}

/// Forks into new namespaces and gives the child's id and a pidfd for it. The plain `clone` call
/// is used because container runtimes refuse `clone3`.
pub(crate) fn clone_with_pidfd(namespaces: c_int) -> Result<Option<(i32, OwnedFd)>, Errno> {
    let mut pidfd: c_int = -1;
    let flags = libc::c_long::from(libc::SIGCHLD | libc::CLONE_PIDFD | namespaces);
    let none = 0 as libc::c_long;
    // SAFETY: without a stack and without CLONE_VM this is a fork; the kernel writes the pidfd
    // into our variable, where the parent-tid pointer stands on every architecture. The caller is
    // single-threaded.
    let pid = unsafe {
        libc::syscall(
            libc::SYS_clone,
            flags,
            none,
            ptr::from_mut(&mut pidfd),
            none,
            none,
        )
    };
    match i32::try_from(pid).unwrap_or(-1) {
        -1 => Err(errno()),
        0 => Ok(None),
        // SAFETY: the kernel has just made this descriptor for us.
        pid => Ok(Some((pid, unsafe { OwnedFd::from_raw_fd(pidfd) }))),
    }
}

/// Makes the launcher its own: no terminal, no files but `socket` (which becomes descriptor 3)
/// and an empty 0, 1, 2, default signals, `/` as folder. Ended children need no reaping.
pub(crate) fn detach(socket: OwnedFd) -> Result<OwnedFd, Errno> {
    let _leader = rustix::process::setsid();
    reset_signals();
    let null = rustix::fs::open(
        c"/dev/null",
        rustix::fs::OFlags::RDWR,
        rustix::fs::Mode::empty(),
    )?;
    // Out of the way of the numbers that are about to be taken.
    let moved = rustix::io::fcntl_dupfd_cloexec(&socket, 10)?;
    for target in 0..3 {
        place(null.as_raw_fd(), target)?;
    }
    place(moved.as_raw_fd(), 3)?;
    // All three are closed with the rest, by number.
    std::mem::forget((null, moved, socket));
    close_from(4);
    rustix::process::chdir(c"/")?;
    set_signal(libc::SIGCHLD, libc::SIG_IGN);
    // SAFETY: descriptor 3 was made just above and belongs to nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(3) })
}

/// Makes descriptor `target` a copy of `fd` that survives `execve`.
pub(crate) fn place(fd: c_int, target: c_int) -> Result<(), Errno> {
    // SAFETY: no memory is involved; whatever `target` was is replaced on purpose.
    match unsafe { libc::dup2(fd, target) } {
        -1 => Err(errno()),
        _ => Ok(()),
    }
}

/// Closes all descriptors from `first` on.
pub(crate) fn close_from(first: c_int) {
    let none = 0 as libc::c_long;
    let first_long = libc::c_long::from(first);
    let last = libc::c_long::from(c_int::MAX);
    // SAFETY: no memory is involved; the caller owns all of this process's descriptors.
    if unsafe { libc::syscall(libc::SYS_close_range, first_long, last, none) } == 0 {
        return;
    }
    // Kernels before 5.9: one by one up to a number no server here reaches.
    for fd in first..65_536 {
        // SAFETY: as above.
        unsafe { libc::close(fd) };
    }
}

/// Marks a descriptor to be closed by `execve`.
pub(crate) fn close_on_exec(fd: c_int) {
    // SAFETY: no memory is involved.
    unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
}

/// Writes `bytes`, few enough to be written at once, to a descriptor.
pub(crate) fn write(fd: c_int, bytes: &[u8]) {
    // SAFETY: pointer and length are those of a live slice.
    unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
}

/// All signals back to their defaults, none blocked. (The Rust runtime ignores SIGPIPE, which a
/// program would inherit.)
pub(crate) fn reset_signals() {
    for signal in 1..65 {
        set_signal(signal, libc::SIG_DFL);
    }
    // SAFETY: sigset_t is plain data for which all zeroes is a value.
    let mut none: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is ours.
    unsafe { libc::sigemptyset(&mut none) };
    // SAFETY: the set is initialised; the old mask is not asked for.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, &none, ptr::null_mut()) };
}

pub(crate) fn set_signal(signal: c_int, action: libc::sighandler_t) {
    // SAFETY: only SIG_DFL and SIG_IGN are given, so no handler can run.
    unsafe { libc::signal(signal, action) };
}

/// The signals init waits for instead of being interrupted by them.
pub(crate) struct Awaited(libc::sigset_t);

impl Awaited {
    /// Blocks SIGCHLD and SIGTERM so that they queue up until [`Awaited::next`] takes them.
    pub fn block() -> Awaited {
        // SAFETY: sigset_t is plain data for which all zeroes is a value.
        let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
        // SAFETY: the set is ours.
        unsafe { libc::sigemptyset(&mut set) };
        for signal in [libc::SIGCHLD, libc::SIGTERM] {
            // SAFETY: the set is ours and the signal exists.
            unsafe { libc::sigaddset(&mut set, signal) };
        }
        // SAFETY: the set is initialised; the old mask is not asked for.
        unsafe { libc::sigprocmask(libc::SIG_BLOCK, &set, ptr::null_mut()) };
        Awaited(set)
    }

    /// Waits for the next of them.
    pub fn next(&self) -> c_int {
        loop {
            // SAFETY: the set is initialised; no details are asked for.
            let signal = unsafe { libc::sigwaitinfo(&self.0, ptr::null_mut()) };
            if signal != -1 {
                return signal;
            }
        }
    }
}

/// Takes one ended child; waits for it if `flags` is 0, not with `WNOHANG`.
pub(crate) fn reap_any(flags: c_int) -> Reaped {
    let mut status = 0;
    // SAFETY: the status is ours to be written.
    match unsafe { libc::waitpid(-1, &mut status, flags) } {
        0 => Reaped::None,
        -1 if errno() == Errno::INTR => Reaped::None,
        -1 => Reaped::Childless,
        pid if libc::WIFSIGNALED(status) => Reaped::Signal {
            pid,
            signal: libc::WTERMSIG(status),
        },
        pid => Reaped::Code {
            pid,
            code: libc::WEXITSTATUS(status),
        },
    }
}

/// Kills a child of this process, by the id the kernel lists for it.
pub(crate) fn kill_child(pid: i32) {
    // SAFETY: no memory is involved. A child that has not been reaped keeps its id.
    unsafe { libc::kill(pid, libc::SIGKILL) };
}

/// Whether nobody reads the other end of this pipe any more.
pub(crate) fn has_no_reader(fd: c_int) -> bool {
    let mut poll = libc::pollfd {
        fd,
        events: 0,
        revents: 0,
    };
    // SAFETY: one structure is given, and its count.
    let ready = unsafe { libc::poll(&mut poll, 1, 0) };
    ready == 1 && poll.revents & (libc::POLLERR | libc::POLLHUP) != 0
}

/// Replaces this process by a program; returns only on failure.
pub(crate) fn execve(program: &CStr, args: &[*const c_char], env: &[*const c_char]) -> Errno {
    let terminated = args.last().is_some_and(|p| p.is_null());
    if !terminated || !env.last().is_some_and(|p| p.is_null()) {
        return Errno::INVAL;
    }
    // SAFETY: both arrays end with a null pointer; what stands before it points into strings that
    // live on this process's stack.
    unsafe { libc::execve(program.as_ptr(), args.as_ptr(), env.as_ptr()) };
    errno()
}

/// Makes the calls of a script, one after the other, until one fails that must not: its index
/// and why.
pub(crate) fn run(steps: Steps<'_>) -> Result<(), (usize, Errno)> {
    for (index, call) in steps.calls.chunks_exact(CALL_BYTES).enumerate() {
        let step = Step::decode(call).ok_or((index, Errno::INVAL))?;
        let done = make(&step, steps.data);
        if step.required {
            done.map_err(|errno| (index, errno))?;
        }
    }
    Ok(())
}

fn make(step: &Step, data: &[u8]) -> Result<(), Errno> {
    let mut filter = libc::sock_fprog {
        len: 0,
        filter: ptr::null_mut(),
    };
    let mut args = [0 as libc::c_long; ARGUMENTS];
    for (index, (arg, value)) in args.iter_mut().zip(step.args).enumerate() {
        let at = usize::try_from(value)
            .ok()
            .and_then(|offset| data.get(offset..));
        *arg = match step.kind(index) {
            IS_DATA => address(at.ok_or(Errno::FAULT)?.as_ptr()),
            IS_FILTER => {
                let (length, code) = at
                    .and_then(|data| data.split_first_chunk::<8>())
                    .ok_or(Errno::FAULT)?;
                filter.len =
                    u16::try_from(u64::from_le_bytes(*length)).map_err(|_| Errno::INVAL)?;
                filter.filter = code.as_ptr().cast_mut().cast();
                address(ptr::from_ref(&filter))
            }
            _ => libc::c_long::from_le_bytes(value.to_le_bytes()),
        };
    }
    let [a, b, c, d, e, f] = args;
    // SAFETY: the script was written by this program's own server; its pointers lead into the
    // packet, which lives longer than the call, and which no call of a script writes to.
    let result = unsafe { libc::syscall(step.number, a, b, c, d, e, f) };
    if result == -1 {
        return Err(errno());
    }
    if step.keep >= 0 {
        let made = c_int::try_from(result).map_err(|_| Errno::INVAL)?;
        move_to(made, step.keep.into())?;
    }
    Ok(())
}

fn address<T>(pointer: *const T) -> libc::c_long {
    libc::c_long::from_le_bytes(pointer.addr().to_le_bytes())
}

/// Gives the descriptor `fd` the number `target`, which programs do not inherit.
fn move_to(fd: c_int, target: c_int) -> Result<(), Errno> {
    if fd == target {
        return Ok(());
    }
    // SAFETY: no memory is involved; whatever `target` was is replaced on purpose.
    if unsafe { libc::dup3(fd, target, libc::O_CLOEXEC) } == -1 {
        return Err(errno());
    }
    // SAFETY: the descriptor was just made by a script and belongs to nobody else.
    unsafe { libc::close(fd) };
    Ok(())
}

/// Which version of Landlock the kernel has; 0 or less if none.
pub(crate) fn landlock_version() -> i32 {
    let none = 0 as libc::c_long;
    let version = 1 as libc::c_long;
    // SAFETY: with this flag the call takes a null pointer and only answers a number.
    let found = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, none, none, version) };
    i32::try_from(found).unwrap_or(0)
}

/// Waits for a byte from a pipe; false if there will be none.
pub(crate) fn read_byte(fd: c_int) -> bool {
    let mut byte = 0u8;
    loop {
        // SAFETY: one byte is given, and its count.
        match unsafe { libc::read(fd, ptr::from_mut(&mut byte).cast(), 1) } {
            1 => return true,
            -1 if errno() == Errno::INTR => {}
            _ => return false,
        }
    }
}

/// Waits for a packet; 0 if there will be none.
pub(crate) fn receive(socket: c_int, packet: &mut [u8]) -> usize {
    loop {
        // SAFETY: pointer and length are those of a live slice that is ours to be written.
        let received = unsafe { libc::recv(socket, packet.as_mut_ptr().cast(), packet.len(), 0) };
        match received {
            -1 if errno() == Errno::INTR => {}
            received => return usize::try_from(received).unwrap_or(0),
        }
    }
}

/// Closes the descriptors from `first` to `last`.
pub(crate) fn close_range(first: c_int, last: c_int) {
    for fd in first..=last {
        // SAFETY: no memory is involved; the caller owns all of this process's descriptors.
        unsafe { libc::close(fd) };
    }
}

/// The most descriptors that go with one message.
const MOST_FDS: usize = 24;

/// Sends `bytes` with the `count` descriptors from `first` on.
pub(crate) fn send_fds(socket: c_int, bytes: &[u8], first: c_int, count: usize) {
    let mut numbers = [0 as c_int; MOST_FDS];
    numbers
        .iter_mut()
        .zip(first..)
        .for_each(|(to, fd)| *to = fd);
    // The header of a control message, then the numbers; of `u64` so that it is aligned.
    let mut control = [0u64; 2 + MOST_FDS / 2];
    let length = size_of::<libc::cmsghdr>() + count.min(MOST_FDS) * size_of::<c_int>();
    let header = control.as_mut_ptr().cast::<libc::cmsghdr>();
    let rights = libc::cmsghdr {
        cmsg_len: length as _,
        cmsg_level: libc::SOL_SOCKET,
        cmsg_type: libc::SCM_RIGHTS,
        #[cfg(target_env = "musl")]
        __pad1: 0,
    };
    // SAFETY: the buffer is aligned for the header and larger than it.
    unsafe { header.write(rights) };
    // SAFETY: what follows the header has room for the most descriptors that are written.
    let data = unsafe { header.add(1).cast::<c_int>() };
    // SAFETY: both are valid for that many numbers and do not overlap.
    unsafe { ptr::copy_nonoverlapping(numbers.as_ptr(), data, count.min(MOST_FDS)) };
    let mut part = libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    // SAFETY: msghdr is plain data for which all zeroes is a value.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    if count > 0 {
        message.msg_control = control.as_mut_ptr().cast();
        message.msg_controllen = length as _;
    }
    // SAFETY: all that the message points to lives in this function.
    unsafe { libc::sendmsg(socket, &message, libc::MSG_NOSIGNAL) };
}

/// Init's own end of privilege: it has set everything up and only waits from now on.
pub(crate) fn give_up_privilege() {
    let none = 0 as libc::c_long;
    // SAFETY: no memory is involved: nobody may look into this process or trace it.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, none, none, none, none) };
    let header = [0x2008_0522u32, 0];
    let sets = [0u32; 6];
    // SAFETY: the kernel reads a header and two times three sets.
    unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), sets.as_ptr()) };
}
