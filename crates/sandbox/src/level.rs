//! How strongly programs are held, as found by trying.

use std::fmt;

/// The isolation levels, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Programs run as ordinary processes of the server's user. They are limited, ended reliably
    /// and inherit nothing, but can read what that user can read.
    Process,
    /// Landlock, seccomp and resource limits on top.
    Restricted,
    /// A root, network and process table of its own on top.
    Sandbox,
}

impl Level {
    /// All of them, weakest first.
    pub const ALL: [Level; 3] = [Level::Process, Level::Restricted, Level::Sandbox];
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Process => "process",
            Level::Restricted => "restricted",
            Level::Sandbox => "sandbox",
        })
    }
}

/// What makes sure that a program's descendants end with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Containment {
    /// A PID namespace, made with the server's own privilege.
    PidNamespace,
    /// A PID namespace inside a user namespace, made without privilege.
    UserPidNamespace,
    /// No namespace: a reaper process kills all descendants. A program that kills its own reaper
    /// first can leave children behind.
    Subreaper,
}

impl Containment {
    /// All of them, strongest first: the order in which they are tried.
    pub(crate) const BY_STRENGTH: [Containment; 3] = [
        Containment::PidNamespace,
        Containment::UserPidNamespace,
        Containment::Subreaper,
    ];

    pub(crate) fn code(self) -> u8 {
        match self {
            Containment::PidNamespace => 1,
            Containment::UserPidNamespace => 2,
            Containment::Subreaper => 3,
        }
    }

    pub(crate) fn from_code(code: u8) -> Option<Containment> {
        Containment::BY_STRENGTH
            .into_iter()
            .find(|containment| containment.code() == code)
    }
}

impl fmt::Display for Containment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Containment::PidNamespace => "pid namespace",
            Containment::UserPidNamespace => "pid namespace in a user namespace",
            Containment::Subreaper => "reaper process (this machine allows no pid namespace)",
        })
    }
}

/// What this machine gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// How strongly confined programs are held.
    pub level: Level,
    /// What makes sure that trusted programs leave nothing behind.
    pub containment: Containment,
    /// The version of Landlock; 0 if there is none.
    pub landlock: i32,
    /// Whether control groups bound what programs use.
    pub has_cgroups: bool,
}
