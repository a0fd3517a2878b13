//! Sockets made in a program's network, for the server to serve.

use crate::Listen;
use rustix::net::connect_unspec;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};

/// See [`Listen`].
#[derive(Debug)]
pub enum Socket {
    Tcp(TcpListener),
    Udp(UdpSocket),
    Unconnected(Dialer),
}

impl Socket {
    pub(crate) fn of(listen: Listen, fd: OwnedFd) -> io::Result<Socket> {
        match listen {
            Listen::Tcp(_) | Listen::TcpAnywhere(_) => {
                TcpListener::from_std(fd.into()).map(Socket::Tcp)
            }
            Listen::Unconnected => Ok(Socket::Unconnected(Dialer(fd))),
            Listen::Udp(_) => UdpSocket::from_std(fd.into()).map(Socket::Udp),
        }
    }
}

/// Connects to whoever listens in a program's network, one connection after the other.
#[derive(Debug)]
pub struct Dialer(OwnedFd);

impl Dialer {
    /// Connects to `address`. The connection before must have been dropped: its socket is used
    /// again.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn connect(&mut self, address: SocketAddr) -> io::Result<TcpStream> {
        // Linux takes a socket back that was connected, or failed to be.
        connect_unspec(&self.0)?;
        let socket = std::net::TcpStream::from(self.0.try_clone()?);
        TcpSocket::from_std_stream(socket).connect(address).await
    }
}
