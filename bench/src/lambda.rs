//! How fast functions start and answer through Lambda's own Invoke, and what idle ones hold.
//!
//! A *cold* invocation is the first of a function that nobody has used; one *with a spare* comes
//! while the function's only instance is busy. Times are the client's, signature and IAM included.

use crate::chain::{create_role, table_named, text, zip_of};
use crate::load::{self, Connection, Laps};
use crate::report::{Report, quantile};
use crate::requests::Signer;
use crate::server::Server;
use crate::{Binaries, Failure, setting};
use http::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

const FUNCTIONS: &str = "/2015-03-31/functions";
/// Functions that are started for one figure; `BENCH_STARTS` sets another number.
const STARTS: usize = 40;
const WARM: usize = 5_000;
const AT_ONCE: usize = 1_000;
const IDLE: usize = 100;
const LIMIT: Duration = Duration::from_secs(60);
/// Until what a runtime starts from is ready, and until a spare is.
const SETTLE: Duration = Duration::from_secs(3);
const REFILL: Duration = Duration::from_millis(250);
const BUSY: Duration = Duration::from_millis(100);

const BARE: &str = "import time
def handler(event, context):
    time.sleep(event.get('seconds', 0))
    return event
";
const BOTO3: &str = "import boto3
def handler(event, context):
    return event
";
const ITEM: &str = "import boto3
table = boto3.resource('dynamodb').Table('items')
def handler(event, context):
    return table.get_item(Key={'id': 'x'}).get('Item')
";
const NODE: &str = "exports.handler = async (event) => {
  await new Promise((done) => (event.seconds ? setTimeout(done, event.seconds * 1000) : done()));
  return event;
};
";

/// What a function is made of.
#[derive(Clone, Copy)]
struct Package<'a> {
    runtime: &'a str,
    handler: &'a str,
    code: &'a str,
}

/// A server with a role for functions.
struct Bench {
    server: Server,
    signer: Signer,
    connection: Connection,
    role: String,
    made: usize,
}

pub async fn measure(binaries: &Binaries, report: &mut Report) -> Result<(), Failure> {
    let starts = setting("BENCH_STARTS", STARTS)?;
    let code = |source: &str| zip_of("app.py", source.as_bytes());
    let (bare, boto3, item) = (code(BARE)?, code(BOTO3)?, code(ITEM)?);
    let node = zip_of("app.js", NODE.as_bytes())?;
    let bootstrap = zip_of("bootstrap", &std::fs::read(&binaries.bootstrap)?)?;
    let python = |code| Package {
        runtime: "python3.13",
        handler: "app.handler",
        code,
    };
    let node = Package {
        runtime: "nodejs20.x",
        handler: "app.handler",
        code: &node,
    };
    let provided = Package {
        runtime: "provided.al2023",
        handler: "bootstrap",
        code: &bootstrap,
    };
    let folder = tempfile::tempdir()?;
    let mut bench = Bench::start(binaries, folder.path()).await?;
    bench.settle(python(&bare)).await?;
    for (what, package, most) in [
        ("cold without a spare, Python", python(&bare), Some(2.5)),
        (
            "cold without a spare, Python with boto3",
            python(&boto3),
            Some(5.0),
        ),
        (
            "cold without a spare, first item read with boto3",
            python(&item),
            Some(15.0),
        ),
        ("cold without a spare, Node.js", node, None),
        ("cold without a spare, static binary", provided, Some(4.0)),
    ] {
        let mut times = bench.cold(package, starts).await?;
        quantiles(report, what, &mut times, most, None);
    }
    let mut times = bench.with_a_spare(python(&bare), starts).await?;
    quantiles(
        report,
        "cold with a spare, Python",
        &mut times,
        Some(1.0),
        Some(10.0),
    );
    let mut times = bench.with_a_spare(node, starts).await?;
    quantiles(
        report,
        "cold with a spare, Node.js",
        &mut times,
        Some(2.0),
        None,
    );
    bench.warm(python(&bare), report).await?;
    bench.at_once(python(&bare), report).await?;
    bench.large_package(report).await?;
    bench.server.kill().await?;

    let folder = tempfile::tempdir()?;
    let mut bench = Bench::start(binaries, folder.path()).await?;
    bench.idle(python(&boto3), node, report).await?;
    bench.server.kill().await
}

/// What all functions here, and the example's operation `echo`, answer.
fn event(seconds: f64) -> Value {
    json!({"operation": "echo", "payload": {}, "seconds": seconds})
}

fn quantiles(
    report: &mut Report,
    what: &str,
    times: &mut [f64],
    most_p50: Option<f64>,
    most_p99: Option<f64>,
) {
    for (name, share, most) in [("p50", 0.5, most_p50), ("p99", 0.99, most_p99)] {
        let (what, value) = (format!("{what}, {name}"), quantile(times, share));
        match most {
            Some(most) => report.at_most(what, value, most, "ms"),
            None => report.plain(what, value, "ms"),
        }
    }
}

impl Bench {
    async fn start(binaries: &Binaries, folder: &std::path::Path) -> Result<Bench, Failure> {
        let runtimes = binaries.examples.join("../target/clients/runtimes");
        let server = Server::fogbank(&binaries.fogbank, &folder.join("data"), &runtimes).await?;
        let signer = Signer::new(server.address);
        let mut connection = Connection::open(server.address).await?;
        let role = create_role(&mut connection, &signer, "functions").await?;
        let table = signer.dynamodb("CreateTable", &table_named("items"))?;
        connection.succeed(&table).await?;
        Ok(Bench {
            server,
            signer,
            connection,
            role,
            made: 0,
        })
    }

    /// Makes a function and waits until it can be invoked; answers its name.
    async fn create(&mut self, package: Package<'_>) -> Result<String, Failure> {
        self.made += 1;
        let name = format!("function-{}", self.made);
        let Package {
            runtime,
            handler,
            code,
        } = package;
        let function = json!({
            "FunctionName": name, "Role": self.role, "Runtime": runtime, "Handler": handler,
            "MemorySize": 256, "Timeout": 30, "Code": {"ZipFile": code},
        });
        let create = self
            .signer
            .rest("lambda", Method::POST, FUNCTIONS, &function)?;
        self.connection.succeed(&create).await?;
        let path = format!("{FUNCTIONS}/{name}/configuration");
        let look = self
            .signer
            .rest("lambda", Method::GET, &path, &Value::Null)?;
        for _ in 0..3_000 {
            let answer = serde_json::from_slice(&self.connection.succeed(&look).await?)?;
            if text(&answer, "State")? == "Active" {
                return Ok(name);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("the function does not become active".into())
    }

    fn invocation(&self, name: &str, event: &Value) -> Result<Vec<u8>, Failure> {
        let path = format!("{FUNCTIONS}/{name}/invocations");
        self.signer.rest("lambda", Method::POST, &path, event)
    }

    /// Invokes once and answers how long it took, in milliseconds.
    async fn invoke(&mut self, name: &str, event: &Value) -> Result<f64, Failure> {
        let request = self.invocation(name, event)?;
        let sent = Instant::now();
        let answer = self.connection.succeed(&request).await?;
        let took = sent.elapsed().as_secs_f64() * 1e3;
        if answer.windows(9).any(|word| word == b"errorType") {
            return Err(String::from_utf8_lossy(&answer).into_owned().into());
        }
        Ok(took)
    }

    /// Has everything found, compiled and ready that a runtime's functions share.
    async fn settle(&mut self, package: Package<'_>) -> Result<(), Failure> {
        let name = self.create(package).await?;
        self.invoke(&name, &event(0.0)).await?;
        tokio::time::sleep(SETTLE).await;
        Ok(())
    }

    async fn cold(&mut self, package: Package<'_>, starts: usize) -> Result<Vec<f64>, Failure> {
        self.settle(package).await?;
        let mut times = Vec::new();
        for _ in 0..starts {
            let name = self.create(package).await?;
            times.push(self.invoke(&name, &event(0.0)).await?);
            // The spare that comes now is not to be in the next one's way.
            tokio::time::sleep(REFILL).await;
        }
        Ok(times)
    }

    /// While one request is served, another comes.
    async fn with_a_spare(
        &mut self,
        package: Package<'_>,
        starts: usize,
    ) -> Result<Vec<f64>, Failure> {
        let mut times = Vec::new();
        for _ in 0..starts {
            let name = self.create(package).await?;
            self.invoke(&name, &event(0.0)).await?;
            tokio::time::sleep(REFILL).await;
            let busy = self.invocation(&name, &event(2.0 * BUSY.as_secs_f64()))?;
            let mut other = Connection::open(self.server.address).await?;
            let first = tokio::spawn(async move { other.succeed(&busy).await });
            tokio::time::sleep(BUSY).await;
            times.push(self.invoke(&name, &event(0.0)).await?);
            first.await??;
        }
        Ok(times)
    }

    async fn warm(&mut self, package: Package<'_>, report: &mut Report) -> Result<(), Failure> {
        let name = self.create(package).await?;
        self.invoke(&name, &event(0.0)).await?;
        let requests: Result<Vec<_>, _> = (0..WARM)
            .map(|_| self.invocation(&name, &event(0.0)))
            .collect();
        let requests = Arc::new(requests?);
        let address = self.server.address;
        for connections in [1, 8] {
            let sent = Arc::clone(&requests);
            let mut run = load::run(address, sent, connections, Laps::One, LIMIT).await?;
            let rate = run.per_sec();
            report.plain(format!("warm invokes, {connections} at once"), rate, "/s");
            if connections == 1 {
                let p50 = quantile(&mut run.latencies_ms, 0.5);
                report.plain("warm invoke, p50", p50 * 1e3, "us");
            }
        }
        Ok(())
    }

    /// Each of the many has a connection of its own and comes at the same time.
    async fn at_once(&mut self, package: Package<'_>, report: &mut Report) -> Result<(), Failure> {
        let name = self.create(package).await?;
        self.invoke(&name, &event(0.0)).await?;
        let event = event(BUSY.as_secs_f64());
        let requests: Result<Vec<_>, _> = (0..AT_ONCE)
            .map(|_| self.invocation(&name, &event))
            .collect();
        let (address, requests) = (self.server.address, Arc::new(requests?));
        let run = load::run(address, requests, AT_ONCE, Laps::One, LIMIT).await?;
        let what = format!("{AT_ONCE} invocations of 100 ms at once, all answered after");
        report.plain(what, run.elapsed.as_secs_f64() * 1e3, "ms");
        Ok(())
    }

    /// From CreateFunction with ten megabytes that do not compress to the first answer.
    async fn large_package(&mut self, report: &mut Report) -> Result<(), Failure> {
        let mut state = 1u64;
        let noise: String = std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            char::from(b' ' + (state >> 58) as u8)
        })
        .filter(|c| *c != '\'' && *c != '\\')
        .take(13_300_000)
        .collect();
        let source = format!("{BARE}\n#{noise}\n");
        let code = zip_of("app.py", source.as_bytes())?;
        let package = Package {
            runtime: "python3.13",
            handler: "app.handler",
            code: &code,
        };
        let begun = Instant::now();
        let name = self.create(package).await?;
        self.invoke(&name, &event(0.0)).await?;
        let took = begun.elapsed().as_secs_f64() * 1e3;
        let what = format!(
            "CreateFunction with {:.0} MB to the first answer",
            code.len() as f64 * 0.75e-6
        );
        report.at_most(what, took, 300.0, "ms");
        Ok(())
    }

    /// What functions hold when nothing happens.
    async fn idle(
        &mut self,
        python: Package<'_>,
        node: Package<'_>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        for (what, package, most) in [
            ("idle instance, Python with boto3", python, 2.0),
            ("idle instance, Node.js", node, 8.0),
        ] {
            self.settle(package).await?;
            let before = self.server.private_mib()?;
            let functions = 10;
            for _ in 0..functions {
                let name = self.create(package).await?;
                self.invoke(&name, &event(0.0)).await?;
            }
            tokio::time::sleep(SETTLE).await;
            // Each has its instance and a spare.
            let each = (self.server.private_mib()? - before) / f64::from(2 * functions);
            report.at_most(what, each, most, "MiB");
        }
        for _ in self.made..IDLE {
            self.create(python).await?;
        }
        tokio::time::sleep(SETTLE).await;
        let what = format!("the server's memory with {IDLE} functions");
        report.at_most(what, self.server.resident_mib()?, 150.0, "MiB");
        Ok(())
    }
}
