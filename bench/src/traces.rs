//! What it costs that requests are traced: the same reads within a trace each and within none, turn
//! and turn about on one server.

use crate::comparison::{CONNECTIONS, item, table};
use crate::load::{self, Connection, Laps};
use crate::report::{Report, quantile};
use crate::requests::Signer;
use crate::server::Server;
use crate::{Binaries, Failure, setting};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

const REQUESTS: usize = 10_000;
/// `BENCH_ROUNDS` sets another number.
const ROUNDS: usize = 15;
const TIME: Duration = Duration::from_millis(600);

pub async fn measure(binaries: &Binaries, report: &mut Report) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    let server = Server::fogbank(&binaries.fogbank, &data, folder.path()).await?;
    let signer = Signer::new(server.address);
    let mut connection = Connection::open(server.address).await?;
    let item = item(0);
    let put = json!({"TableName": "items", "Item": item});
    for request in [
        signer.dynamodb("CreateTable", &table())?,
        signer.dynamodb("PutItem", &put)?,
    ] {
        connection.succeed(&request).await?;
    }

    let mut key = item;
    key.as_object_mut().map(|key| key.remove("filling"));
    let get = json!({"TableName": "items", "Key": key});
    let reads = |sampled: u8| {
        let signed = (0..REQUESTS).map(|number| {
            let trace = format!("Root=1-67891233-{number:024x};Sampled={sampled}");
            signer.traced("GetItem", &get, &trace)
        });
        signed.collect::<Result<Vec<_>, _>>().map(Arc::new)
    };
    let sides = [reads(0)?, reads(1)?];
    let mut rates = [Vec::new(), Vec::new()];
    let mut costs_us = [Vec::new(), Vec::new()];
    for _ in 0..setting("BENCH_ROUNDS", ROUNDS)? {
        for ((reads, rates), costs_us) in sides.iter().zip(&mut rates).zip(&mut costs_us) {
            let before = server.cpu_secs()?;
            let address = server.address;
            let run = load::run(address, reads.clone(), CONNECTIONS, Laps::Many, TIME).await?;
            costs_us.push((server.cpu_secs()? - before) * 1e6 / run.operations as f64);
            rates.push(run.per_sec());
        }
    }
    let [mut untraced, mut traced] = rates;
    let kept = quantile(&mut traced, 0.5) / quantile(&mut untraced, 0.5);
    let what = "throughput of GetItem that traces cost";
    report.at_most(what, (1.0 - kept) * 100.0, 3.0, "%");
    let [mut untraced, mut traced] = costs_us;
    let added = quantile(&mut traced, 0.5) / quantile(&mut untraced, 0.5) - 1.0;
    report.plain("CPU that they add to one", added * 100.0, "%");
    server.kill().await
}
