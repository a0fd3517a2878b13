//! A server as a process: started, watched through /proc, killed when dropped.

use crate::Failure;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

const START_LIMIT: Duration = Duration::from_secs(60);
/// Linux counts a process's CPU time in hundredths of a second.
const TICKS_PER_SEC: f64 = 100.0;

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From the start of the process until it said that it is ready.
    pub started_in: Duration,
}

impl Server {
    /// `fogbank serve` on `data`, at a free port.
    pub async fn fogbank(binary: &Path, data: &Path, runtimes: &Path) -> Result<Server, Failure> {
        let started = Instant::now();
        let mut child = Command::new(binary)
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--log",
                "warn",
                "--data",
            ])
            .arg(data)
            .arg("--runtimes")
            .arg(runtimes)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let mut address = None;
        let ready = async {
            while let Some(line) = lines.next_line().await? {
                if let Some((_, found)) = line.split_once("http://") {
                    address = Some(found.trim().parse()?);
                }
                if line == "Ready." {
                    return Ok::<_, Failure>(());
                }
            }
            Err("the server ended before it was ready".into())
        };
        tokio::time::timeout(START_LIMIT, ready).await??;
        let started_in = started.elapsed();
        // Whatever it still prints must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let address = address.ok_or("the server printed no endpoint")?;
        Ok(Server {
            child,
            address,
            started_in,
        })
    }

    /// The peer with its database in `folder`; ready when it accepts connections.
    pub async fn peer(binary: &Path, folder: &Path) -> Result<Server, Failure> {
        let free = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let started = Instant::now();
        let child = Command::new(binary)
            .args([
                "--host",
                "127.0.0.1",
                "--port",
                &free.port().to_string(),
                "--db-path",
            ])
            .arg(folder.join("peer.db"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        while TcpStream::connect(free).await.is_err() {
            if started.elapsed() > START_LIMIT {
                return Err("the peer does not start".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(Server {
            child,
            address: free,
            started_in: started.elapsed(),
        })
    }

    /// CPU time that the process has used, in all its threads; not that of its children.
    pub fn cpu_secs(&self) -> Result<f64, Failure> {
        let stat = std::fs::read_to_string(self.proc("stat")?)?;
        let (_, fields) = stat.rsplit_once(") ").ok_or("an unknown stat format")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let ticks = |at: usize| -> Result<f64, Failure> {
            Ok(fields.get(at).ok_or("an unknown stat format")?.parse()?)
        };
        Ok((ticks(11)? + ticks(12)?) / TICKS_PER_SEC)
    }

    /// Resident memory, in MiB.
    pub fn resident_mib(&self) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(self.proc("status")?)?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kib.ok_or("an unknown status format")?.parse::<f64>()? / 1024.0)
    }

    pub async fn kill(mut self) -> Result<(), Failure> {
        Ok(self.child.kill().await?)
    }

    /// Lets it end by itself, so that the next start is not a recovery.
    pub async fn stop(mut self) -> Result<(), Failure> {
        let pid = self.child.id().ok_or("it has ended")?.to_string();
        Command::new("kill").args(["-TERM", &pid]).status().await?;
        tokio::time::timeout(START_LIMIT, self.child.wait()).await??;
        Ok(())
    }

    fn proc(&self, file: &str) -> Result<String, Failure> {
        let pid = self.child.id().ok_or("the server has ended")?;
        Ok(format!("/proc/{pid}/{file}"))
    }
}
