//! Connections that are kept, and requests on them one after the other.

use crate::Failure;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// No request of these measurements takes this long.
const ANSWER_LIMIT: Duration = Duration::from_secs(60);

/// A kept connection.
pub struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
    /// The server has said that it closes the connection now, as some do after many requests.
    is_over: bool,
}

/// An answer's status and body.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Connection, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            address,
            stream,
            buffer: Vec::with_capacity(16 * 1024),
            is_over: false,
        })
    }

    pub async fn send(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        if self.is_over {
            *self = Connection::open(self.address).await?;
        }
        tokio::time::timeout(ANSWER_LIMIT, self.exchange(request)).await?
    }

    /// Sends, and fails unless the answer is a success.
    pub async fn succeed(&mut self, request: &[u8]) -> Result<Vec<u8>, Failure> {
        let answer = self.send(request).await?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        let text = String::from_utf8_lossy(&answer.body);
        Err(format!("{}: {text}", answer.status).into())
    }

    async fn exchange(&mut self, request: &[u8]) -> Result<Answer, Failure> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if let Some(Head {
                status,
                start,
                length,
                is_last,
            }) = head(&self.buffer)?
            {
                self.is_over = is_last;
                while self.buffer.len() < start + length {
                    if self.stream.read_buf(&mut self.buffer).await? == 0 {
                        return Err("the server closed in the middle of an answer".into());
                    }
                }
                let body = self
                    .buffer
                    .get(start..start + length)
                    .unwrap_or_default()
                    .to_vec();
                return Ok(Answer { status, body });
            }
        }
    }
}

/// What is known once the whole head is there.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    /// Of the body.
    start: usize,
    length: usize,
    is_last: bool,
}

fn head(bytes: &[u8]) -> Result<Option<Head>, Failure> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .ok_or("no status")?;
    let mut head = Head {
        status: status.parse()?,
        start: end + 4,
        length: 0,
        is_last: false,
    };
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        if name.eq_ignore_ascii_case("content-length") {
            head.length = value.trim().parse()?;
        } else if name.eq_ignore_ascii_case("connection") {
            head.is_last = value.trim().eq_ignore_ascii_case("close");
        }
    }
    Ok(Some(head))
}

/// How a run went.
pub struct Run {
    pub operations: usize,
    pub elapsed: Duration,
    /// Every request's time, in milliseconds.
    pub latencies_ms: Vec<f64>,
}

impl Run {
    pub fn per_sec(&self) -> f64 {
        self.operations as f64 / self.elapsed.as_secs_f64()
    }
}

/// How often the requests are sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Laps {
    One,
    /// Again from the beginning, until the time is over.
    Many,
}

/// Sends `requests`, divided among `connections`, each waiting for one answer at a time. Ends with
/// the laps or after `limit`, whichever is first.
pub async fn run(
    address: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    connections: usize,
    laps: Laps,
    limit: Duration,
) -> Result<Run, Failure> {
    let mut opened = Vec::new();
    for _ in 0..connections {
        opened.push(Connection::open(address).await?);
    }
    let started = Instant::now();
    let workers: Vec<_> = opened
        .into_iter()
        .enumerate()
        .map(|(first, connection)| {
            let requests = requests.clone();
            let until = started + limit;
            tokio::spawn(worker(
                connection,
                requests,
                first,
                connections,
                laps,
                until,
            ))
        })
        .collect();
    let mut latencies_ms = Vec::new();
    for worker in workers {
        latencies_ms.extend(worker.await??);
    }
    let elapsed = started.elapsed();
    Ok(Run {
        operations: latencies_ms.len(),
        elapsed,
        latencies_ms,
    })
}

async fn worker(
    mut connection: Connection,
    requests: Arc<Vec<Vec<u8>>>,
    first: usize,
    step: usize,
    laps: Laps,
    until: Instant,
) -> Result<Vec<f64>, Failure> {
    let mut latencies_ms = Vec::new();
    loop {
        for request in requests.iter().skip(first).step_by(step) {
            let sent = Instant::now();
            if sent > until {
                return Ok(latencies_ms);
            }
            connection.succeed(request).await?;
            latencies_ms.push(sent.elapsed().as_secs_f64() * 1e3);
        }
        if laps == Laps::One || first >= requests.len() {
            return Ok(latencies_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Head, head};

    #[test]
    fn heads() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nconnection: close\r\n\r\n{}";
        let expected = Head {
            status: 200,
            start: 57,
            length: 2,
            is_last: true,
        };
        assert_eq!(head(whole).unwrap(), Some(expected));
        assert_eq!(head(b"HTTP/1.1 200 OK\r\nContent-Le").unwrap(), None);
        assert!(head(b"nonsense\r\n\r\n").is_err());
    }
}
