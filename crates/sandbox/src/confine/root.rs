//! The root that a program gets: the machine's programs and libraries, read-only, what it was
//! shown, an empty `/tmp`, and nothing else.

use super::Confinement;
use super::landlock::{Access, Rule};
use crate::script::{Arg, Script};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Folders of programs and libraries; on most machines all but the first are links into it.
const PROGRAMS: [&str; 8] = [
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
];
/// What libraries read of `/etc`: no accounts, no keys, no configuration of servers.
const SETTINGS: [&str; 14] = [
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/pki",
    "/etc/protocols",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
];
const DEVICES: [&str; 5] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
];
const LINKS: [(&str, &str); 4] = [
    ("/proc/self/fd", "/dev/fd"),
    ("/proc/self/fd/0", "/dev/stdin"),
    ("/proc/self/fd/1", "/dev/stdout"),
    ("/proc/self/fd/2", "/dev/stderr"),
];
/// What is written anew, since the machine's own is none of a program's business.
const FILES: [(&str, &str); 6] = [
    (
        "/etc/hosts",
        "127.0.0.1 localhost sandbox.localdomain sandbox\n::1 localhost\n",
    ),
    (
        "/etc/resolv.conf",
        "nameserver 127.0.0.1\noptions ndots:1 timeout:5 attempts:2\n",
    ),
    (
        "/etc/nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files dns\n",
    ),
    (
        "/etc/passwd",
        "root:x:0:0:root:/root:/sbin/nologin\nsbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n",
    ),
    ("/etc/group", "root:x:0:\nsbx_user1051:x:990:\n"),
    ("/etc/host.conf", "multi on\n"),
];

/// Where the machine's root stands while the new one is built.
const OLD: &str = "/.old";
/// A descriptor that is free while a setup script runs.
const FILE: i16 = 60;

/// Where the program's own root is put together, if it has one.
const OWN: &str = "/.own";
/// What the machine's root and the program's own have in common; there in both.
const COMMON: [&str; 4] = ["/dev", "/proc", "/etc/hosts", "/etc/resolv.conf"];
const SCRATCH: &str = "/tmp";

const SCRATCH_OPTIONS: &str = "mode=1777,nr_inodes=262144,size=";

/// What this machine has of the folders that every program needs.
#[derive(Clone, Debug, Default)]
pub(crate) struct System {
    folders: Vec<PathBuf>,
    /// Links at the top: name and target.
    links: Vec<(PathBuf, PathBuf)>,
    /// How every root begins, and the folders that there are then.
    beginning: Script,
    made: BTreeSet<PathBuf>,
}

impl System {
    pub fn look() -> System {
        let mut system = System::default();
        for path in PROGRAMS.into_iter().chain(SETTINGS).map(PathBuf::from) {
            let link = path.parent() == Some(Path::new("/"));
            match std::fs::read_link(&path) {
                Ok(target) if link => system.links.push((path, target)),
                _ if path.exists() => system.folders.push(path),
                _ => {}
            }
        }
        (system.beginning, system.made) = beginning(&system);
        system
    }

    /// What Landlock allows where the machine's root is shared.
    pub fn rules(&self, confinement: &Confinement) -> Vec<Rule> {
        let shown = confinement.visible.iter().map(|(from, _)| from);
        let links = self.links.iter().map(|(name, _)| name);
        let also = [
            "/etc/hosts",
            "/etc/resolv.conf",
            "/etc/nsswitch.conf",
            "/etc/passwd",
            "/etc/group",
            "/etc/host.conf",
        ];
        let also: Vec<PathBuf> = also.iter().map(PathBuf::from).collect();
        let read = self.folders.iter().chain(links).chain(shown).chain(&also);
        let mut rules: Vec<Rule> = read
            .filter(|path| path.exists())
            .map(|path| Rule {
                path: path.clone(),
                access: if path.is_dir() {
                    Access::Read
                } else {
                    Access::ReadFile
                },
            })
            .collect();
        rules.extend(DEVICES.map(|path| Rule {
            path: path.into(),
            access: Access::WriteFile,
        }));
        rules.push(rule("/proc/self", Access::Write));
        if !confinement.scratch.as_os_str().is_empty() {
            rules.push(Rule {
                path: confinement.scratch.clone(),
                access: Access::Own,
            });
        }
        rules
    }
}

/// What Landlock allows within a root of one's own.
pub(super) fn own_rules() -> [Rule; 4] {
    [
        rule("/", Access::Read),
        rule("/proc", Access::Write),
        rule("/dev", Access::Write),
        rule("/tmp", Access::Own),
    ]
}

fn rule(path: &str, access: Access) -> Rule {
    Rule {
        path: path.into(),
        access,
    }
}

/// Begins a root with what all programs find in it, and moves into it; the machine's stays in reach.
pub(super) fn begin(script: &mut Script, system: &System) {
    begin_for_zygote(script, system);
    let mut root = Building::after_beginning(script, system);
    root.processes();
}

/// As [`begin`], without a process table, which is not its own.
pub(super) fn begin_for_zygote(script: &mut Script, system: &System) {
    script.append(&system.beginning);
}

/// Completes a root that was begun with what one program finds in it.
pub(super) fn complete(script: &mut Script, system: &System, confinement: &Confinement) {
    let mut root = Building::after_beginning(script, system);
    match &confinement.root {
        Some(folder) => root.move_into(folder, confinement.scratch_bytes),
        None => {
            root.furnish(system, confinement);
            root.scratch(Path::new(SCRATCH), confinement.scratch_bytes);
            root.close();
        }
    }
}

/// As [`complete`], without a place for files.
pub(super) fn complete_for_zygote(script: &mut Script, system: &System, confinement: &Confinement) {
    let mut root = Building::after_beginning(script, system);
    root.furnish(system, confinement);
    root.close();
}

fn beginning(system: &System) -> (Script, BTreeSet<PathBuf>) {
    let mut script = Script::default();
    let mut root = Building::after_beginning(&mut script, system);
    root.begin();
    for (name, target) in &system.links {
        root.link(target, name);
    }
    for folder in &system.folders {
        root.show(folder, folder);
    }
    for device in DEVICES {
        root.bind(Path::new(device), Path::new(device), 0);
    }
    for (target, name) in LINKS {
        root.link(Path::new(target), Path::new(name));
    }
    for (path, content) in FILES {
        root.file(Path::new(path), content);
    }
    for folder in ["/proc", "/tmp"] {
        root.folder(Path::new(folder));
    }
    let made = root.folders;
    (script, made)
}

const NO_DEVICES: u64 = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

struct Building<'a> {
    script: &'a mut Script,
    folders: BTreeSet<PathBuf>,
}

impl<'a> Building<'a> {
    fn after_beginning(script: &'a mut Script, system: &System) -> Building<'a> {
        Building {
            script,
            folders: system.made.clone(),
        }
    }

    /// What only some programs find, or only this one.
    fn furnish(&mut self, system: &System, confinement: &Confinement) {
        for (from, to) in &confinement.visible {
            self.show(from, to);
        }
        for path in &confinement.folders {
            self.folder(path);
        }
        for path in &confinement.hidden {
            self.hide(path, system, confinement);
        }
    }

    /// An empty root in memory, with the machine's below it. `/tmp` serves as a place to mount
    /// on; what the machine has there stays reachable below the old root.
    fn begin(&mut self) {
        let none = Arg::NULL;
        let (top, tmp) = (self.script.text("/"), self.script.text("/tmp"));
        let private = flags(libc::MS_REC | libc::MS_PRIVATE);
        self.script
            .call(libc::SYS_mount, &[none, top, none, private, none]);
        self.memory(tmp, "mode=0755,size=2m,nr_inodes=4096");
        self.script.call(libc::SYS_chdir, &[tmp]);
        let old = self.script.text(OLD.trim_start_matches('/'));
        let here = self.script.text(".");
        let mode = Arg::Number(0o755);
        self.script
            .call(libc::SYS_mkdirat, &[Arg::int(libc::AT_FDCWD), old, mode]);
        self.script.call(libc::SYS_pivot_root, &[here, old]);
        self.script.call(libc::SYS_chdir, &[top]);
    }

    fn memory(&mut self, at: Arg, options: &str) {
        let kind = self.script.text("tmpfs");
        let options = self.script.text(options);
        let safe = flags(libc::MS_NOSUID | libc::MS_NODEV);
        self.script
            .call(libc::SYS_mount, &[kind, at, kind, safe, options]);
    }

    /// Makes a folder and those above it, once.
    fn folder(&mut self, path: &Path) {
        if path == Path::new("/") || !self.folders.insert(path.to_owned()) {
            return;
        }
        if let Some(parent) = path.parent() {
            self.folder(parent);
        }
        let path = self.script.path(path);
        let args = [Arg::int(libc::AT_FDCWD), path, Arg::Number(0o755)];
        // It is there already where one visible folder lies in another.
        self.script.attempt(libc::SYS_mkdirat, &args);
    }

    fn link(&mut self, target: &Path, name: &Path) {
        name.parent()
            .into_iter()
            .for_each(|parent| self.folder(parent));
        let (target, name) = (self.script.path(target), self.script.path(name));
        let args = [target, Arg::int(libc::AT_FDCWD), name];
        self.script.attempt(libc::SYS_symlinkat, &args);
    }

    fn show(&mut self, from: &Path, to: &Path) {
        self.bind(from, to, NO_DEVICES);
    }

    fn bind(&mut self, from: &Path, to: &Path, attributes: u64) {
        if from.is_dir() {
            self.folder(to);
        } else {
            to.parent()
                .into_iter()
                .for_each(|parent| self.folder(parent));
            let path = self.script.path(to);
            let mode = Arg::Number((libc::S_IFREG | 0o444).into());
            let args = [Arg::int(libc::AT_FDCWD), path, mode, Arg::NULL];
            self.script.attempt(libc::SYS_mknodat, &args);
        }
        let from = self.script.text(old_path(from));
        let to = self.script.path(to);
        self.mount_again(from, to);
        if attributes != 0 {
            self.set_attributes(to, attributes, libc::AT_RECURSIVE);
        }
    }

    fn mount_again(&mut self, from: Arg, to: Arg) {
        let bind = flags(libc::MS_BIND | libc::MS_REC);
        self.script
            .call(libc::SYS_mount, &[from, to, Arg::NULL, bind, Arg::NULL]);
    }

    fn set_attributes(&mut self, path: Arg, attributes: u64, how: libc::c_int) {
        let mut set = attributes.to_le_bytes().to_vec();
        set.extend([0; 24]);
        let set = self.script.bytes(&set);
        let args = [
            Arg::int(libc::AT_FDCWD),
            path,
            Arg::int(how),
            set,
            Arg::Number(32),
        ];
        self.script.call(libc::SYS_mount_setattr, &args);
    }

    /// Covers a folder that lies in something shown with an empty one.
    fn hide(&mut self, path: &Path, system: &System, confinement: &Confinement) {
        let system = system.folders.iter().map(|folder| (folder, folder));
        let shown = confinement.visible.iter().map(|(from, to)| (from, to));
        for (from, to) in system.chain(shown) {
            if let Ok(rest) = path.strip_prefix(from) {
                let at = self.script.path(&to.join(rest));
                self.memory(at, "mode=0755,size=4k,nr_inodes=2");
                self.set_attributes(at, NO_DEVICES, 0);
            }
        }
    }

    fn file(&mut self, path: &Path, content: &str) {
        path.parent()
            .into_iter()
            .for_each(|parent| self.folder(parent));
        let path = self.script.path(path);
        let how = Arg::int(libc::O_WRONLY | libc::O_CREAT | libc::O_CLOEXEC);
        let args = [Arg::int(libc::AT_FDCWD), path, how, Arg::Number(0o644)];
        self.script.open(FILE, libc::SYS_openat, &args);
        let length = Arg::Number(content.len() as u64);
        let content = self.script.bytes(content.as_bytes());
        self.script
            .call(libc::SYS_write, &[Arg::int(FILE.into()), content, length]);
        // What is open for writing keeps the root from becoming read-only.
        self.script.call(libc::SYS_close, &[Arg::int(FILE.into())]);
    }

    /// `/proc` of the new process table.
    fn processes(&mut self) {
        let (proc, at) = (self.script.text("proc"), self.script.text("/proc"));
        let safe = flags(libc::MS_NOSUID | libc::MS_NODEV | libc::MS_NOEXEC);
        self.script
            .call(libc::SYS_mount, &[proc, at, proc, safe, Arg::NULL]);
    }

    fn scratch(&mut self, at: &Path, scratch_bytes: u64) {
        let tmp = self.script.path(at);
        self.memory(tmp, &format!("{SCRATCH_OPTIONS}{scratch_bytes}"));
    }

    /// Leaves the root that was begun for `folder`, with nothing of the former but what all
    /// programs need. Mounts are put over the folder's own files: that those are no links is the
    /// caller's promise, and one that is broken would only change what is about to be left.
    fn move_into(&mut self, folder: &Path, scratch_bytes: u64) {
        let own = Path::new(OWN);
        self.show(folder, own);
        for name in COMMON {
            let from = self.script.text(name);
            let to = self.script.text(format!("{OWN}{name}"));
            self.mount_again(from, to);
        }
        self.scratch(Path::new(&format!("{OWN}{SCRATCH}")), scratch_bytes);
        let (own, here) = (self.script.path(own), self.script.text("."));
        let detach = Arg::int(libc::MNT_DETACH);
        self.script.call(libc::SYS_chdir, &[own]);
        // Both in one place: the former root then lies on top, and goes with all below it.
        self.script.call(libc::SYS_pivot_root, &[here, here]);
        self.script.call(libc::SYS_umount2, &[here, detach]);
        let top = self.script.text("/");
        self.script.call(libc::SYS_chdir, &[top]);
    }

    /// The way back is cut, and nothing can be changed any more.
    fn close(&mut self) {
        let old = self.script.text(OLD);
        let detach = Arg::int(libc::MNT_DETACH);
        self.script.call(libc::SYS_umount2, &[old, detach]);
        let remove = Arg::int(libc::AT_REMOVEDIR);
        self.script
            .call(libc::SYS_unlinkat, &[Arg::int(libc::AT_FDCWD), old, remove]);
        let top = self.script.text("/");
        self.set_attributes(top, NO_DEVICES, 0);
    }
}

fn flags(flags: libc::c_ulong) -> Arg {
    Arg::Number(flags)
}

fn old_path(path: &Path) -> OsString {
    let mut old = OsString::from(OLD);
    old.push(path);
    old
}
