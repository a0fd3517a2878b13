//! Measures a release build of the server: start, memory, the whole chain, DynamoDB beside its
//! peers, decisions and signatures, and growth.
//!
//! Every loop is bounded in count, all traffic stays on loopback, and each server gets a fresh
//! folder. The clients' requests are signed before the clock starts, so that what is measured is
//! the server and not the client.

mod chain;
mod comparison;
mod contender;
mod engine;
mod gateway;
mod growth;
mod iam;
mod lambda;
mod load;
mod report;
mod requests;
mod server;
mod start;
mod traces;

use report::Report;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where the binaries under measurement lie.
struct Binaries {
    fogbank: PathBuf,
    /// The example function's `bootstrap`.
    bootstrap: PathBuf,
    examples: PathBuf,
    /// Where DynamoDB-compatible servers to compare with are installed.
    peers: Option<PathBuf>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

const PARTS: [&str; 9] = [
    "size", "start", "chain", "gateway", "lambda", "items", "iam", "traces", "growth",
];

#[tokio::main]
async fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|part| !PARTS.contains(&part.as_str())) {
        eprintln!("{unknown} is not measured; there are: {}", PARTS.join(", "));
        return ExitCode::FAILURE;
    }
    match run(&wanted).await {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(wanted: &[String]) -> Result<Report, Failure> {
    let binaries = Binaries::find()?;
    let mut report = Report::default();
    for part in PARTS {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == part) {
            continue;
        }
        eprintln!("measuring {part} ...");
        match part {
            "size" => size(&binaries, &mut report)?,
            "start" => start::measure(&binaries, &mut report).await?,
            "chain" => chain::measure(&binaries, &mut report).await?,
            "gateway" => gateway::measure(&binaries, &mut report).await?,
            "lambda" => lambda::measure(&binaries, &mut report).await?,
            "items" => comparison::measure(&binaries, &mut report).await?,
            "iam" => iam::measure(&mut report).await?,
            "traces" => traces::measure(&binaries, &mut report).await?,
            _ => growth::measure(&binaries, &mut report).await?,
        }
    }
    Ok(report)
}

impl Binaries {
    fn find() -> Result<Binaries, Failure> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("..")
            .canonicalize()?;
        let examples = root.join("examples");
        let given = |name: &str| std::env::var_os(name).map(PathBuf::from);
        Ok(Binaries {
            fogbank: given("BENCH_FOGBANK").unwrap_or_else(|| root.join("target/release/fogbank")),
            bootstrap: examples.join("dynamodb-manager-rust/target/release/dynamodb-manager"),
            examples,
            peers: given("BENCH_PEERS"),
        })
    }
}

/// A number that a variable may set.
fn setting(variable: &str, default: usize) -> Result<usize, Failure> {
    match std::env::var(variable) {
        Ok(number) => Ok(number.parse()?),
        Err(_) => Ok(default),
    }
}

fn size(binaries: &Binaries, report: &mut Report) -> Result<(), Failure> {
    let bytes = std::fs::metadata(&binaries.fogbank)?.len();
    report.at_most("release binary", bytes as f64 / 1e6, 40.0, "MB");
    Ok(())
}
