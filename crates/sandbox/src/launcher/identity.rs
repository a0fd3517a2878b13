//! Who programs are, inside their user namespaces and outside.
//!
//! Obeys the invariant of the launcher: system calls only, nothing allocates.

use crate::confine::{INSIDE_GROUP, INSIDE_USER};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::ffi::CStr;
use std::fmt::{Arguments, Write};

/// Users and groups that exist nowhere on a machine; each program gets its own of them, so that
/// the kernel's limits for a user hold for each program alone.
const FIRST_OWN: u32 = 0x6f67_0000;
const OWN: u32 = 0x10000;

#[derive(Clone, Copy)]
pub(super) struct Identities {
    server: Ids,
    next: u32,
}

impl Identities {
    /// A process in a new user namespace has no id of its own until a map is written, so the
    /// launcher's are read before.
    pub fn of_this_process() -> Identities {
        Identities {
            server: Ids {
                user: rustix::process::getuid().as_raw(),
                group: rustix::process::getgid().as_raw(),
            },
            next: 0,
        }
    }

    pub fn server(&self) -> Ids {
        self.server
    }

    /// Gives the namespace of `pid` a root, who is the server's user, and a user of its own.
    pub fn give_own(&mut self, pid: i32) -> Result<(), Errno> {
        let own = FIRST_OWN + self.next % OWN;
        self.next = self.next.wrapping_add(1);
        let Ids { user, group } = self.server;
        let users = format_args!("0 {user} 1\n{INSIDE_USER} {own} 1\n");
        write_map(pid, "uid_map", users)?;
        let groups = format_args!("0 {group} 1\n{INSIDE_GROUP} {own} 1\n");
        write_map(pid, "gid_map", groups)
    }

    /// Makes the server's user the only one in the namespace of `pid`, under the program's name.
    pub fn give_servers(&mut self, pid: i32) -> Result<(), Errno> {
        let Ids { user, group } = self.server;
        write_map(pid, "setgroups", format_args!("deny"))?;
        write_map(pid, "uid_map", format_args!("{INSIDE_USER} {user} 1"))?;
        write_map(pid, "gid_map", format_args!("{INSIDE_GROUP} {group} 1"))
    }
}

/// The server's user and group.
#[derive(Clone, Copy)]
pub(super) struct Ids {
    user: u32,
    group: u32,
}

impl Ids {
    /// Gives this process's user namespace the server's user and group, as themselves.
    pub fn map_to_themselves(self) {
        let Ids { user, group } = self;
        let _ = write_file(c"/proc/self/setgroups", format_args!("deny"));
        let _ = write_file(c"/proc/self/uid_map", format_args!("{user} {user} 1"));
        let _ = write_file(c"/proc/self/gid_map", format_args!("{group} {group} 1"));
    }
}

fn write_map(pid: i32, name: &str, text: Arguments<'_>) -> Result<(), Errno> {
    let mut path = Text::default();
    let _ = write!(path, "/proc/{pid}/{name}\0");
    let path = CStr::from_bytes_until_nul(path.bytes()).map_err(|_| Errno::INVAL)?;
    write_file(path, text)
}

/// Writes a short text to a file of the kernel's, in one piece as such files demand.
fn write_file(path: &CStr, text: Arguments<'_>) -> Result<(), Errno> {
    let mut buffer = Text::default();
    let _ = buffer.write_fmt(text);
    let file = rustix::fs::open(path, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    rustix::io::write(&file, buffer.bytes()).map(|_| ())
}

/// A short text on the stack.
struct Text {
    bytes: [u8; 96],
    used: usize,
}

impl Default for Text {
    fn default() -> Text {
        Text {
            bytes: [0; 96],
            used: 0,
        }
    }
}

impl Text {
    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.used).unwrap_or_default()
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.bytes.get_mut(self.used..).unwrap_or_default();
        let room = room.get_mut(..text.len()).ok_or(std::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.used += text.len();
        Ok(())
    }
}
