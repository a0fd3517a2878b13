//! Durable PutItem and GetItem of 1 KB, beside a peer where there is one.

use crate::load::{self, Connection, Run};
use crate::report::{Report, quantile};
use crate::requests::Signer;
use crate::server::Server;
use crate::{Binaries, Failure, chain};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const CONNECTIONS: usize = 32;
const ITEMS: usize = 20_000;
const READS: usize = 60_000;
const ROUNDS: usize = 3;
const LIMIT: Duration = Duration::from_secs(20);

/// What one server reached, the median of its rounds.
struct Figures {
    puts_per_sec: f64,
    put_cpu_us: f64,
    put_p50_ms: f64,
    put_p99_ms: f64,
    gets_per_sec: f64,
    get_cpu_us: f64,
}

pub async fn measure(binaries: &Binaries, report: &mut Report) -> Result<(), Failure> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // Turn and turn about, so that a noisy minute hits both.
    for _ in 0..ROUNDS {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        let server = Server::fogbank(&binaries.fogbank, &data, folder.path()).await?;
        ours.push(round(server).await?);
        if let Some(peer) = &binaries.peer {
            let folder = tempfile::tempdir()?;
            theirs.push(round(Server::peer(peer, folder.path()).await?).await?);
        }
    }
    let ours = median(&ours);
    tell(report, "fogbank", &ours);
    if theirs.is_empty() {
        eprintln!("  no peer to compare with: run with --peer");
        return Ok(());
    }
    let theirs = median(&theirs);
    tell(report, "peer", &theirs);
    report.at_least(
        "durable puts, fogbank to peer",
        ours.puts_per_sec / theirs.puts_per_sec,
        5.0,
        "times",
    );
    report.at_most(
        "CPU per get, fogbank to peer",
        ours.get_cpu_us / theirs.get_cpu_us,
        0.5,
        "times",
    );
    Ok(())
}

fn tell(report: &mut Report, name: &str, figures: &Figures) {
    report.plain(
        format!("{name}: durable PutItem 1 KB, 32 connections"),
        figures.puts_per_sec,
        "/s",
    );
    report.plain(format!("{name}: PutItem p50"), figures.put_p50_ms, "ms");
    report.plain(format!("{name}: PutItem p99"), figures.put_p99_ms, "ms");
    report.plain(format!("{name}: CPU per PutItem"), figures.put_cpu_us, "us");
    report.plain(
        format!("{name}: GetItem 1 KB, 32 connections"),
        figures.gets_per_sec,
        "/s",
    );
    report.plain(format!("{name}: CPU per GetItem"), figures.get_cpu_us, "us");
}

async fn round(server: Server) -> Result<Figures, Failure> {
    let signer = Signer::new(server.address);
    let mut connection = Connection::open(server.address).await?;
    connection
        .succeed(&signer.dynamodb("CreateTable", &chain::table_named("items"))?)
        .await?;
    tokio::time::sleep(Duration::from_millis(500)).await;

    let filling = "x".repeat(1000);
    let mut puts = Vec::with_capacity(ITEMS);
    let mut gets = Vec::with_capacity(READS);
    for number in 0..ITEMS {
        let item = json!({"id": {"S": format!("item-{number:08}")}, "filling": {"S": filling}});
        puts.push(signer.dynamodb("PutItem", &json!({"TableName": "items", "Item": item}))?);
    }
    let (puts, put_cpu_us) = run(&server, puts).await?;
    // Of what was written, in an order that is not the order of writing.
    for number in 0..READS {
        let key = json!({"id": {"S": format!("item-{:08}", number * 7919 % puts.operations)}});
        let body = json!({"TableName": "items", "Key": key, "ConsistentRead": true});
        gets.push(signer.dynamodb("GetItem", &body)?);
    }
    let (gets, get_cpu_us) = run(&server, gets).await?;
    server.kill().await?;
    let mut latencies = puts.latencies_ms.clone();
    Ok(Figures {
        puts_per_sec: puts.per_sec(),
        put_cpu_us,
        put_p50_ms: quantile(&mut latencies, 0.5),
        put_p99_ms: quantile(&mut latencies, 0.99),
        gets_per_sec: gets.per_sec(),
        get_cpu_us,
    })
}

/// Runs requests; answers also the server's CPU time per operation, in microseconds.
async fn run(server: &Server, requests: Vec<Vec<u8>>) -> Result<(Run, f64), Failure> {
    let before = server.cpu_secs()?;
    let run = load::run(server.address, Arc::new(requests), CONNECTIONS, LIMIT).await?;
    let used = server.cpu_secs()? - before;
    let per_operation = used * 1e6 / run.operations as f64;
    Ok((run, per_operation))
}

fn median(rounds: &[Figures]) -> Figures {
    let middle = |figure: fn(&Figures) -> f64| {
        quantile(&mut rounds.iter().map(figure).collect::<Vec<f64>>(), 0.5)
    };
    Figures {
        puts_per_sec: middle(|f| f.puts_per_sec),
        put_cpu_us: middle(|f| f.put_cpu_us),
        put_p50_ms: middle(|f| f.put_p50_ms),
        put_p99_ms: middle(|f| f.put_p99_ms),
        gets_per_sec: middle(|f| f.gets_per_sec),
        get_cpu_us: middle(|f| f.get_cpu_us),
    }
}
