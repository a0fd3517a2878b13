//! The network that a program gets: a loopback interface, and sockets on it that the server
//! listens to.

use super::Confinement;
use crate::script::{Arg, Script};

/// A socket made inside a program's network and handed to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// TCP on this port of 127.0.0.1.
    Tcp(u16),
    /// TCP on this port of every address.
    TcpAnywhere(u16),
    /// UDP on this port of 127.0.0.1.
    Udp(u16),
    /// TCP, not connected yet: the server can connect it to whoever listens inside.
    Unconnected,
}

/// The descriptors of the listeners count up from here while init sets up.
pub(crate) const FIRST_LISTENER: i16 = 64;
/// A descriptor that is free while a setup script runs.
const SOCKET: i16 = 61;
const BACKLOG: i32 = 128;

/// Brings the loopback interface up.
pub(super) fn begin(script: &mut Script) {
    name_host(script);
    bring_loopback_up(script);
}

/// Makes the listeners.
pub(super) fn set_up(script: &mut Script, confinement: &Confinement) {
    if confinement.any_address {
        claim_every_address(script);
    }
    for (fd, listen) in (FIRST_LISTENER..).zip(&confinement.listen) {
        open(script, fd, *listen);
    }
}

fn name_host(script: &mut Script) {
    let name = "localhost";
    let text = script.text(name);
    let length = Arg::Number(name.len() as u64);
    script.attempt(libc::SYS_sethostname, &[text, length]);
}

fn socket(script: &mut Script, fd: i16, family: i32, kind: i32) {
    let kind = kind | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    let args = [Arg::int(family), Arg::int(kind), Arg::NULL];
    script.open(fd, libc::SYS_socket, &args);
}

fn bring_loopback_up(script: &mut Script) {
    socket(script, SOCKET, libc::AF_INET, libc::SOCK_DGRAM);
    // `struct ifreq`: the interface's name and its flags.
    let mut request = [0u8; 40];
    let up = u16::try_from(libc::IFF_UP | libc::IFF_RUNNING).unwrap_or_default();
    let [low, high] = up.to_le_bytes();
    request
        .iter_mut()
        .zip(*b"lo")
        .for_each(|(to, from)| *to = from);
    request
        .iter_mut()
        .skip(16)
        .zip([low, high])
        .for_each(|(to, from)| *to = from);
    let request = script.bytes(&request);
    let set = Arg::Number(libc::SIOCSIFFLAGS);
    script.call(libc::SYS_ioctl, &[Arg::int(SOCKET.into()), set, request]);
}

/// `ip route add local 0.0.0.0/0 dev lo`: every address of IPv4 is the program's own, so what it
/// sends anywhere arrives at whoever listens in its own network.
fn claim_every_address(script: &mut Script) {
    const RTM_NEWROUTE: u16 = 24;
    const REQUEST_CREATE: u16 = 0x1 | 0x4 | 0x400;
    const RTA_OIF: u16 = 4;
    /// The first interface of every network namespace is its loopback.
    const LOOPBACK: u32 = 1;
    const LENGTH: u32 = 16 + 12 + 8;
    let mut message = LENGTH.to_le_bytes().to_vec();
    message.extend(RTM_NEWROUTE.to_le_bytes());
    message.extend(REQUEST_CREATE.to_le_bytes());
    message.extend([0; 8]);
    // `struct rtmsg`: IPv4, all addresses, the local table, a route of the host to itself.
    message.extend([2, 0, 0, 0, 255, 3, 254, 2]);
    message.extend([0; 4]);
    message.extend(8u16.to_le_bytes());
    message.extend(RTA_OIF.to_le_bytes());
    message.extend(LOOPBACK.to_le_bytes());
    socket(script, SOCKET, libc::AF_NETLINK, libc::SOCK_RAW);
    let message = script.bytes(&message);
    let args = [
        Arg::int(SOCKET.into()),
        message,
        Arg::Number(LENGTH.into()),
        Arg::NULL,
        Arg::NULL,
        Arg::NULL,
    ];
    script.call(libc::SYS_sendto, &args);
}

fn open(script: &mut Script, fd: i16, listen: Listen) {
    let (kind, port, address) = match listen {
        Listen::Tcp(port) => (libc::SOCK_STREAM, port, [127, 0, 0, 1]),
        Listen::TcpAnywhere(port) => (libc::SOCK_STREAM, port, [0, 0, 0, 0]),
        Listen::Udp(port) => (libc::SOCK_DGRAM, port, [127, 0, 0, 1]),
        Listen::Unconnected => return socket(script, fd, libc::AF_INET, libc::SOCK_STREAM),
    };
    socket(script, fd, libc::AF_INET, kind);
    let mut name = [0u8; 16];
    let [high, low] = port.to_be_bytes();
    let [a, b, c, d] = address;
    name.iter_mut()
        .zip([2, 0, high, low, a, b, c, d])
        .for_each(|(to, from)| *to = from);
    let name = script.bytes(&name);
    let socket = Arg::int(fd.into());
    script.call(libc::SYS_bind, &[socket, name, Arg::Number(16)]);
    if kind == libc::SOCK_STREAM {
        script.call(libc::SYS_listen, &[socket, Arg::int(BACKLOG)]);
    }
}
