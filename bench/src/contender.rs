//! The servers that are compared: how each is started on a free port with a folder of its own.

use crate::server::Server;
use crate::{Binaries, Failure};
use std::net::SocketAddr;
use std::path::Path;
use tokio::process::Command;

/// A server, in the way it keeps its data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    Fogbank,
    /// On SQLite.
    DynoxideOnDisk,
    DynoxideInMemory,
    /// In Python, in memory.
    Ministack,
    /// In JavaScript, in memory.
    Dynalite,
}

impl Contender {
    /// All that are installed.
    pub fn all(binaries: &Binaries) -> Vec<Contender> {
        let peers = [
            Contender::DynoxideOnDisk,
            Contender::DynoxideInMemory,
            Contender::Ministack,
            Contender::Dynalite,
        ];
        let mut all = vec![Contender::Fogbank];
        if let Some(folder) = &binaries.peers {
            all.extend(
                peers
                    .into_iter()
                    .filter(|peer| folder.join(peer.program()).exists()),
            );
        }
        all
    }

    pub fn name(self) -> &'static str {
        match self {
            Contender::Fogbank => "fogbank (disk)",
            Contender::DynoxideOnDisk => "dynoxide (disk)",
            Contender::DynoxideInMemory => "dynoxide (memory)",
            Contender::Ministack => "ministack (memory)",
            Contender::Dynalite => "dynalite (memory)",
        }
    }

    pub async fn start(self, binaries: &Binaries, folder: &Path) -> Result<Server, Failure> {
        let Some(peers) = binaries
            .peers
            .as_ref()
            .filter(|_| self != Contender::Fogbank)
        else {
            return Server::fogbank(&binaries.fogbank, &folder.join("data"), folder).await;
        };
        let free = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(peers.join(self.program()));
        command.current_dir(folder);
        self.arguments(&mut command, free, folder);
        Server::peer(command, free).await
    }

    /// Under the folder of peers.
    fn program(self) -> &'static str {
        match self {
            Contender::Fogbank => "",
            Contender::DynoxideOnDisk | Contender::DynoxideInMemory => "bin/dynoxide",
            Contender::Ministack => "ministack/bin/ministack",
            Contender::Dynalite => "node_modules/.bin/dynalite",
        }
    }

    fn arguments(self, command: &mut Command, address: SocketAddr, folder: &Path) {
        let port = address.port().to_string();
        let host = ["--host", "127.0.0.1", "--port", port.as_str()];
        match self {
            Contender::Fogbank => {}
            Contender::DynoxideOnDisk => {
                command
                    .args(host)
                    .arg("--db-path")
                    .arg(folder.join("peer.db"));
            }
            Contender::DynoxideInMemory => {
                command.args(host);
            }
            Contender::Ministack => {
                command
                    .env("GATEWAY_PORT", port)
                    .env("BIND_HOST", "127.0.0.1");
            }
            Contender::Dynalite => {
                command.args(host).args(["--createTableMs", "0"]);
            }
        }
    }
}
