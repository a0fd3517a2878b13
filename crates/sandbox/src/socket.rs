//! Sockets made in a program's network, for the server to serve.

use crate::Listen;
use std::io;
use std::os::fd::OwnedFd;
use tokio::net::{TcpListener, UdpSocket};

/// See [`Listen`].
#[derive(Debug)]
pub enum Socket {
    Tcp(TcpListener),
    Udp(UdpSocket),
}

impl Socket {
    pub(crate) fn of(listen: Listen, fd: OwnedFd) -> io::Result<Socket> {
        match listen {
            Listen::Tcp(_) | Listen::TcpAnywhere(_) => {
                TcpListener::from_std(fd.into()).map(Socket::Tcp)
            }
            Listen::Udp(_) => UdpSocket::from_std(fd.into()).map(Socket::Udp),
        }
    }
}
