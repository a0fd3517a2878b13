//! Control groups: the kernel's own limits for a program and all it spawns together.
//!
//! One group for each server, inside the group that the server itself runs in, and one in it for
//! each program. Works with either version of control groups; where neither may be used, programs
//! have resource limits and the server's own watch over their memory.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The start of the name of every server's group; its process id and a number follow.
const PREFIX: &str = "sandbox-";
/// The file that takes processes in.
const PROCS: &str = "cgroup.procs";
/// The memory setting that stands for one whole core.
const CORE_MB: u64 = 1769;

/// How often, and after which pauses, a group is removed that the kernel calls busy.
const REMOVAL_TRIES: u32 = 100;
const REMOVAL_PAUSE: Duration = Duration::from_millis(5);

/// What a group may use together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Everything that is charged: memory, files in memory, the kernel's own.
    pub memory_bytes: u64,
    pub processes: u64,
    /// The memory setting, which the share of the processor is in proportion to.
    pub share_mb: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// The groups of one server. Dropping it removes them.
#[derive(Debug)]
pub(crate) struct Cgroups {
    version: Version,
    /// This server's folder in each hierarchy; in version 2 there is one.
    folders: Vec<PathBuf>,
    next: AtomicU64,
}

impl Cgroups {
    /// Tries to make the server's group where this process runs. Removes what servers that are
    /// gone have left.
    pub fn find() -> Option<Cgroups> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
        let found = version_one(&own, &mounts).or_else(|| version_two(&own, &mounts));
        let (version, parents) = found?;
        parents.iter().for_each(|parent| sweep(parent));
        // A process may have several sandboxes, each with a group of its own.
        static SANDBOXES: AtomicU64 = AtomicU64::new(0);
        let number = SANDBOXES.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        let cgroups = Cgroups {
            version,
            folders: parents.iter().map(|parent| parent.join(&name)).collect(),
            next: AtomicU64::new(0),
        };
        let made = cgroups.folders.iter().try_for_each(|folder| make(folder));
        made.ok()?;
        if version == Version::Two {
            let enabled = cgroups.folders.iter().all(|folder| enable(folder).is_ok());
            if !enabled {
                return None;
            }
        }
        Some(cgroups)
    }

    /// Makes a group for one program, without limits.
    ///
    /// # Errors
    /// The group cannot be made.
    pub fn create(&self) -> io::Result<Cgroup> {
        let name = self.next.fetch_add(1, Ordering::Relaxed).to_string();
        let cgroup = Cgroup {
            version: self.version,
            folders: self
                .folders
                .iter()
                .map(|folder| folder.join(&name))
                .collect(),
        };
        for folder in &cgroup.folders {
            fs::create_dir(folder)?;
        }
        Ok(cgroup)
    }
}

impl Cgroups {
    /// The folders of those that there are now.
    #[cfg(test)]
    pub fn members(&self) -> Vec<PathBuf> {
        let folders = self.folders.iter().flat_map(fs::read_dir);
        let entries = folders.flatten().flatten().map(|entry| entry.path());
        entries.filter(|path| path.is_dir()).collect()
    }

    /// Removes the groups, of which all processes must have ended.
    pub fn remove(&self) {
        for folder in &self.folders {
            remove(folder);
            // A killed server's processes may still have been about when this one started.
            folder.parent().into_iter().for_each(sweep);
        }
    }
}

impl Drop for Cgroups {
    fn drop(&mut self) {
        self.remove();
    }
}

/// The group of one program. Dropping it removes it; its processes must have ended, or be about
/// to.
#[derive(Debug)]
pub(crate) struct Cgroup {
    version: Version,
    folders: Vec<PathBuf>,
}

impl Cgroup {
    /// Sets the limits of a group that has none yet.
    ///
    /// # Errors
    /// A limit cannot be set.
    pub fn limit(&self, limits: Limits) -> io::Result<()> {
        for folder in &self.folders {
            for (file, value) in settings(self.version, limits) {
                match OpenOptions::new().write(true).open(folder.join(file)) {
                    Ok(mut file) => file.write_all(value.as_bytes())?,
                    // It is another hierarchy's, or the kernel does not have it.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// The files through which a process enters, opened with the server's own right to do so.
    ///
    /// # Errors
    /// A file cannot be opened.
    pub fn doors(&self) -> io::Result<Vec<OwnedFd>> {
        let open = |folder: &PathBuf| {
            let file = OpenOptions::new().write(true).open(folder.join(PROCS))?;
            Ok(File::into(file))
        };
        self.folders.iter().map(open).collect()
    }

    /// Whether the kernel has killed a process of the group for want of memory.
    pub fn ran_out_of_memory(&self) -> bool {
        let file = match self.version {
            Version::One => "memory.oom_control",
            Version::Two => "memory.events",
        };
        let counts = self
            .folders
            .iter()
            .map(|folder| fs::read_to_string(folder.join(file)));
        counts.flatten().any(|text| {
            let mut lines = text
                .lines()
                .filter_map(|line| line.strip_prefix("oom_kill "));
            lines.any(|count| count.trim() != "0")
        })
    }
}

/// The kernel takes a moment to notice that the last process has gone.
impl Drop for Cgroup {
    fn drop(&mut self) {
        let mut busy = std::mem::take(&mut self.folders);
        busy.retain(|folder| is_busy(folder));
        if busy.is_empty() {
            return;
        }
        // Without a runtime the server is ending, and removes all of its groups.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                for _ in 0..REMOVAL_TRIES {
                    tokio::time::sleep(REMOVAL_PAUSE).await;
                    busy.retain(|folder| is_busy(folder));
                    if busy.is_empty() {
                        return;
                    }
                }
                tracing::debug!(folders = ?busy, "control groups stay");
            });
        }
    }
}

/// Removes a group, unless processes are in it.
fn is_busy(folder: &Path) -> bool {
    fs::remove_dir(folder).is_err_and(|error| error.kind() == io::ErrorKind::ResourceBusy)
}

fn settings(version: Version, limits: Limits) -> Vec<(&'static str, String)> {
    let Limits {
        memory_bytes,
        processes,
        share_mb,
    } = limits;
    let share = |whole: u64, most: u64| (share_mb * whole / CORE_MB).clamp(2, most).to_string();
    match version {
        Version::One => vec![
            ("memory.limit_in_bytes", memory_bytes.to_string()),
            ("memory.memsw.limit_in_bytes", memory_bytes.to_string()),
            ("pids.max", processes.to_string()),
            ("cpu.shares", share(1024, 262_144)),
        ],
        Version::Two => vec![
            ("memory.max", memory_bytes.to_string()),
            ("memory.swap.max", "0".to_owned()),
            ("memory.oom.group", "1".to_owned()),
            ("pids.max", processes.to_string()),
            ("cpu.weight", share(100, 10_000)),
        ],
    }
}

/// The hierarchies that version 1 needs: this process's group in each.
fn version_one(own: &str, mounts: &str) -> Option<(Version, Vec<PathBuf>)> {
    let parents = ["memory", "pids", "cpu"].map(|controller| {
        let group = own.lines().find_map(|line| {
            let mut parts = line.splitn(3, ':');
            let controllers = parts.nth(1)?;
            controllers
                .split(',')
                .any(|c| c == controller)
                .then(|| parts.next())
                .flatten()
        })?;
        mounted(mounts, "cgroup", Some(controller), group)
    });
    let mut found: Vec<PathBuf> = parents.into_iter().collect::<Option<_>>()?;
    found.dedup();
    Some((Version::One, found))
}

/// The one hierarchy of version 2: this process's group, if it may be divided.
fn version_two(own: &str, mounts: &str) -> Option<(Version, Vec<PathBuf>)> {
    let group = own.lines().find_map(|line| line.strip_prefix("0::"))?;
    let parent = mounted(mounts, "cgroup2", None, group)?;
    let controllers = fs::read_to_string(parent.join("cgroup.controllers")).ok()?;
    let has = |name| controllers.split_whitespace().any(|c| c == name);
    if !(has("memory") && has("pids")) {
        return None;
    }
    vacate(&parent).ok()?;
    enable(&parent).ok()?;
    Some((Version::Two, vec![parent]))
}

/// A group with members cannot be divided: if this process is the only one, it moves into a
/// group of its own.
fn vacate(group: &Path) -> io::Result<()> {
    let members = fs::read_to_string(group.join(PROCS))?;
    let own = std::process::id().to_string();
    if members.lines().any(|pid| pid != own) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    if !members.is_empty() {
        let inner = group.join("server");
        make(&inner)?;
        fs::write(inner.join(PROCS), own)?;
    }
    Ok(())
}

fn enable(group: &Path) -> io::Result<()> {
    let control = group.join("cgroup.subtree_control");
    fs::write(&control, "+memory +pids")?;
    // A share of the processor is a refinement.
    let _ = fs::write(&control, "+cpu");
    Ok(())
}

/// Where a group's folder is. A mount may show only a part of its hierarchy.
fn mounted(mounts: &str, kind: &str, controller: Option<&str>, group: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (before, after) = line.split_once(" - ")?;
        let mut after = after.split(' ');
        let (found, options) = (after.next()?, after.nth(1)?);
        let has = controller.is_none_or(|name| options.split(',').any(|option| option == name));
        if found != kind || !has {
            return None;
        }
        let mut before = before.split(' ').skip(3);
        let (root, at) = (before.next()?, before.next()?);
        let below = Path::new(group).strip_prefix(root).ok()?;
        Some(Path::new(at).join(below))
    })
}

fn make(folder: &Path) -> io::Result<()> {
    match fs::create_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// Removes the groups of servers that are gone.
fn sweep(parent: &Path) {
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    for entry in entries {
        let name = entry.file_name();
        let pid = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        let pid = pid.and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            remove(&entry.path());
        }
    }
}

/// Removes a server's group with those in it that are empty.
fn remove(folder: &Path) {
    for _ in 0..REMOVAL_TRIES {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.path().is_dir()) {
            let _ = fs::remove_dir(entry.path());
        }
        // Processes take a moment to end, and the kernel one to notice.
        if !is_busy(folder) {
            return;
        }
        std::thread::sleep(REMOVAL_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_groups_are_found_below_their_mounts() {
        let own = "8:pids:/\n4:memory:/a/b\n1:cpu,cpuacct:/a\n0::/\n";
        let mounts = "\
30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
31 25 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
32 25 0:28 /a /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct
";
        let (version, found) = version_one(own, mounts).unwrap();
        assert_eq!(version, Version::One);
        let expected = [
            "/sys/fs/cgroup/memory/a/b",
            "/sys/fs/cgroup/pids/",
            "/sys/fs/cgroup/cpu/",
        ];
        assert_eq!(found, expected.map(PathBuf::from));
        assert!(version_one("4:memory:/\n", mounts).is_none());
    }
}
