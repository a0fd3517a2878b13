//! A server to talk to, and clients that say exactly what they are told to.

use crate::services::{ACCESS_KEY, SECRET, Slow, now, services};
use base::{Clock, Entropy, Region, Secret};
use front::{Front, Limits, Metrics, Origins, Workers};
use http::{Request, request};
use sigv4::{Credentials, PayloadHash, sign};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

/// A front on loopback. It is gone with its test's runtime.
pub struct Server {
    pub door: Door,
    pub slow: Slow,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

/// Where to knock.
#[derive(Clone, Copy)]
pub struct Door {
    pub addr: SocketAddr,
}

impl Server {
    pub async fn start() -> Server {
        Server::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Server {
        static METRICS: OnceLock<Metrics> = OnceLock::new();
        let metrics = METRICS.get_or_init(|| Metrics::install().unwrap());
        let slow = Slow {
            started: Arc::new(Semaphore::new(0)),
            let_go: Arc::new(Semaphore::new(0)),
        };
        let front = Arc::new(Front::new(
            services(slow.clone()),
            limits,
            Origins::default(),
            Clock::manual(now()),
            Entropy::seeded(1),
            metrics.clone(),
        ));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let workers = Arc::new(Workers::start(1).unwrap());
        let serving = tokio::spawn(front.serve(listener.into(), workers, async {
            let _ = stopped.await;
        }));
        Server {
            door: Door { addr },
            slow,
            stop,
            serving,
        }
    }

    pub async fn connect(&self) -> Client {
        self.door.connect().await
    }

    pub async fn send(&self, call: &Call) -> Answer {
        self.door.send(call).await
    }

    /// Tells the server to stop; the handle ends when it has.
    pub fn stop(self) -> (Door, JoinHandle<()>) {
        self.stop.send(()).unwrap();
        (self.door, self.serving)
    }
}

impl Door {
    pub async fn connect(self) -> Client {
        Client(TcpStream::connect(self.addr).await.unwrap())
    }

    /// Sends one request over a connection of its own.
    pub async fn send(self, call: &Call) -> Answer {
        self.connect().await.send(call).await
    }
}

/// One connection.
pub struct Client(TcpStream);

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(given, _)| given.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }

    /// The status and the error's code, wherever its protocol has it: `400 NotFound`.
    #[track_caller]
    pub fn code(&self) -> String {
        let between = |start: &str, end: &str| {
            let (_, rest) = self.body.split_once(start)?;
            Some(rest.split_once(end)?.0.to_owned())
        };
        let code = self
            .header("x-amzn-errortype")
            .map(str::to_owned)
            .or_else(|| between("\"__type\":\"", "\""))
            .or_else(|| between("<Code>", "</Code>"));
        format!("{} {}", self.status, code.unwrap_or_default())
    }

    /// The error's message.
    pub fn message(&self) -> String {
        if let Some((_, rest)) = self.body.split_once("<Message>") {
            return rest.split_once("</Message>").unwrap().0.to_owned();
        }
        let document: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        let message = document.get("message").or_else(|| document.get("Message"));
        message.map_or_else(String::new, |m| m.as_str().unwrap().to_owned())
    }
}

impl Client {
    pub async fn send(&mut self, call: &Call) -> Answer {
        self.write(&call.bytes()).await;
        self.answer().await.expect("an answer")
    }

    /// Sends bytes. The server may have hung up already, which reading will tell.
    pub async fn write(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    /// Says that nothing more will come.
    pub async fn finish(&mut self) {
        self.0.shutdown().await.unwrap();
    }

    /// The next answer; nothing if the server hangs up instead.
    pub async fn answer(&mut self) -> Option<Answer> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer {
            status,
            head,
            body: String::new(),
        };
        if status == 100 {
            return Some(answer);
        }
        let length = answer.header("content-length").unwrap_or("0");
        let mut body = vec![0; length.parse().unwrap()];
        self.0.read_exact(&mut body).await.ok()?;
        answer.body = String::from_utf8(body).unwrap();
        Some(answer)
    }
}

/// A request in the making.
#[derive(Clone)]
pub struct Call {
    pub parts: request::Parts,
    pub body: Vec<u8>,
}

impl Call {
    pub fn new(method: &str, target: &str) -> Call {
        let request = Request::builder().method(method).uri(target);
        let request = request.header("host", "localhost:4566");
        Call {
            parts: request.body(()).unwrap().into_parts().0,
            body: Vec::new(),
        }
    }

    /// DynamoDB, unsigned.
    pub fn dynamodb(operation: &str, body: impl AsRef<[u8]>) -> Call {
        Call::new("POST", "/")
            .header("x-amz-target", &format!("DynamoDB_20120810.{operation}"))
            .header("content-type", "application/x-amz-json-1.0")
            .body(body)
    }

    /// IAM or STS, unsigned.
    pub fn form(body: &str) -> Call {
        Call::new("POST", "/")
            .header(
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .body(body)
    }

    /// Adds a header, or replaces it.
    pub fn header(mut self, name: &'static str, value: &str) -> Call {
        self.parts.headers.insert(name, value.parse().unwrap());
        self
    }

    pub fn body(mut self, body: impl AsRef<[u8]>) -> Call {
        self.body = body.as_ref().to_vec();
        self
    }

    /// Signed as everyone may be.
    pub fn signed(self, service: &str) -> Call {
        self.signed_with(service, ACCESS_KEY, SECRET, None)
    }

    pub fn signed_with(
        mut self,
        service: &str,
        access_key_id: &str,
        secret: &str,
        token: Option<&str>,
    ) -> Call {
        let credentials = Credentials {
            access_key_id: access_key_id.to_owned(),
            secret: Secret::new(secret),
            session_token: token.map(Secret::new),
        };
        let payload = PayloadHash::of(&self.body);
        let region = Region::default_region();
        sign(
            &mut self.parts,
            &payload,
            &credentials,
            &region,
            service,
            now(),
        )
        .unwrap();
        self
    }

    /// The request's bytes, with headers in capitals here and there.
    pub fn bytes(&self) -> Vec<u8> {
        let mut head = self.head();
        write!(head, "Content-Length: {}\r\n\r\n", self.body.len()).unwrap();
        [head.as_bytes(), &self.body].concat()
    }

    /// The head without a body's length and without its end.
    pub fn head(&self) -> String {
        let (method, target) = (&self.parts.method, &self.parts.uri);
        let mut head = format!("{method} {target} HTTP/1.1\r\n");
        for (name, value) in &self.parts.headers {
            write!(head, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
        }
        head
    }
}
