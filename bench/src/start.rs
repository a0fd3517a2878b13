//! From the start of the process to `Ready.`, and memory when nothing happens.

use crate::load::Connection;
use crate::report::{Report, quantile};
use crate::requests::Signer;
use crate::server::Server;
use crate::{Binaries, Failure, chain};
use http::Method;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

const STARTS: usize = 15;
const TABLES: usize = 100;
const FUNCTIONS: usize = 100;
/// Until allocations and background threads have come to rest.
const SETTLE: Duration = Duration::from_secs(2);

pub async fn measure(binaries: &Binaries, report: &mut Report) -> Result<(), Failure> {
    let mut empty = Vec::new();
    for _ in 0..STARTS {
        let folder = tempfile::tempdir()?;
        let server = start(binaries, folder.path()).await?;
        empty.push(server.started_in.as_secs_f64() * 1e3);
        server.stop().await?;
    }
    report.at_most(
        "start, empty folder, p50",
        quantile(&mut empty, 0.5),
        20.0,
        "ms",
    );
    report.plain(
        "start, empty folder, slowest",
        quantile(&mut empty, 1.0),
        "ms",
    );

    let folder = tempfile::tempdir()?;
    let server = start(binaries, folder.path()).await?;
    tokio::time::sleep(SETTLE).await;
    report.at_most(
        "idle memory, empty folder",
        server.resident_mib()?,
        25.0,
        "MiB",
    );
    fill(&server).await?;
    tokio::time::sleep(SETTLE).await;
    report.plain(
        "memory after making 100 tables and 100 functions",
        server.resident_mib()?,
        "MiB",
    );
    server.stop().await?;
    let mut used = Vec::new();
    for _ in 0..STARTS {
        let server = start(binaries, folder.path()).await?;
        used.push(server.started_in.as_secs_f64() * 1e3);
        server.stop().await?;
    }
    report.at_most(
        "start, used folder, p50",
        quantile(&mut used, 0.5),
        100.0,
        "ms",
    );
    report.plain(
        "start, used folder, slowest",
        quantile(&mut used, 1.0),
        "ms",
    );
    let mut killed = Vec::new();
    for _ in 0..STARTS {
        let server = start(binaries, folder.path()).await?;
        killed.push(server.started_in.as_secs_f64() * 1e3);
        server.kill().await?;
    }
    report.plain(
        "start, used folder after kill -9, p50",
        quantile(&mut killed, 0.5),
        "ms",
    );
    let server = start(binaries, folder.path()).await?;
    tokio::time::sleep(SETTLE).await;
    report.at_most(
        "idle memory, used folder",
        server.resident_mib()?,
        25.0,
        "MiB",
    );
    server.kill().await
}

async fn start(binaries: &Binaries, folder: &Path) -> Result<Server, Failure> {
    Server::fogbank(
        &binaries.fogbank,
        &folder.join("data"),
        &folder.join("runtimes"),
    )
    .await
}

async fn fill(server: &Server) -> Result<(), Failure> {
    let signer = Signer::new(server.address);
    let mut connection = Connection::open(server.address).await?;
    let role = chain::create_role(&mut connection, &signer, "used").await?;
    let code = chain::zip_of(
        "probe.py",
        b"def handler(event, context):\n    return event\n",
    )?;
    for number in 0..TABLES {
        let table = chain::table_named(&format!("table-{number}"));
        connection
            .succeed(&signer.dynamodb("CreateTable", &table)?)
            .await?;
    }
    for number in 0..FUNCTIONS {
        let function = json!({
            "FunctionName": format!("function-{number}"), "Role": role, "Runtime": "python3.13",
            "Handler": "probe.handler", "Code": {"ZipFile": code},
        });
        let path = "/2015-03-31/functions";
        connection
            .succeed(&signer.rest("lambda", Method::POST, path, &function)?)
            .await?;
    }
    Ok(())
}
