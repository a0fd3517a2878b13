//! Confinement: what a program that is not trusted may see, reach and use, written down as the
//! calls that bring it about.
//!
//! Three scripts for each start. *Groundwork* and *setup* are for init, inside the new namespaces:
//! they build the root and the network, first what all programs have in common. *Entry* is for the
//! program's own process, just before it becomes the program: it gives up every privilege, then the
//! calls it needs no more.

mod landlock;
mod network;
mod privileges;
mod root;
pub(crate) mod seccomp;

pub(crate) use landlock::abi_features;
pub(crate) use network::FIRST_LISTENER;
pub use network::Listen;
pub(crate) use privileges::{
    INSIDE_GROUP, INSIDE_USER, bound_resources, no_new as no_new_privileges,
};
pub(crate) use root::System;

use crate::level::Level;
use crate::script::Script;
use std::path::{Path, PathBuf};

/// What a confined program gets. Everything else is not there, or refused.
#[derive(Clone, Debug, Default)]
pub struct Confinement {
    pub(crate) root: Option<PathBuf>,
    pub(crate) visible: Vec<(PathBuf, PathBuf)>,
    pub(crate) hidden: Vec<PathBuf>,
    pub(crate) folders: Vec<PathBuf>,
    pub(crate) scratch: PathBuf,
    pub(crate) scratch_bytes: u64,
    pub(crate) listen: Vec<Listen>,
    pub(crate) any_address: bool,
    pub(crate) ports: Vec<u16>,
    pub(crate) memory_bytes: u64,
    pub(crate) processes: u64,
}

/// What init does first in its new namespaces: the same for all programs, so that it can be done
/// before it is known for which.
pub(crate) fn groundwork(system: &System, level: Level) -> Script {
    let mut script = Script::default();
    if level == Level::Sandbox {
        root::begin(&mut script, system);
        network::begin(&mut script);
    }
    script
}

/// As many processes and threads as AWS gives a function.
const PROCESSES: u64 = 1024;

impl Confinement {
    pub fn new() -> Confinement {
        Confinement {
            scratch_bytes: 512 << 20,
            memory_bytes: u64::MAX,
            processes: PROCESSES,
            ..Confinement::default()
        }
    }

    /// Shows the file or folder `from`, read-only. With a root of its own the program finds it as
    /// `to`, elsewhere under its own name.
    #[must_use]
    pub fn visible(mut self, from: impl Into<PathBuf>, to: impl Into<PathBuf>) -> Confinement {
        self.visible.push((from.into(), to.into()));
        self
    }

    /// Gives the program this folder for its root, read-only, instead of the machine's programs and
    /// libraries and of all that is visible otherwise. `/dev`, `/proc` and `/tmp` must be folders
    /// in it, `/etc/hosts` and `/etc/resolv.conf` files, and none of them links. Only for
    /// [`Level::Sandbox`]; elsewhere programs have the machine's root.
    #[must_use]
    pub fn root(mut self, folder: impl Into<PathBuf>) -> Confinement {
        self.root = Some(folder.into());
        self
    }

    /// Hides the folder `path`, should it lie in something visible.
    #[must_use]
    pub fn hidden(mut self, path: impl Into<PathBuf>) -> Confinement {
        self.hidden.push(path.into());
        self
    }

    /// An empty folder, where nothing is visible.
    #[must_use]
    pub fn folder(mut self, path: impl Into<PathBuf>) -> Confinement {
        self.folders.push(path.into());
        self
    }

    /// The only place that can be written: with a root of its own, `/tmp` in memory, of at most
    /// this size; elsewhere the folder given, whose size nobody bounds.
    #[must_use]
    pub fn scratch(mut self, folder: impl Into<PathBuf>, bytes: u64) -> Confinement {
        self.scratch = folder.into();
        self.scratch_bytes = bytes;
        self
    }

    /// With a network of its own: listens there, on the server's behalf. The sockets come with
    /// the process, in the order asked for.
    #[must_use]
    pub fn listen(mut self, socket: Listen) -> Confinement {
        self.listen.push(socket);
        self
    }

    /// With a network of its own: connections to whatever address, if to a port that is listened
    /// on, arrive at that listener. A listener learns from its socket's own address whom the
    /// program wanted to reach.
    #[must_use]
    pub fn any_address(mut self) -> Confinement {
        self.any_address = true;
        self
    }

    /// Where the machine's network is shared: the ports that may be connected to.
    #[must_use]
    pub fn port(mut self, port: u16) -> Confinement {
        self.ports.push(port);
        self
    }

    /// How much memory the program and all it spawns may hold, files in memory not counted.
    #[must_use]
    pub fn memory_bytes(mut self, limit: u64) -> Confinement {
        self.memory_bytes = limit;
        self
    }

    /// What init does in its new namespaces, after the [`groundwork`].
    pub(crate) fn setup(&self, system: &System, level: Level) -> Script {
        let mut script = Script::default();
        if level == Level::Sandbox {
            root::complete(&mut script, system, self);
            network::set_up(&mut script, self);
        }
        script
    }

    /// What init does for a zygote, which gets the root that its children will have.
    pub(crate) fn zygote_setup(&self, system: &System) -> Script {
        let mut script = Script::default();
        root::begin_for_zygote(&mut script, system);
        root::complete_for_zygote(&mut script, system, self);
        script
    }

    /// What the program's process does before it becomes the program, but for resource limits.
    pub(crate) fn entry(&self, system: &System, level: Level) -> Script {
        let mut script = Script::default();
        if level == Level::Sandbox {
            privileges::give_up(&mut script);
            privileges::bound_processes(&mut script, self.processes);
        } else {
            privileges::drop_capabilities(&mut script);
        }
        no_new_privileges(&mut script);
        match level {
            Level::Sandbox => landlock::restrict(&mut script, &root::own_rules(), None),
            Level::Restricted => {
                let rules = system.rules(self);
                landlock::restrict(&mut script, &rules, Some(&self.ports));
            }
            Level::Process => return script,
        }
        privileges::filter(&mut script);
        script
    }

    /// Where the program finds what the machine has at `path`.
    pub(crate) fn place(&self, level: Level, path: &Path) -> PathBuf {
        if level != Level::Sandbox {
            return path.to_owned();
        }
        let below = |(from, to): &(PathBuf, PathBuf)| match path.strip_prefix(from) {
            Ok(rest) if rest.as_os_str().is_empty() => Some(to.clone()),
            Ok(rest) => Some(to.join(rest)),
            Err(_) => None,
        };
        if let Some(root) = &self.root {
            let rest = path.strip_prefix(root).unwrap_or(path);
            return Path::new("/").join(rest);
        }
        let found = self.visible.iter().find_map(below);
        found.unwrap_or_else(|| path.to_owned())
    }
}
