//! The requests the server sends to the launcher, byte by byte.
//!
//! One request is one packet: how the program is held ([`Holding`], 1 byte), where it comes from
//! ([`Origin`], 1 byte), the number of listeners, of control groups and of companions (1 byte
//! each), the number of arguments, of variables, and of those variables that companions get (2
//! bytes each, little endian), the setup and the entry script (see [`crate::script`]), then
//! zero-terminated strings: program, folder, arguments, variables as `NAME=value`, companions. The
//! file descriptors travel beside it: standard output, standard error, status, what companions
//! write to, if there are any, and for each control group the file that takes processes in.
//!
//! To an init process that waits in stock a second request comes over its status socket, in the same
//! form, without descriptors or control groups.
//!
//! Encoding is the server's and may allocate; decoding is the launcher's and must not. What a
//! zygote's child is to become comes to it in the same form.

use crate::script::{Script, Steps};
use crate::{Command, Error};
use std::ffi::CStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The largest request; a packet must fit the socket's buffer (212,992 bytes by default).
pub(crate) const MAX_BYTES: usize = 128 * 1024;
/// The most arguments, and the most variables, of one request.
pub(crate) const MAX_STRINGS: usize = 1024;
/// The most file descriptors that come with a request, and how many always do.
pub(crate) const MAX_FDS: usize = 8;
pub(crate) const MIN_FDS: usize = 3;
/// The most companions of one program.
pub(crate) const MAX_COMPANIONS: usize = 10;

/// A reply: one byte, zero or the kind of failure, and four bytes: the process id of init, or
/// the error number (little endian). The pidfd of init travels beside it.
pub(crate) const REPLY_BYTES: usize = 5;
pub(crate) const REPLY_STARTED: u8 = 0;
pub(crate) const REPLY_FAILED: u8 = 1;

/// A status record, which init writes: one byte of kind and a number (little endian).
pub(crate) const STATUS_BYTES: usize = 5;
pub(crate) const STATUS_EXITED: u8 = 1;
pub(crate) const STATUS_SIGNALLED: u8 = 2;
pub(crate) const STATUS_NOT_STARTED: u8 = 3;
/// The namespaces are ready; the listeners travel beside it.
pub(crate) const STATUS_READY: u8 = 4;
/// A script failed: the call's index in the upper half, the error number in the lower.
pub(crate) const STATUS_NOT_CONFINED: u8 = 5;
/// A zygote's child has joined the namespaces; its process id outside.
pub(crate) const STATUS_JOINED: u8 = 6;
/// What became of a companion: its index in the upper half, the number in the lower.
pub(crate) const STATUS_COMPANION_EXITED: u8 = 7;
pub(crate) const STATUS_COMPANION_SIGNALLED: u8 = 8;
pub(crate) const STATUS_COMPANION_NOT_STARTED: u8 = 9;

/// How a program's processes are held together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holding {
    /// As the launcher's containment says; the machine's root and network.
    Shared,
    /// In namespaces of their own, in which two users exist: the server's, as root, and one that
    /// exists nowhere else.
    OwnUser,
    /// In namespaces of their own, in which the server's user is the only one.
    ServersUser,
    /// In a root and a network of its own, but with the server's user, rights and process table:
    /// so it can go where the others are held.
    Zygote,
}

impl Holding {
    const ALL: [Holding; 4] = [
        Holding::Shared,
        Holding::OwnUser,
        Holding::ServersUser,
        Holding::Zygote,
    ];

    /// Whether a setup script makes what the program finds.
    pub fn has_namespaces(self) -> bool {
        self != Holding::Shared
    }

    fn code(self) -> u8 {
        match self {
            Holding::Shared => 0,
            Holding::OwnUser => 1,
            Holding::ServersUser => 2,
            Holding::Zygote => 3,
        }
    }
}

/// Where the program of an init process comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Init starts it.
    Executed,
    /// A zygote's child joins init's namespaces. Init lives until it is killed.
    Forked,
    /// Init carries out the setup, says that it is ready, and waits for another request on its
    /// status socket, which says what to do then in its namespaces and groups.
    Awaited,
}

impl Origin {
    const ALL: [Origin; 3] = [Origin::Executed, Origin::Forked, Origin::Awaited];

    fn code(self) -> u8 {
        match self {
            Origin::Executed => 0,
            Origin::Forked => 1,
            Origin::Awaited => 2,
        }
    }
}

pub(crate) fn tagged(kind: u8, number: i32) -> [u8; 5] {
    let [a, b, c, d] = number.to_le_bytes();
    [kind, a, b, c, d]
}

pub(crate) fn untagged(record: [u8; 5]) -> (u8, i32) {
    let [kind, a, b, c, d] = record;
    (kind, i32::from_le_bytes([a, b, c, d]))
}

/// Everything about a start that is not in the command itself.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub holding: Holding,
    pub origin: Origin,
    pub listeners: usize,
    pub cgroups: usize,
    pub setup: &'a Script,
    pub entry: &'a Script,
    /// Where the program finds itself and its folder.
    pub program: &'a Path,
    pub cwd: &'a Path,
}

/// Writes the request that starts `command`.
pub(crate) fn encode(command: &Command, plan: &Plan<'_>) -> Result<Vec<u8>, Error> {
    let argc = u16::try_from(command.args.len() + 1).unwrap_or(u16::MAX);
    let shared = u16::try_from(command.env.len()).unwrap_or(u16::MAX);
    let envc = command.env.len() + command.own_env.len();
    let envc = u16::try_from(envc).unwrap_or(u16::MAX);
    let companions = u8::try_from(command.companions.len()).unwrap_or(u8::MAX);
    let mut bytes = Vec::with_capacity(24 * 1024);
    bytes.push(plan.holding.code());
    bytes.push(plan.origin.code());
    bytes.push(u8::try_from(plan.listeners).unwrap_or(u8::MAX));
    bytes.push(u8::try_from(plan.cgroups).unwrap_or(u8::MAX));
    bytes.push(companions);
    for count in [argc, envc, shared] {
        bytes.extend(count.to_le_bytes());
    }
    plan.setup.encode(&mut bytes)?;
    plan.entry.encode(&mut bytes)?;
    let program = plan.program.as_os_str();
    let paths = [program, plan.cwd.as_os_str(), program];
    let args = command.args.iter().map(|arg| arg.as_os_str());
    for text in paths.into_iter().chain(args) {
        push(&mut bytes, &[text.as_bytes()])?;
    }
    for (name, value) in command.env.iter().chain(&command.own_env) {
        push(&mut bytes, &[name.as_bytes(), b"=", value.as_bytes()])?;
    }
    for companion in &command.companions {
        push(&mut bytes, &[companion.as_os_str().as_bytes()])?;
    }
    let too_many =
        usize::from(argc.max(envc)) > MAX_STRINGS || command.companions.len() > MAX_COMPANIONS;
    if bytes.len() > MAX_BYTES || too_many {
        let bytes = bytes.len();
        let limit = MAX_BYTES;
        return Err(Error::TooLarge { bytes, limit });
    }
    Ok(bytes)
}

/// Writes the request for the namespaces of `program` alone, which is forked into them.
pub(crate) fn namespaces(program: &Plan<'_>) -> Result<Vec<u8>, Error> {
    let nothing = Command::new("", "/");
    let plan = Plan {
        origin: Origin::Forked,
        entry: &Script::default(),
        program: &nothing.program,
        cwd: &nothing.cwd,
        ..*program
    };
    encode(&nothing, &plan)
}

fn push(bytes: &mut Vec<u8>, parts: &[&[u8]]) -> Result<(), Error> {
    for part in parts {
        if part.contains(&0) {
            return Err(Error::ZeroByte);
        }
        bytes.extend_from_slice(part);
    }
    bytes.push(0);
    Ok(())
}

/// A decoded request: borrows the packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    pub holding: Holding,
    pub origin: Origin,
    pub listeners: u8,
    pub cgroups: u8,
    pub companions: u8,
    pub setup: Steps<'a>,
    pub entry: Steps<'a>,
    pub program: &'a CStr,
    pub cwd: &'a CStr,
    argc: u16,
    envc: u16,
    shared: u16,
    strings: &'a [u8],
}

impl<'a> Request<'a> {
    /// Reads a packet. `None` if it is not one that [`encode`] wrote.
    pub fn decode(packet: &'a [u8]) -> Option<Request<'a>> {
        let (counts, rest) = packet.split_first_chunk::<5>()?;
        let [holding, origin, listeners, cgroups, companions] = *counts;
        let (argc, rest) = rest.split_first_chunk::<2>()?;
        let (envc, rest) = rest.split_first_chunk::<2>()?;
        let (shared, mut strings) = rest.split_first_chunk::<2>()?;
        let setup = Steps::decode(&mut strings)?;
        let entry = Steps::decode(&mut strings)?;
        let program = next_string(&mut strings)?;
        let cwd = next_string(&mut strings)?;
        Some(Request {
            holding: Holding::ALL.into_iter().find(|h| h.code() == holding)?,
            origin: Origin::ALL.into_iter().find(|o| o.code() == origin)?,
            listeners,
            cgroups,
            companions,
            setup,
            entry,
            program,
            cwd,
            argc: u16::from_le_bytes(*argc),
            envc: u16::from_le_bytes(*envc),
            shared: u16::from_le_bytes(*shared),
            strings,
        })
    }

    /// Fills `args` and `env` with the strings; what is left of them stays as it was. False if
    /// there are too few strings or no room for a terminator.
    pub fn fill<T>(&self, args: &mut [T], env: &mut [T], of: fn(&'a CStr) -> T) -> bool {
        let mut strings = self.strings;
        fill(&mut strings, args, self.argc, of) && fill(&mut strings, env, self.envc, of)
    }

    /// As [`Request::fill`], for a companion: its name, which is answered too, and what it gets
    /// of the variables.
    pub fn fill_companion<T>(
        &self,
        index: u8,
        args: &mut [T],
        env: &mut [T],
        of: fn(&'a CStr) -> T,
    ) -> Option<&'a CStr> {
        let mut strings = self.strings;
        skip(&mut strings, self.argc)?;
        let filled = fill(&mut strings, env, self.shared, of);
        skip(&mut strings, self.envc.checked_sub(self.shared)?)?;
        skip(&mut strings, index.into())?;
        let name = next_string(&mut strings)?;
        *args.first_mut()? = of(name);
        filled.then_some(name)
    }
}

fn fill<'a, T>(strings: &mut &'a [u8], slots: &mut [T], count: u16, of: fn(&'a CStr) -> T) -> bool {
    let count = usize::from(count);
    if count >= slots.len() {
        return false;
    }
    slots.iter_mut().take(count).all(|slot| {
        next_string(strings).is_some_and(|text| {
            *slot = of(text);
            true
        })
    })
}

fn skip(strings: &mut &[u8], count: u16) -> Option<()> {
    (0..count).try_for_each(|_| next_string(strings).map(|_| ()))
}

fn next_string<'a>(bytes: &mut &'a [u8]) -> Option<&'a CStr> {
    let text = CStr::from_bytes_until_nul(bytes).ok()?;
    *bytes = bytes.get(text.count_bytes() + 1..)?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(command: &Command) -> Result<Vec<u8>, Error> {
        let mut entry = Script::default();
        let text = entry.text("text");
        entry.call(1, &[text]);
        super::encode(
            command,
            &Plan {
                holding: Holding::OwnUser,
                origin: Origin::Forked,
                listeners: 2,
                cgroups: 1,
                setup: &Script::default(),
                entry: &entry,
                program: &command.program,
                cwd: &command.cwd,
            },
        )
    }

    #[test]
    fn a_request_comes_back_as_it_was() {
        let command = Command::new("/bin/prog", "/work")
            .arg("one")
            .arg("")
            .env("A", "1=2");
        let packet = encode(&command).unwrap();
        let request = Request::decode(&packet).unwrap();
        assert_eq!(request.program, c"/bin/prog");
        assert_eq!(request.cwd, c"/work");
        assert_eq!(request.holding, Holding::OwnUser);
        assert_eq!(request.origin, Origin::Forked);
        assert_eq!((request.listeners, request.cgroups), (2, 1));
        assert_eq!(request.entry.data, b"text\0");
        let (mut args, mut env) = ([c"-"; 4], [c"-"; 2]);
        assert!(request.fill(&mut args, &mut env, |text| text));
        assert_eq!(args, [c"/bin/prog", c"one", c"", c"-"]);
        assert_eq!(env, [c"A=1=2", c"-"]);
    }

    #[test]
    fn companions_get_a_part_of_the_variables() {
        let command = Command::new("/bin/prog", "/work")
            .arg("one")
            .own_env("B", "2")
            .env("A", "1")
            .companion("/opt/first")
            .companion("/opt/second");
        let packet = encode(&command).unwrap();
        let request = Request::decode(&packet).unwrap();
        assert_eq!(request.companions, 2);
        let (mut args, mut env) = ([c"-"; 3], [c"-"; 3]);
        assert!(request.fill(&mut args, &mut env, |text| text));
        assert_eq!(env, [c"A=1", c"B=2", c"-"]);
        let (mut args, mut env) = ([c"-"; 2], [c"-"; 3]);
        let name = request.fill_companion(1, &mut args, &mut env, |text| text);
        assert_eq!(name, Some(c"/opt/second"));
        assert_eq!((args, env), ([c"/opt/second", c"-"], [c"A=1", c"-", c"-"]));
        let none = request.fill_companion(2, &mut args, &mut env, |text| text);
        assert_eq!(none, None);
    }

    #[test]
    fn no_room_for_a_terminator_is_refused() {
        let packet = encode(&Command::new("/p", "/").arg("a")).unwrap();
        let request = Request::decode(&packet).unwrap();
        assert!(!request.fill(&mut [c""; 2], &mut [c""; 1], |text| text));
        assert!(request.fill(&mut [c""; 3], &mut [c""; 1], |text| text));
    }

    #[test]
    fn truncated_packets_are_refused() {
        let packet = encode(&Command::new("/p", "/").arg("abc").env("X", "y")).unwrap();
        for len in 0..packet.len() {
            let whole = Request::decode(packet.get(..len).unwrap())
                .is_some_and(|r| r.fill(&mut [c""; 8], &mut [c""; 8], |text| text));
            assert!(!whole, "{len} bytes of {}", packet.len());
        }
    }

    #[test]
    fn bad_commands_are_refused() {
        let zero = Command::new("/p", "/").arg("a\0b");
        assert!(matches!(encode(&zero), Err(Error::ZeroByte)));
        let large = Command::new("/p", "/").arg("x".repeat(MAX_BYTES));
        assert!(matches!(encode(&large), Err(Error::TooLarge { .. })));
        let many = (0..=MAX_STRINGS).fold(Command::new("/p", "/"), |c, _| c.arg("x"));
        assert!(matches!(encode(&many), Err(Error::TooLarge { .. })));
    }
}
