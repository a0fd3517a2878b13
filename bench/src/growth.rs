//! What grows with the data and should not: latency, memory, the start after a crash.

use crate::comparison::{item, table};
use crate::load::{self, Connection, Laps};
use crate::report::{Report, quantile};
use crate::requests::Signer;
use crate::server::Server;
use crate::{Binaries, Failure, setting};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

const FEW: usize = 10_000;
/// `BENCH_ITEMS` sets another number.
const MANY: usize = 1_000_000;
const CONNECTIONS: usize = 8;
const SAMPLES: usize = 20_000;
const TIME: Duration = Duration::from_secs(20);
/// Requests that are signed before they are sent.
const CHUNK: usize = 500;
const BATCH: usize = 25;

pub async fn measure(binaries: &Binaries, report: &mut Report) -> Result<(), Failure> {
    let many = setting("BENCH_ITEMS", MANY)?.max(FEW);
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let server = Server::fogbank(&binaries.fogbank, &data, folder.path()).await?;
    let signer = Signer::new(server.address);
    let mut connection = Connection::open(server.address).await?;
    connection
        .succeed(&signer.dynamodb("CreateTable", &table())?)
        .await?;

    fill(&server, &signer, 0..FEW).await?;
    let few = latencies(&server, &signer, FEW).await?;
    let started = Instant::now();
    fill(&server, &signer, FEW..many).await?;
    let filled = (many - FEW) as f64 / started.elapsed().as_secs_f64();
    report.plain("filled with BatchWriteItem", filled, "items/s");
    let grown = latencies(&server, &signer, many).await?;
    for (what, few, grown) in [("GetItem", few.0, grown.0), ("PutItem", few.1, grown.1)] {
        report.plain(format!("{what} p99 at {FEW} items"), few, "ms");
        report.plain(format!("{what} p99 at {many} items"), grown, "ms");
        report.at_most(
            format!("{what} p99, grown to small"),
            grown / few,
            2.0,
            "times",
        );
    }
    let most = memory_mib()? / 5.0 + 64.0;
    report.at_most(
        "most resident memory",
        server.most_resident_mib()?,
        most,
        "MiB",
    );

    server.kill().await?;
    let server = Server::fogbank(&binaries.fogbank, &data, folder.path()).await?;
    let started_in = server.started_in.as_secs_f64();
    report.at_most(
        format!("start after kill -9, {many} items"),
        started_in,
        1.0,
        "s",
    );
    server.kill().await?;

    // With a small cache: what fills a large one hides what else is held.
    let options = ["--cache", "64m"];
    let server = Server::fogbank_with(&options, &binaries.fogbank, &data, folder.path()).await?;
    scan(&server, report, many).await?;
    server.kill().await
}

async fn fill(
    server: &Server,
    signer: &Signer,
    numbers: std::ops::Range<usize>,
) -> Result<(), Failure> {
    let end = numbers.end;
    for first in numbers.step_by(CHUNK * BATCH) {
        let mut requests = Vec::new();
        for batch in (first..end.min(first + CHUNK * BATCH)).step_by(BATCH) {
            let numbers = batch..end.min(batch + BATCH);
            let puts = numbers.map(|number| json!({"PutRequest": {"Item": item(number)}}));
            let body = json!({"RequestItems": {"items": puts.collect::<Vec<Value>>()}});
            requests.push(signer.dynamodb("BatchWriteItem", &body)?);
        }
        let limit = Duration::from_secs(600);
        load::run(
            server.address,
            Arc::new(requests),
            CONNECTIONS,
            Laps::One,
            limit,
        )
        .await?;
    }
    Ok(())
}

/// The p99 of gets and of overwriting puts, anywhere among so many items, in milliseconds.
async fn latencies(server: &Server, signer: &Signer, items: usize) -> Result<(f64, f64), Failure> {
    let anywhere = |number: usize| number.wrapping_mul(2_654_435_761) % items;
    let get = |number: usize| {
        let mut key = item(anywhere(number));
        key.as_object_mut().map(|key| key.remove("filling"));
        signer.dynamodb("GetItem", &json!({"TableName": "items", "Key": key}))
    };
    let put = |number: usize| {
        let item = item(anywhere(number + 1));
        signer.dynamodb("PutItem", &json!({"TableName": "items", "Item": item}))
    };
    let gets = (0..SAMPLES).map(get).collect::<Result<Vec<_>, _>>()?;
    let puts = (0..SAMPLES).map(put).collect::<Result<Vec<_>, _>>()?;
    let mut p99s = Vec::new();
    for requests in [gets, puts] {
        let requests = Arc::new(requests);
        let run = load::run(server.address, requests, CONNECTIONS, Laps::One, TIME).await?;
        p99s.push(quantile(&mut run.latencies_ms.clone(), 0.99));
    }
    Ok((p99s[0], p99s[1]))
}

/// Page by page through all items: the server must not hold more than it sends.
async fn scan(server: &Server, report: &mut Report, items: usize) -> Result<(), Failure> {
    let signer = Signer::new(server.address);
    let before = server.resident_mib()?;
    server.forget_most_resident()?;
    let mut connection = Connection::open(server.address).await?;
    let (mut count, mut bytes) = (0, 0);
    let mut start = Value::Null;
    let started = Instant::now();
    loop {
        let mut body = json!({"TableName": "items"});
        if !start.is_null() {
            body["ExclusiveStartKey"] = start;
        }
        let page = connection.succeed(&signer.dynamodb("Scan", &body)?).await?;
        bytes += page.len();
        let page: Value = serde_json::from_slice(&page)?;
        count += page["Count"].as_u64().unwrap_or_default();
        start = page["LastEvaluatedKey"].clone();
        if start.is_null() {
            break;
        }
    }
    if count != items as u64 {
        return Err(format!("a scan finds {count} of {items} items").into());
    }
    let mib = bytes as f64 / f64::from(1 << 20);
    report.plain(
        format!("Scan of {mib:.0} MiB"),
        mib / started.elapsed().as_secs_f64(),
        "MiB/s",
    );
    let grown = server.most_resident_mib()? - before;
    report.at_most(
        "memory that the scan adds, a cache of 64 MiB included",
        grown,
        128.0,
        "MiB",
    );
    Ok(())
}

/// All that the machine has.
fn memory_mib() -> Result<f64, Failure> {
    let text = std::fs::read_to_string("/proc/meminfo")?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    Ok(kib
        .ok_or("an unknown meminfo format")?
        .trim()
        .parse::<f64>()?
        / 1024.0)
}
