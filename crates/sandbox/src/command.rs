//! The description of a program to start.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// What to run, where, with which environment and which limits. The environment given is the
/// whole environment; standard input is empty.
#[derive(Clone, Debug)]
pub struct Command {
    pub(crate) program: PathBuf,
    pub(crate) args: Vec<OsString>,
    pub(crate) cwd: PathBuf,
    pub(crate) env: Vec<(OsString, OsString)>,
    /// Variables that companions do not get.
    pub(crate) own_env: Vec<(OsString, OsString)>,
    pub(crate) companions: Vec<PathBuf>,
    pub(crate) open_files: u64,
    pub(crate) memory_bytes: Option<u64>,
}

/// As many open files as AWS gives a function.
const OPEN_FILES: u64 = 1024;

impl Command {
    /// Runs `program`, an absolute path, in the folder `cwd`.
    pub fn new(program: impl Into<PathBuf>, cwd: impl Into<PathBuf>) -> Command {
        Command {
            program: program.into(),
            args: Vec::new(),
            cwd: cwd.into(),
            env: Vec::new(),
            own_env: Vec::new(),
            companions: Vec::new(),
            open_files: OPEN_FILES,
            memory_bytes: None,
        }
    }

    /// Adds one argument; the program's own name comes first by itself.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Command {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Command {
        self.env
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Adds an environment variable that companions do not get.
    #[must_use]
    pub fn own_env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Command {
        self.own_env
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Runs another program, an absolute path, beside this one, confined in the same way: it starts
    /// first, and this one waits for [`Process::release`](crate::Process::release). What
    /// companions write is a stream of their own.
    #[must_use]
    pub fn companion(mut self, program: impl Into<PathBuf>) -> Command {
        self.companions.push(program.into());
        self
    }

    /// Whether other programs run beside it.
    pub fn has_companions(&self) -> bool {
        !self.companions.is_empty()
    }

    /// How many files the program may have open; never more than the server itself may.
    #[must_use]
    pub fn open_files(mut self, limit: u64) -> Command {
        self.open_files = limit;
        self
    }

    /// How much memory the program and all it spawns may hold. See
    /// [`Process::memory`](crate::Process::memory).
    #[must_use]
    pub fn memory_bytes(mut self, limit: u64) -> Command {
        self.memory_bytes = Some(limit);
        self
    }
}
