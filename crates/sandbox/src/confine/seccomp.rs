//! The system calls that confined programs may make, as a filter for the kernel.
//!
//! An allow-list. [`RECORDED`] is what the runtimes were seen to use (`seccomp/recorded.txt`,
//! made by `seccomp/record.sh`); [`KIN`] adds the calls that do the same for other versions of
//! the C library, for other runtimes (Go, Rust, the JVM, Ruby) and other kernels. What is known
//! and refused answers `EPERM`; what is newer than this list answers `ENOSYS`, upon which
//! libraries use the older call.
//!
//! The filter is a binary search over ranges of call numbers, so that it is short to run and
//! quick for the kernel to load.

use libc::{c_long, sock_filter};

/// As the runtimes were seen to use; x86-64 has several that newer machines do without.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const RECORDED: &[c_long] = &[
    libc::SYS_accept4, libc::SYS_access, libc::SYS_alarm, libc::SYS_arch_prctl, libc::SYS_bind,
    libc::SYS_brk, libc::SYS_capget, libc::SYS_chdir, libc::SYS_chmod, libc::SYS_chown,
    libc::SYS_clock_nanosleep, libc::SYS_close, libc::SYS_close_range, libc::SYS_connect,
    libc::SYS_copy_file_range, libc::SYS_creat, libc::SYS_dup, libc::SYS_dup2,
    libc::SYS_epoll_create1, libc::SYS_epoll_ctl, libc::SYS_epoll_pwait, libc::SYS_epoll_wait,
    libc::SYS_eventfd2, libc::SYS_execve, libc::SYS_exit, libc::SYS_exit_group, libc::SYS_fadvise64,
    libc::SYS_fallocate, libc::SYS_fchdir, libc::SYS_fchmod, libc::SYS_fchmodat, libc::SYS_fchown,
    libc::SYS_fcntl, libc::SYS_fdatasync, libc::SYS_flock, libc::SYS_fstat, libc::SYS_fstatfs,
    libc::SYS_fsync, libc::SYS_ftruncate, libc::SYS_futex, libc::SYS_getcwd, libc::SYS_getdents64,
    libc::SYS_getegid, libc::SYS_geteuid, libc::SYS_getgid, libc::SYS_getgroups,
    libc::SYS_getpeername, libc::SYS_getpgid, libc::SYS_getpid, libc::SYS_getppid,
    libc::SYS_getpriority, libc::SYS_getrandom, libc::SYS_getresgid, libc::SYS_getresuid,
    libc::SYS_getrusage, libc::SYS_getsid, libc::SYS_getsockname, libc::SYS_getsockopt,
    libc::SYS_gettid, libc::SYS_getuid, libc::SYS_getxattr, libc::SYS_inotify_add_watch,
    libc::SYS_inotify_init1, libc::SYS_inotify_rm_watch, libc::SYS_kill, libc::SYS_lchown,
    libc::SYS_lgetxattr, libc::SYS_link, libc::SYS_listen, libc::SYS_listxattr, libc::SYS_lseek,
    libc::SYS_madvise, libc::SYS_memfd_create, libc::SYS_mkdir, libc::SYS_mknodat, libc::SYS_mmap,
    libc::SYS_mprotect, libc::SYS_msync, libc::SYS_munmap, libc::SYS_newfstatat, libc::SYS_open,
    libc::SYS_openat, libc::SYS_pidfd_open, libc::SYS_pidfd_send_signal, libc::SYS_pipe2,
    libc::SYS_pkey_alloc, libc::SYS_poll, libc::SYS_pread64, libc::SYS_preadv2, libc::SYS_prlimit64,
    libc::SYS_pselect6, libc::SYS_pwrite64, libc::SYS_pwritev2, libc::SYS_read, libc::SYS_readlink,
    libc::SYS_readlinkat, libc::SYS_readv, libc::SYS_recvfrom, libc::SYS_recvmsg, libc::SYS_rename,
    libc::SYS_renameat2, libc::SYS_rmdir, libc::SYS_rseq, libc::SYS_rt_sigaction,
    libc::SYS_rt_sigpending, libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigsuspend, libc::SYS_rt_sigtimedwait, libc::SYS_sched_getaffinity,
    libc::SYS_sched_setaffinity, libc::SYS_sched_yield, libc::SYS_sendfile, libc::SYS_sendmsg,
    libc::SYS_sendto, libc::SYS_set_robust_list, libc::SYS_set_tid_address, libc::SYS_setitimer,
    libc::SYS_setpgid, libc::SYS_setpriority, libc::SYS_setsockopt, libc::SYS_setxattr,
    libc::SYS_shutdown, libc::SYS_socketpair, libc::SYS_splice, libc::SYS_statfs, libc::SYS_statx,
    libc::SYS_symlink, libc::SYS_symlinkat, libc::SYS_sync, libc::SYS_sysinfo, libc::SYS_tgkill,
    libc::SYS_timer_create, libc::SYS_timer_settime, libc::SYS_timerfd_create, libc::SYS_times,
    libc::SYS_truncate, libc::SYS_umask, libc::SYS_uname, libc::SYS_unlink, libc::SYS_unlinkat,
    libc::SYS_utimensat, libc::SYS_vfork, libc::SYS_wait4, libc::SYS_waitid, libc::SYS_write,
    libc::SYS_writev,
];

#[cfg(not(target_arch = "x86_64"))]
const RECORDED: &[c_long] = &[];

/// What does the same as something recorded.
#[rustfmt::skip]
const KIN: &[c_long] = &[
    // Files.
    libc::SYS_openat, libc::SYS_openat2, libc::SYS_close, libc::SYS_close_range, libc::SYS_read,
    libc::SYS_write, libc::SYS_readv, libc::SYS_writev, libc::SYS_pread64, libc::SYS_pwrite64,
    libc::SYS_preadv, libc::SYS_pwritev, libc::SYS_preadv2, libc::SYS_pwritev2, libc::SYS_lseek,
    libc::SYS_fstat, libc::SYS_newfstatat, libc::SYS_statx, libc::SYS_statfs, libc::SYS_fstatfs,
    libc::SYS_faccessat, libc::SYS_faccessat2, libc::SYS_getdents64, libc::SYS_getcwd,
    libc::SYS_chdir, libc::SYS_fchdir, libc::SYS_mkdirat, libc::SYS_mknodat, libc::SYS_unlinkat,
    libc::SYS_renameat2, libc::SYS_linkat, libc::SYS_symlinkat, libc::SYS_readlinkat,
    libc::SYS_fchmod, libc::SYS_fchmodat, libc::SYS_fchown, libc::SYS_fchownat,
    libc::SYS_utimensat, libc::SYS_truncate, libc::SYS_ftruncate, libc::SYS_fallocate,
    libc::SYS_fsync, libc::SYS_fdatasync, libc::SYS_sync, libc::SYS_syncfs,
    libc::SYS_sync_file_range, libc::SYS_flock, libc::SYS_fadvise64, libc::SYS_readahead,
    libc::SYS_copy_file_range, libc::SYS_sendfile, libc::SYS_splice, libc::SYS_tee,
    libc::SYS_vmsplice, libc::SYS_umask, libc::SYS_getxattr, libc::SYS_lgetxattr,
    libc::SYS_fgetxattr, libc::SYS_listxattr, libc::SYS_llistxattr, libc::SYS_flistxattr,
    libc::SYS_setxattr, libc::SYS_lsetxattr, libc::SYS_fsetxattr, libc::SYS_removexattr,
    libc::SYS_lremovexattr, libc::SYS_fremovexattr, libc::SYS_inotify_init1,
    libc::SYS_inotify_add_watch, libc::SYS_inotify_rm_watch, libc::SYS_fcntl, libc::SYS_dup,
    libc::SYS_dup3, libc::SYS_pipe2,
    // Waiting.
    libc::SYS_epoll_create1, libc::SYS_epoll_ctl, libc::SYS_epoll_pwait, libc::SYS_epoll_pwait2,
    libc::SYS_ppoll, libc::SYS_pselect6, libc::SYS_eventfd2, libc::SYS_signalfd4,
    libc::SYS_timerfd_create, libc::SYS_timerfd_settime, libc::SYS_timerfd_gettime,
    libc::SYS_nanosleep, libc::SYS_clock_nanosleep, libc::SYS_clock_gettime,
    libc::SYS_clock_getres, libc::SYS_gettimeofday, libc::SYS_setitimer, libc::SYS_getitimer,
    libc::SYS_timer_create, libc::SYS_timer_settime, libc::SYS_timer_gettime,
    libc::SYS_timer_getoverrun, libc::SYS_timer_delete, libc::SYS_times,
    // Memory.
    libc::SYS_mmap, libc::SYS_munmap, libc::SYS_mremap, libc::SYS_mprotect, libc::SYS_madvise,
    libc::SYS_msync, libc::SYS_mincore, libc::SYS_mlock, libc::SYS_mlock2, libc::SYS_munlock,
    libc::SYS_mlockall, libc::SYS_munlockall, libc::SYS_brk, libc::SYS_memfd_create,
    libc::SYS_membarrier, libc::SYS_pkey_alloc, libc::SYS_pkey_free, libc::SYS_pkey_mprotect,
    libc::SYS_get_mempolicy, libc::SYS_set_mempolicy, libc::SYS_mbind,
    libc::SYS_shmget, libc::SYS_shmat, libc::SYS_shmctl, libc::SYS_shmdt, libc::SYS_semget,
    libc::SYS_semop, libc::SYS_semtimedop, libc::SYS_semctl,
    // Processes and threads. `clone` is looked at below.
    libc::SYS_execve, libc::SYS_execveat, libc::SYS_exit, libc::SYS_exit_group, libc::SYS_wait4,
    libc::SYS_waitid, libc::SYS_getpid, libc::SYS_getppid, libc::SYS_gettid, libc::SYS_getpgid,
    libc::SYS_setpgid, libc::SYS_getsid, libc::SYS_setsid, libc::SYS_getuid, libc::SYS_geteuid,
    libc::SYS_getgid, libc::SYS_getegid, libc::SYS_getresuid, libc::SYS_getresgid,
    libc::SYS_getgroups, libc::SYS_setuid, libc::SYS_setgid, libc::SYS_setresuid,
    libc::SYS_setresgid, libc::SYS_setreuid, libc::SYS_setregid, libc::SYS_capget,
    libc::SYS_capset, libc::SYS_prctl, libc::SYS_getrlimit, libc::SYS_setrlimit,
    libc::SYS_prlimit64, libc::SYS_getrusage, libc::SYS_getpriority, libc::SYS_setpriority,
    libc::SYS_sched_yield, libc::SYS_sched_getaffinity, libc::SYS_sched_setaffinity,
    libc::SYS_sched_getparam, libc::SYS_sched_setparam, libc::SYS_sched_getscheduler,
    libc::SYS_sched_setscheduler, libc::SYS_sched_get_priority_max,
    libc::SYS_sched_get_priority_min, libc::SYS_sched_getattr, libc::SYS_sched_setattr,
    libc::SYS_sched_rr_get_interval, libc::SYS_getcpu, libc::SYS_set_tid_address,
    libc::SYS_set_robust_list, libc::SYS_get_robust_list, libc::SYS_rseq, libc::SYS_futex,
    libc::SYS_futex_waitv, libc::SYS_restart_syscall, libc::SYS_uname, libc::SYS_sysinfo,
    libc::SYS_getrandom, libc::SYS_pidfd_open, libc::SYS_pidfd_send_signal, libc::SYS_seccomp,
    libc::SYS_landlock_create_ruleset, libc::SYS_landlock_add_rule,
    libc::SYS_landlock_restrict_self,
    // Signals.
    libc::SYS_kill, libc::SYS_tkill, libc::SYS_tgkill, libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask, libc::SYS_rt_sigreturn, libc::SYS_rt_sigsuspend,
    libc::SYS_rt_sigpending, libc::SYS_rt_sigtimedwait, libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo, libc::SYS_sigaltstack,
    // The network. `socket` is looked at below.
    libc::SYS_socketpair, libc::SYS_bind, libc::SYS_listen, libc::SYS_accept, libc::SYS_accept4,
    libc::SYS_connect, libc::SYS_getsockname, libc::SYS_getpeername, libc::SYS_getsockopt,
    libc::SYS_setsockopt, libc::SYS_shutdown, libc::SYS_sendto, libc::SYS_recvfrom,
    libc::SYS_sendmsg, libc::SYS_recvmsg, libc::SYS_sendmmsg, libc::SYS_recvmmsg,
];

/// What only x86-64 has: the forms from before `*at`.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const LEGACY: &[c_long] = &[
    libc::SYS_arch_prctl, libc::SYS_select, libc::SYS_pause, libc::SYS_time,
    libc::SYS_eventfd, libc::SYS_signalfd, libc::SYS_epoll_create, libc::SYS_inotify_init,
    libc::SYS_getpgrp, libc::SYS_utime, libc::SYS_utimes, libc::SYS_futimesat,
    libc::SYS_renameat, libc::SYS_getdents, libc::SYS_mknod, libc::SYS_pipe, libc::SYS_fork,
];

#[cfg(not(target_arch = "x86_64"))]
const LEGACY: &[c_long] = &[];

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: u32 = 0xc000_00b7;

/// Namespaces that `clone` must not make.
const NAMESPACES: u32 = 0x7e02_0000;
/// The families of sockets: UNIX, IPv4, IPv6, netlink (for the names of interfaces).
const FAMILIES: [u32; 4] = [1, 2, 10, 16];
const SOCK_TYPE: u32 = 0xf;
const SOCK_RAW: u32 = 3;
const SOCK_PACKET: u32 = 10;
/// Terminal requests that put words into another program's mouth.
const TIOCSTI: u32 = 0x5412;
const TIOCLINUX: u32 = 0x541c;
/// Numbers from here on are x86-64's third set of calls.
#[cfg(target_arch = "x86_64")]
const X32: u32 = 0x4000_0000;
/// The newest call that this list knows: those above are unknown, not refused.
const NEWEST_KNOWN: u32 = 461;

const ALLOW: u32 = 0x7fff_0000;
const KILL: u32 = 0x8000_0000;
const ERRNO: u32 = 0x0005_0000;
const EPERM: u32 = ERRNO | 1;
const ENOSYS: u32 = ERRNO | 38;
const EAFNOSUPPORT: u32 = ERRNO | 97;

/// Offsets in the data that a filter is given.
const AT_NUMBER: u32 = 0;
const AT_ARCHITECTURE: u32 = 4;
/// The lower half of an argument, on a little-endian machine.
const fn at_argument(index: u32) -> u32 {
    16 + 8 * index
}

/// The filter, instruction by instruction.
pub(crate) fn filter() -> Vec<sock_filter> {
    let mut code = vec![
        load(AT_ARCHITECTURE),
        jump(Test::Equal, ARCHITECTURE, 1, 0),
        answer(KILL),
        load(AT_NUMBER),
    ];
    #[cfg(target_arch = "x86_64")]
    code.extend([jump(Test::AtLeast, X32, 0, 1), answer(ENOSYS)]);
    // Its flags are in memory, where a filter cannot look: libraries fall back to `clone`.
    special(&mut code, libc::SYS_clone3, &[answer(ENOSYS)]);
    special(
        &mut code,
        libc::SYS_clone,
        &[
            load(at_argument(0)),
            jump(Test::AnyBit, NAMESPACES, 0, 1),
            answer(EPERM),
            answer(ALLOW),
        ],
    );
    special(&mut code, libc::SYS_socket, &socket());
    special(
        &mut code,
        libc::SYS_ioctl,
        &[
            load(at_argument(1)),
            jump(Test::Equal, TIOCSTI, 1, 0),
            jump(Test::Equal, TIOCLINUX, 0, 1),
            answer(EPERM),
            answer(ALLOW),
        ],
    );
    code.extend([jump(Test::Above, NEWEST_KNOWN, 0, 1), answer(ENOSYS)]);
    search(&mut code, &ranges(&allowed()));
    code
}

fn socket() -> Vec<sock_filter> {
    let [unix, ipv4, ipv6, netlink] = FAMILIES;
    vec![
        load(at_argument(0)),
        jump(Test::Equal, unix, 9, 0),
        jump(Test::Equal, netlink, 5, 0),
        jump(Test::Equal, ipv4, 1, 0),
        jump(Test::Equal, ipv6, 0, 8),
        // Streams and datagrams, not what goes below them.
        load(at_argument(1)),
        mask(SOCK_TYPE),
        jump(Test::Equal, SOCK_RAW, 4, 2),
        // Of netlink, addresses and routes.
        load(at_argument(2)),
        jump(Test::Equal, 0, 1, 2),
        jump(Test::Equal, SOCK_PACKET, 1, 0),
        answer(ALLOW),
        answer(EPERM),
        answer(EAFNOSUPPORT),
    ]
}

/// The numbers of all calls that need no look at their arguments, in order.
fn allowed() -> Vec<u32> {
    let all = RECORDED.iter().chain(KIN).chain(LEGACY);
    let mut numbers: Vec<u32> = all.filter_map(|call| u32::try_from(*call).ok()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Where the answer changes: from each number on, until the next, its answer holds.
fn ranges(allowed: &[u32]) -> Vec<(u32, u32)> {
    let mut ranges = vec![(0, EPERM)];
    let mut next = 0;
    for number in allowed {
        if *number != next || ranges.len() == 1 {
            ranges.push((*number, ALLOW));
        } else {
            ranges.pop();
        }
        next = number + 1;
        ranges.push((next, EPERM));
    }
    ranges
}

/// Appends a binary search for the range that the number in the accumulator is in.
fn search(code: &mut Vec<sock_filter>, ranges: &[(u32, u32)]) {
    let [(_, only)] = ranges else {
        let (lower, upper) = ranges.split_at(ranges.len() / 2);
        let Some((from, _)) = upper.first() else {
            return code.push(answer(EPERM));
        };
        let mut low = Vec::new();
        search(&mut low, lower);
        // Ranges are few enough for every jump to fit; a test holds this to be so.
        let over = u8::try_from(low.len()).unwrap_or(u8::MAX);
        code.push(jump(Test::AtLeast, *from, over, 0));
        code.append(&mut low);
        return search(code, upper);
    };
    code.push(answer(*only));
}

/// Appends what to do for one call; other calls go on after it, with their number loaded.
fn special(code: &mut Vec<sock_filter>, call: c_long, what: &[sock_filter]) {
    let over = u8::try_from(what.len()).unwrap_or(u8::MAX);
    let number = u32::try_from(call).unwrap_or(u32::MAX);
    code.push(jump(Test::Equal, number, 0, over));
    code.extend_from_slice(what);
}

enum Test {
    Equal,
    Above,
    AtLeast,
    AnyBit,
}

fn jump(test: Test, with: u32, then: u8, otherwise: u8) -> sock_filter {
    let code = match test {
        Test::Equal => 0x15,
        Test::Above => 0x25,
        Test::AtLeast => 0x35,
        Test::AnyBit => 0x45,
    };
    sock_filter {
        code,
        jt: then,
        jf: otherwise,
        k: with,
    }
}

const fn statement(code: u16, k: u32) -> sock_filter {
    sock_filter {
        code,
        jt: 0,
        jf: 0,
        k,
    }
}

fn load(offset: u32) -> sock_filter {
    statement(0x20, offset)
}

fn mask(bits: u32) -> sock_filter {
    statement(0x54, bits)
}

fn answer(action: u32) -> sock_filter {
    statement(0x06, action)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the filter as the kernel does.
    fn decide(number: u32, arguments: [u32; 3]) -> u32 {
        let filter = filter();
        let (mut at, mut accumulator) = (0usize, 0u32);
        loop {
            let step = filter[at];
            at += 1;
            let branch = |holds: bool| usize::from(if holds { step.jt } else { step.jf });
            match step.code {
                0x20 => {
                    accumulator = match step.k {
                        AT_NUMBER => number,
                        AT_ARCHITECTURE => ARCHITECTURE,
                        argument => arguments[((argument - 16) / 8) as usize],
                    }
                }
                0x54 => accumulator &= step.k,
                0x06 => return step.k,
                0x15 => at += branch(accumulator == step.k),
                0x25 => at += branch(accumulator > step.k),
                0x35 => at += branch(accumulator >= step.k),
                0x45 => at += branch(accumulator & step.k != 0),
                other => panic!("instruction {other:#x}"),
            }
        }
    }

    fn check(call: c_long, arguments: [u32; 3], expected: u32) {
        let got = decide(u32::try_from(call).unwrap(), arguments);
        assert_eq!(got, expected, "call {call} {arguments:?}");
    }

    #[test]
    fn every_number_is_answered_as_listed() {
        let looked_at = [
            libc::SYS_clone,
            libc::SYS_clone3,
            libc::SYS_socket,
            libc::SYS_ioctl,
        ];
        let allowed = allowed();
        for number in 0..600u32 {
            if looked_at.contains(&c_long::from(number)) {
                continue;
            }
            let expected = match number {
                _ if allowed.contains(&number) => ALLOW,
                _ if number > NEWEST_KNOWN => ENOSYS,
                _ => EPERM,
            };
            assert_eq!(decide(number, [0; 3]), expected, "call {number}");
        }
        assert!(filter().len() < 255, "{}", filter().len());
    }

    #[test]
    fn what_breaks_out_is_refused() {
        for call in [
            libc::SYS_mount,
            libc::SYS_umount2,
            libc::SYS_pivot_root,
            libc::SYS_chroot,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_pidfd_getfd,
            libc::SYS_bpf,
            libc::SYS_perf_event_open,
            libc::SYS_userfaultfd,
            libc::SYS_io_uring_setup,
            libc::SYS_keyctl,
            libc::SYS_init_module,
            libc::SYS_kexec_load,
            libc::SYS_open_by_handle_at,
            libc::SYS_fsopen,
            libc::SYS_move_mount,
            libc::SYS_open_tree,
            libc::SYS_mount_setattr,
            libc::SYS_reboot,
            libc::SYS_swapon,
            libc::SYS_settimeofday,
            libc::SYS_personality,
        ] {
            check(call, [0; 3], EPERM);
        }
    }

    #[test]
    fn arguments_are_looked_at() {
        check(libc::SYS_clone, [0x0100_0011, 0, 0], ALLOW);
        check(libc::SYS_clone, [0x1000_0011, 0, 0], EPERM);
        check(libc::SYS_clone, [0x0002_0011, 0, 0], EPERM);
        check(libc::SYS_clone3, [0; 3], ENOSYS);
        check(libc::SYS_ioctl, [0, 0x5401, 0], ALLOW);
        check(libc::SYS_ioctl, [0, TIOCSTI, 0], EPERM);
        check(libc::SYS_ioctl, [0, TIOCLINUX, 0], EPERM);
        for (family, kind, protocol, expected) in [
            (1, 1, 0, ALLOW),
            (2, 1, 6, ALLOW),
            (2, 0o2000002, 0, ALLOW),
            (10, 1, 0, ALLOW),
            (2, 3, 1, EPERM),
            (10, 0o2000003, 58, EPERM),
            (2, 10, 0, EPERM),
            (16, 3, 0, ALLOW),
            (16, 3, 12, EPERM),
            (17, 3, 0, EAFNOSUPPORT),
            (38, 5, 0, EAFNOSUPPORT),
            (40, 1, 0, EAFNOSUPPORT),
        ] {
            check(libc::SYS_socket, [family, kind, protocol], expected);
        }
    }
}
