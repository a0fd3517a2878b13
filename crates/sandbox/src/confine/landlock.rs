//! Landlock: which files a program may open in which way, whatever its user may, and which ports
//! it may connect to.

use crate::script::{Arg, Script};
use std::path::PathBuf;

const EXECUTE: u64 = 1;
const WRITE_FILE: u64 = 1 << 1;
const READ_FILE: u64 = 1 << 2;
const READ_DIR: u64 = 1 << 3;
const MAKE_CHAR: u64 = 1 << 6;
const MAKE_BLOCK: u64 = 1 << 11;
const REFER: u64 = 1 << 13;
const TRUNCATE: u64 = 1 << 14;
const IOCTL_DEV: u64 = 1 << 15;
/// What the first version knows.
const FIRST: u64 = (1 << 13) - 1;

const BIND_TCP: u64 = 1;
const CONNECT_TCP: u64 = 1 << 1;
/// Abstract UNIX sockets, and signals, of processes outside.
const SCOPE: u64 = 0b11;

const RULE_PATH_BENEATH: u64 = 1;
const RULE_NET_PORT: u64 = 2;

/// Descriptors that are free while an entry script runs.
const RULESET: i16 = 30;
const PATH: i16 = 31;

/// What may be done below a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reading and executing.
    Read,
    /// Reading and writing files that are there.
    Write,
    /// Everything but making devices.
    Own,
    /// A single file: no rights that only folders have.
    ReadFile,
    WriteFile,
}

impl Access {
    fn rights(self) -> u64 {
        match self {
            Access::Read => EXECUTE | READ_FILE | READ_DIR,
            Access::Write => EXECUTE | READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE | IOCTL_DEV,
            Access::Own => FIRST & !MAKE_CHAR & !MAKE_BLOCK | REFER | TRUNCATE,
            Access::ReadFile => EXECUTE | READ_FILE,
            Access::WriteFile => READ_FILE | WRITE_FILE | IOCTL_DEV,
        }
    }
}

/// A path and what may be done there. A path that does not exist gives nothing.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub path: PathBuf,
    pub access: Access,
}

/// What this machine's Landlock can restrict, by its version. None at all is version 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features {
    files: u64,
    network: u64,
    scope: u64,
}

/// The features of a version, as documented in `landlock(7)`.
pub(crate) fn abi_features(version: i32) -> Option<Features> {
    let files = match version {
        ..=0 => return None,
        1 => FIRST,
        2 => FIRST | REFER,
        3 | 4 => FIRST | REFER | TRUNCATE,
        _ => FIRST | REFER | TRUNCATE | IOCTL_DEV,
    };
    Some(Features {
        files,
        network: if version >= 4 {
            BIND_TCP | CONNECT_TCP
        } else {
            0
        },
        scope: if version >= 6 { SCOPE } else { 0 },
    })
}

/// Adds the calls that restrict the process to `rules` and, if ports are given, to them.
pub(super) fn restrict(script: &mut Script, rules: &[Rule], ports: Option<&[u16]>) {
    let Some(mut features) = abi_features(crate::launcher::landlock_version()) else {
        return;
    };
    features.network = match ports {
        Some(_) => features.network & CONNECT_TCP,
        None => 0,
    };
    let mut attributes = Vec::new();
    for handled in [features.files, features.network, features.scope] {
        attributes.extend(handled.to_le_bytes());
    }
    // Older kernels take longer structures if what they do not know is zero.
    let size = Arg::Number(24);
    let attributes = script.bytes(&attributes);
    let args = [attributes, size, Arg::NULL];
    script.open(RULESET, libc::SYS_landlock_create_ruleset, &args);
    for rule in rules {
        allow_path(script, rule, features);
    }
    if features.network != 0 {
        ports
            .into_iter()
            .flatten()
            .for_each(|port| allow_port(script, *port));
    }
    let ruleset = Arg::int(RULESET.into());
    script.call(libc::SYS_landlock_restrict_self, &[ruleset, Arg::NULL]);
    script.attempt(libc::SYS_close, &[ruleset]);
    script.attempt(libc::SYS_close, &[Arg::int(PATH.into())]);
}

fn allow_path(script: &mut Script, rule: &Rule, features: Features) {
    let path = script.path(&rule.path);
    let flags = Arg::int(libc::O_PATH | libc::O_CLOEXEC);
    let args = [Arg::int(libc::AT_FDCWD), path, flags];
    script.open(PATH, libc::SYS_openat, &args);
    let mut attributes = (rule.access.rights() & features.files)
        .to_le_bytes()
        .to_vec();
    attributes.extend(i32::from(PATH).to_le_bytes());
    add_rule(script, RULE_PATH_BENEATH, &attributes);
}

fn allow_port(script: &mut Script, port: u16) {
    let mut attributes = CONNECT_TCP.to_le_bytes().to_vec();
    attributes.extend(u64::from(port).to_le_bytes());
    add_rule(script, RULE_NET_PORT, &attributes);
}

fn add_rule(script: &mut Script, kind: u64, attributes: &[u8]) {
    let attributes = script.bytes(attributes);
    let ruleset = Arg::int(RULESET.into());
    let args = [ruleset, Arg::Number(kind), attributes, Arg::NULL];
    script.call(libc::SYS_landlock_add_rule, &args);
}
