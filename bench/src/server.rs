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
        Server::fogbank_with(&[], binary, data, runtimes).await
    }

    /// The same with more arguments.
    pub async fn fogbank_with(
        options: &[&str],
        binary: &Path,
        data: &Path,
        runtimes: &Path,
    ) -> Result<Server, Failure> {
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
            .args(options)
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

    /// Another server, ready when it accepts connections.
    pub async fn peer(mut command: Command, address: SocketAddr) -> Result<Server, Failure> {
        let started = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        while TcpStream::connect(address).await.is_err() {
            if started.elapsed() > START_LIMIT {
                return Err("the peer does not start".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(Server {
            child,
            address,
            started_in: started.elapsed(),
        })
    }

    /// CPU time that the process and those it started have used, in all their threads.
    pub fn cpu_secs(&self) -> Result<f64, Failure> {
        let mut ticks = 0.0;
        for pid in self.family()? {
            let fields = stat(pid)?;
            ticks += fields.get(11..13).map_or(Ok(0.0), |used| {
                used.iter().map(|ticks| ticks.parse::<f64>()).sum()
            })?;
        }
        Ok(ticks / TICKS_PER_SEC)
    }

    /// The process and all that descend from it.
    fn family(&self) -> Result<Vec<u32>, Failure> {
        let mut parents: Vec<(u32, u32)> = Vec::new();
        for entry in std::fs::read_dir("/proc")? {
            let Ok(pid) = entry?.file_name().to_string_lossy().parse::<u32>() else {
                continue;
            };
            // It may have ended since.
            if let Some(parent) = stat(pid)
                .ok()
                .and_then(|fields| fields.get(1)?.parse().ok())
            {
                parents.push((pid, parent));
            }
        }
        let mut family = vec![self.child.id().ok_or("the server has ended")?];
        let mut at = 0;
        while let Some(parent) = family.get(at).copied() {
            family.extend(
                parents
                    .iter()
                    .filter(|(_, of)| *of == parent)
                    .map(|(pid, _)| *pid),
            );
            at += 1;
        }
        Ok(family)
    }

    /// Memory that the processes below this one share with no other, in MiB.
    pub fn private_mib(&self) -> Result<f64, Failure> {
        let mut kib = 0.0;
        for pid in self.family()?.into_iter().skip(1) {
            // It may have ended since.
            let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup"));
            let sizes = rollup.unwrap_or_default();
            let private = sizes.lines().filter(|line| line.starts_with("Private_"));
            kib += private
                .filter_map(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok())
                .sum::<f64>();
        }
        Ok(kib / 1024.0)
    }

    /// Resident memory, in MiB.
    pub fn resident_mib(&self) -> Result<f64, Failure> {
        self.status_mib("VmRSS:")
    }

    /// The most resident memory there ever was, or since it was last forgotten.
    pub fn most_resident_mib(&self) -> Result<f64, Failure> {
        self.status_mib("VmHWM:")
    }

    pub fn forget_most_resident(&self) -> Result<(), Failure> {
        Ok(std::fs::write(self.proc("clear_refs")?, "5")?)
    }

    fn status_mib(&self, field: &str) -> Result<f64, Failure> {
        let status = std::fs::read_to_string(self.proc("status")?)?;
        let line = status.lines().find_map(|line| line.strip_prefix(field));
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

/// What stands behind the name in a process's `stat`: state, parent, ...
fn stat(pid: u32) -> Result<Vec<String>, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").ok_or("an unknown stat format")?;
    Ok(fields.split(' ').map(str::to_owned).collect())
}
