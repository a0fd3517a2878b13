//! What an instance reaches: the Runtime API, the server's own endpoint, and the internet.
//!
//! Where the sandbox gives instances a network of their own, everything goes through sockets that
//! the sandbox makes in there and this module serves; nothing else is connected to anything. Names
//! of AWS's by which this server is known lead to it, with TLS or without (`names`,
//! `certificates`). The internet is reached by relaying: a connection to any address arrives here at a listener of
//! that port, which looks whom the function wanted, asks [`Egress`], and connects in its place.
//! Elsewhere instances share the machine's network, and only the Runtime API is made here.

use super::EngineConfig;
use super::certificates::Trust;
use super::egress::Egress;
use super::names;
use sandbox::{Confinement, Dialer, Level, Listen, Sandbox, Socket};
use service::OwnHosts;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The port that AWS's Runtime API has, and the one it gets if the endpoint has that.
const RUNTIME_API_PORTS: [u16; 2] = [9001, 9002];
const NAMES_PORT: u16 = 53;
/// How long a connection to the outside may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(30);
/// How long a question about a name waits for its answer.
const NAMES_LIMIT: Duration = Duration::from_secs(10);
/// Questions about names under way at once, for each instance.
const MOST_QUESTIONS: usize = 64;
/// The largest answer about a name that comes in one datagram.
const NAMES_BYTES: usize = 4096;

/// The first byte of a connection with TLS.
const HANDSHAKE: u8 = 22;

/// How functions reach this server under names of AWS's.
#[derive(Clone)]
pub(super) struct Door {
    pub hosts: Arc<dyn OwnHosts>,
    pub trust: Arc<Trust>,
}

/// The network of an instance that is about to start.
pub(super) struct Network {
    runtime_api: SocketAddr,
    /// The Runtime API's listener, where it is made before the instance.
    shared: Option<TcpListener>,
    /// As functions know it.
    endpoint: Option<SocketAddr>,
    /// Where their connections to it go.
    entrance: SocketAddr,
    egress: Arc<Egress>,
    door: Option<Door>,
}

/// The network of an instance that has started. Dropping it ends all its connections.
#[derive(Debug)]
pub(super) struct Connected {
    pub runtime_api: TcpListener,
    /// Connects to what listens inside, where the instance has a network of its own.
    pub dialer: Option<Dialer>,
    pub relays: JoinSet<()>,
}

impl Network {
    /// Plans the network for one instance.
    pub async fn plan(
        sandbox: &Sandbox,
        config: &EngineConfig,
        door: Option<Door>,
    ) -> io::Result<Network> {
        let endpoint = config
            .endpoint
            .strip_prefix("http://")
            .and_then(|e| e.parse().ok());
        let (entrance, egress) = (config.entrance, Arc::clone(&config.egress));
        if sandbox.probe().level != Level::Sandbox {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            return Ok(Network {
                runtime_api: listener.local_addr()?,
                shared: Some(listener),
                endpoint,
                entrance,
                egress,
                door: None,
            });
        }
        let taken = endpoint.map(|endpoint: SocketAddr| endpoint.port());
        let free = RUNTIME_API_PORTS
            .into_iter()
            .find(|port| Some(*port) != taken);
        Ok(Network {
            runtime_api: (Ipv4Addr::LOCALHOST, free.unwrap_or_default()).into(),
            shared: None,
            endpoint,
            entrance,
            egress,
            door,
        })
    }

    /// Where the instance finds the Runtime API.
    pub fn runtime_api(&self) -> SocketAddr {
        self.runtime_api
    }

    /// Asks for the sockets that this network consists of.
    pub fn confine(&self, confinement: Confinement) -> Confinement {
        let ports = self.endpoint.map(|endpoint| endpoint.port());
        let ports = ports.into_iter().chain([self.runtime_api.port()]);
        let ports = ports.chain(self.egress.ports().iter().copied());
        let confinement = ports.fold(confinement, Confinement::port).any_address();
        self.listeners()
            .into_iter()
            .fold(confinement, Confinement::listen)
    }

    fn listeners(&self) -> Vec<Listen> {
        let mut listeners = vec![Listen::Tcp(self.runtime_api.port())];
        listeners.extend(self.endpoint.map(|endpoint| Listen::Tcp(endpoint.port())));
        listeners.push(Listen::Udp(NAMES_PORT));
        let taken: Vec<u16> = self.endpoint.iter().map(SocketAddr::port).collect();
        let free = self
            .egress
            .ports()
            .iter()
            .filter(|port| !taken.contains(port));
        listeners.extend(free.copied().map(Listen::TcpAnywhere));
        listeners.push(Listen::Unconnected);
        listeners
    }

    /// Serves the sockets that came with the instance.
    ///
    /// # Errors
    /// The Runtime API's is not among them.
    pub fn connect(self, sockets: Vec<Socket>) -> io::Result<Connected> {
        let mut relays = JoinSet::new();
        if let Some(runtime_api) = self.shared {
            return Ok(Connected {
                runtime_api,
                dialer: None,
                relays,
            });
        }
        let (mut runtime_api, mut dialer) = (None, None);
        let here = Here {
            address: self.entrance,
            door: self.door.clone(),
        };
        for (listen, socket) in self.listeners().into_iter().zip(sockets) {
            match (listen, socket) {
                (Listen::TcpAnywhere(_), Socket::Tcp(listener)) => {
                    let egress = Arc::clone(&self.egress);
                    relays.spawn(relay_outside(listener, egress, here.clone()));
                }
                (_, Socket::Tcp(listener)) if runtime_api.is_none() => runtime_api = Some(listener),
                (_, Socket::Tcp(listener)) => {
                    relays.spawn(relay_here(listener, here.clone()));
                }
                (_, Socket::Unconnected(unconnected)) => dialer = Some(unconnected),
                (_, Socket::Udp(socket)) => {
                    let egress = Arc::clone(&self.egress);
                    relays.spawn(answer_names(socket, egress, self.door.clone()));
                }
            }
        }
        let runtime_api = runtime_api.ok_or(io::ErrorKind::NotConnected)?;
        Ok(Connected {
            runtime_api,
            dialer,
            relays,
        })
    }
}

/// This server, as functions reach it.
#[derive(Clone)]
struct Here {
    address: SocketAddr,
    door: Option<Door>,
}

impl Here {
    /// Whether a connection is to where names of this server lead.
    fn is_meant(&self, inside: &TcpStream) -> bool {
        let wanted = inside.local_addr().map(|address| address.ip());
        self.door.is_some() && wanted.is_ok_and(|ip| ip == names::HERE)
    }

    /// Passes a connection on, without its TLS if it has any.
    async fn serve(&self, inside: TcpStream) -> io::Result<()> {
        let Some(door) = &self.door else {
            join(inside, TcpStream::connect(self.address).await?).await;
            return Ok(());
        };
        let mut first = [0];
        inside.peek(&mut first).await?;
        let outside = TcpStream::connect(self.address).await?;
        if first == [HANDSHAKE] {
            let inside = door.trust.acceptor.accept(inside).await?;
            let _ = inside.get_ref().0.set_nodelay(true);
            let _ = outside.set_nodelay(true);
            copy(inside, outside).await;
        } else {
            join(inside, outside).await;
        }
        Ok(())
    }
}

/// Passes every connection on to this server.
async fn relay_here(listener: TcpListener, here: Here) {
    let mut connections = JoinSet::new();
    while let Ok((inside, _)) = listener.accept().await {
        let here = here.clone();
        connections.spawn(async move {
            if let Err(error) = here.serve(inside).await {
                tracing::debug!(%error, "a function's connection to this server broke off");
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Passes each connection on to the address that the function wanted, if it may reach it. One
/// that is refused is reset.
async fn relay_outside(listener: TcpListener, egress: Arc<Egress>, here: Here) {
    let mut connections = JoinSet::new();
    while let Ok((inside, _)) = listener.accept().await {
        let egress = Arc::clone(&egress);
        let here = here.clone();
        connections.spawn(async move {
            if here.is_meant(&inside) {
                let _ = here.serve(inside).await;
                return;
            }
            match connect_outside(&inside, &egress).await {
                Ok(outside) => join(inside, outside).await,
                Err(error) => {
                    tracing::debug!(%error, "a function's connection was refused");
                    let _ = inside.set_zero_linger();
                }
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn connect_outside(inside: &TcpStream, egress: &Egress) -> io::Result<TcpStream> {
    let wanted = inside.local_addr()?;
    if !egress.allows(wanted.ip()) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let outside = timeout(CONNECT_LIMIT, TcpStream::connect(wanted)).await??;
    // An address of this machine's own is no more the internet than its loopback is.
    let is_this_machine = outside.local_addr()?.ip() == wanted.ip();
    if is_this_machine && !egress.allows_expressly(wanted.ip()) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(outside)
}

async fn join(inside: TcpStream, outside: TcpStream) {
    let _ = inside.set_nodelay(true);
    let _ = outside.set_nodelay(true);
    copy(inside, outside).await;
}

async fn copy(mut inside: impl AsyncRead + AsyncWrite + Unpin, mut outside: TcpStream) {
    // However it ends, it has ended for both.
    let _ = copy_bidirectional(&mut inside, &mut outside).await;
}

/// Answers questions about this server's names, and passes others on to the machine's resolver.
async fn answer_names(socket: UdpSocket, egress: Arc<Egress>, door: Option<Door>) {
    let resolver = egress.resolver();
    let socket = Arc::new(socket);
    let mut questions = JoinSet::new();
    let mut question = [0; NAMES_BYTES];
    while let Ok((length, from)) = socket.recv_from(&mut question).await {
        while questions.try_join_next().is_some() {}
        if questions.len() >= MOST_QUESTIONS {
            continue;
        }
        let asked = question.get(..length).unwrap_or_default().to_vec();
        let (socket, door) = (Arc::clone(&socket), door.clone());
        questions.spawn(async move {
            if let Some(answer) = name(&asked, resolver, door.as_ref()).await {
                // Whoever asked asks again if it does not come.
                let _ = socket.send_to(&answer, from).await;
            }
        });
    }
}

async fn name(asked: &[u8], resolver: Option<SocketAddr>, door: Option<&Door>) -> Option<Vec<u8>> {
    if let Some(door) = door
        && let Some(answer) = names::own(asked, &*door.hosts).await
    {
        return Some(answer);
    }
    match resolver {
        Some(resolver) => timeout(NAMES_LIMIT, ask(resolver, asked)).await.ok()?.ok(),
        None => names::failure(asked),
    }
}

async fn ask(resolver: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let any: IpAddr = match resolver {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => std::net::Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(resolver).await?;
    socket.send(question).await?;
    let mut answer = vec![0; NAMES_BYTES];
    let length = socket.recv(&mut answer).await?;
    answer.truncate(length);
    Ok(answer)
}
