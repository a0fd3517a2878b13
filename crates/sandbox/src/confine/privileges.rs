//! Giving up what a program must not have: identity, capabilities, and the ways to get them back.

use super::seccomp;
use crate::script::{Arg, Script};

/// Who programs are in a user namespace of their own.
pub(crate) const INSIDE_USER: u32 = 993;
pub(crate) const INSIDE_GROUP: u32 = 990;

const CAPABILITY_VERSION: u32 = 0x2008_0522;
/// One more than any capability that there is, with room for more.
const CAPABILITIES: u64 = 48;

/// Becomes an ordinary user of the namespace, without a single capability.
pub(super) fn give_up(script: &mut Script) {
    // Refused to who made the namespace without privilege.
    script.attempt(libc::SYS_setgroups, &[Arg::NULL, Arg::NULL]);
    for capability in 0..CAPABILITIES {
        let drop = Arg::int(libc::PR_CAPBSET_DROP);
        script.attempt(libc::SYS_prctl, &[drop, Arg::Number(capability)]);
    }
    let (user, group) = (
        Arg::Number(INSIDE_USER.into()),
        Arg::Number(INSIDE_GROUP.into()),
    );
    script.call(libc::SYS_setresgid, &[group; 3]);
    script.call(libc::SYS_setresuid, &[user; 3]);
    drop_capabilities(script);
    // A change of identity forbids one's own entries under `/proc`.
    let dumpable = Arg::int(libc::PR_SET_DUMPABLE);
    script.call(libc::SYS_prctl, &[dumpable, Arg::Number(1)]);
}

/// Whoever the process is, it has no capability.
pub(super) fn drop_capabilities(script: &mut Script) {
    let mut header = CAPABILITY_VERSION.to_le_bytes().to_vec();
    header.extend([0; 4]);
    let header = script.bytes(&header);
    let none = script.bytes(&[0; 24]);
    script.call(libc::SYS_capset, &[header, none]);
}

/// No program gains anything by being executed.
pub(crate) fn no_new(script: &mut Script) {
    let what = Arg::int(libc::PR_SET_NO_NEW_PRIVS);
    script.call(
        libc::SYS_prctl,
        &[what, Arg::Number(1), Arg::NULL, Arg::NULL, Arg::NULL],
    );
}

/// Bounds the processes and threads of the user namespace.
pub(super) fn bound_processes(script: &mut Script, limit: u64) {
    set_limit(script, libc::RLIMIT_NPROC.into(), limit);
}

/// No core dumps, and as many open files as that.
pub(crate) fn bound_resources(script: &mut Script, open_files: u64) {
    set_limit(script, libc::RLIMIT_CORE.into(), 0);
    let own = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let open_files = own.maximum.map_or(open_files, |most| most.min(open_files));
    set_limit(script, libc::RLIMIT_NOFILE.into(), open_files);
    set_limit(script, libc::RLIMIT_MEMLOCK.into(), 64 << 10);
}

fn set_limit(script: &mut Script, resource: u64, limit: u64) {
    let mut both = limit.to_le_bytes().to_vec();
    both.extend(limit.to_le_bytes());
    let both = script.bytes(&both);
    let args = [Arg::NULL, Arg::Number(resource), both, Arg::NULL];
    script.attempt(libc::SYS_prlimit64, &args);
}

/// From here on only what the allow-list has.
pub(super) fn filter(script: &mut Script) {
    let filter = script.filter(&seccomp::filter());
    let set = Arg::Number(libc::SECCOMP_SET_MODE_FILTER.into());
    script.call(libc::SYS_seccomp, &[set, Arg::NULL, filter]);
}
