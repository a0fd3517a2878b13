//! The operations of DynamoDB that matter, on every contender, turn and turn about.
//!
//! In every round each contender gets a fresh folder and the same requests; beside them run the
//! engine alone, with the same commit layer and no server around it, and the disk's own sync. What
//! counts are medians of the rounds, so that a noisy minute hits all.

use crate::contender::Contender;
use crate::load::{self, Connection, Laps, Run};
use crate::report::{Report, Table, quantile};
use crate::requests::Signer;
use crate::server::Server;
use crate::{Binaries, Failure, engine, setting};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// `BENCH_ROUNDS` sets another number.
const ROUNDS: usize = 5;
/// What each measurement of each round may take; `BENCH_MS` sets another time.
const TIME_MS: usize = 3_000;
pub const CONNECTIONS: usize = 32;
const ITEMS: usize = 20_000;
/// Items of a partition that a Query answers.
const PARTITION: usize = 25;
const PARTITIONS: usize = 100;
const TRANSACTION: usize = 10;
pub const FILLING: usize = 1000;

/// What is measured, in the order it is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    PutAlone,
    Put,
    Get,
    Query,
    Update,
    Transaction,
}

const MEASURES: [Measure; 6] = [
    Measure::PutAlone,
    Measure::Put,
    Measure::Get,
    Measure::Query,
    Measure::Update,
    Measure::Transaction,
];

impl Measure {
    fn title(self) -> &'static str {
        match self {
            Measure::PutAlone => "PutItem 1 KB, 1 connection",
            Measure::Put => "PutItem 1 KB, 32 connections",
            Measure::Get => "GetItem 1 KB, 32 connections",
            Measure::Query => "Query of 25 items, 32 connections",
            Measure::Update => "conditional UpdateItem of one item, 32 connections",
            Measure::Transaction => "TransactWriteItems of 10 items, 32 connections",
        }
    }

    fn connections(self) -> usize {
        match self {
            Measure::PutAlone => 1,
            _ => CONNECTIONS,
        }
    }

    fn requests(self, signer: &Signer) -> Result<Vec<Vec<u8>>, Failure> {
        let make = |count: usize, request: fn(usize) -> (&'static str, Value)| {
            let signed = (0..count).map(|number| {
                let (operation, body) = request(number);
                signer.dynamodb(operation, &body)
            });
            signed.collect()
        };
        match self {
            Measure::PutAlone | Measure::Put => make(ITEMS, put),
            Measure::Get => make(ITEMS, get),
            Measure::Query => make(PARTITIONS * CONNECTIONS, query),
            Measure::Update => make(CONNECTIONS, update),
            Measure::Transaction => make(ITEMS / TRANSACTION, transaction),
        }
    }
}

fn put(number: usize) -> (&'static str, Value) {
    (
        "PutItem",
        json!({"TableName": "items", "Item": item(number)}),
    )
}

/// A key of its own for each number; 25 of them in a partition.
fn key(number: usize) -> Value {
    json!({"id": {"S": format!("partition-{:06}", number / PARTITION)}, "at": {"N": number.to_string()}})
}

pub fn item(number: usize) -> Value {
    let mut item = key(number);
    item["filling"] = json!({"S": "x".repeat(FILLING)});
    item
}

/// Of what was written, in an order that is not the order of writing.
fn get(number: usize) -> (&'static str, Value) {
    let key = key(number * 7919 % ITEMS);
    (
        "GetItem",
        json!({"TableName": "items", "Key": key, "ConsistentRead": true}),
    )
}

fn query(number: usize) -> (&'static str, Value) {
    let partition = format!("partition-{:06}", number * 37 % (ITEMS / PARTITION));
    (
        "Query",
        json!({
            "TableName": "items", "KeyConditionExpression": "id = :id", "ConsistentRead": true,
            "ExpressionAttributeValues": {":id": {"S": partition}},
        }),
    )
}

fn update(_: usize) -> (&'static str, Value) {
    (
        "UpdateItem",
        json!({
            "TableName": "items", "Key": hot(), "UpdateExpression": "SET n = n + :one",
            "ConditionExpression": "n >= :zero",
            "ExpressionAttributeValues": {":one": {"N": "1"}, ":zero": {"N": "0"}},
        }),
    )
}

fn hot() -> Value {
    json!({"id": {"S": "hot"}, "at": {"N": "0"}})
}

fn transaction(number: usize) -> (&'static str, Value) {
    let first = number * TRANSACTION;
    let puts = (first..first + TRANSACTION)
        .map(|number| json!({"Put": {"TableName": "items", "Item": item(number)}}));
    (
        "TransactWriteItems",
        json!({"TransactItems": puts.collect::<Vec<Value>>()}),
    )
}

/// CreateTable's input for a table with the keys `id` and `at`.
pub fn table() -> Value {
    json!({
        "TableName": "items", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "at", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "id", "KeyType": "HASH"},
            {"AttributeName": "at", "KeyType": "RANGE"},
        ],
    })
}

/// One measurement.
#[derive(Clone, Copy)]
struct Figure {
    per_sec: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_us: f64,
}

/// Without a figure where a contender failed.
type Round = [Option<Figure>; MEASURES.len()];

pub async fn measure(binaries: &Binaries, report: &mut Report) -> Result<(), Failure> {
    let contenders = Contender::all(binaries);
    let count = setting("BENCH_ROUNDS", ROUNDS)?;
    let time = Duration::from_millis(u64::try_from(setting("BENCH_MS", TIME_MS)?)?);
    let mut rounds: Vec<Vec<Round>> = contenders.iter().map(|_| Vec::new()).collect();
    let (mut alone, mut syncs) = (Vec::new(), Vec::new());
    for number in 1..=count {
        eprintln!("  round {number} of {count}");
        for (contender, rounds) in contenders.iter().zip(&mut rounds) {
            rounds.push(match round(*contender, binaries, time).await {
                Err(error) if *contender != Contender::Fogbank => {
                    eprintln!("  {}: {error}", contender.name());
                    Round::default()
                }
                figures => figures?,
            });
        }
        syncs.push(engine::sync_ms()?);
        alone.push(engine::puts_per_sec(time).await?);
    }
    let medians: Vec<Round> = rounds.iter().map(|rounds| median(rounds)).collect();
    report.table(table_of(&contenders, &medians));
    let sync_ms = quantile(&mut syncs, 0.5);
    report.plain("write and fdatasync of 1 KB", sync_ms, "ms");
    let alone = quantile(&mut alone, 0.5);
    report.plain(
        "durable puts of 1 KB, engine alone, 32 at a time",
        alone,
        "/s",
    );
    goals(report, &contenders, &medians, sync_ms, alone);
    Ok(())
}

async fn round(
    contender: Contender,
    binaries: &Binaries,
    time: Duration,
) -> Result<Round, Failure> {
    let folder = tempfile::tempdir()?;
    let server = contender.start(binaries, folder.path()).await?;
    let signer = Signer::new(server.address);
    let mut connection = Connection::open(server.address).await?;
    connection
        .succeed(&signer.dynamodb("CreateTable", &table())?)
        .await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let mut first = hot();
    first["n"] = json!({"N": "0"});
    let first = json!({"TableName": "items", "Item": first});
    connection
        .succeed(&signer.dynamodb("PutItem", &first)?)
        .await?;
    fill(&server, &signer).await?;
    let mut figures = Round::default();
    for (measure, figure) in MEASURES.into_iter().zip(&mut figures) {
        *figure = match run(&server, &signer, measure, time).await {
            Ok((run, figure)) => {
                if measure == Measure::Update {
                    check_counter(&server, &signer, run.operations, contender).await?;
                }
                Some(figure)
            }
            Err(error) => {
                eprintln!("  {}: {}: {error}", contender.name(), measure.title());
                None
            }
        };
    }
    server.kill().await?;
    Ok(figures)
}

/// Everything that is read later, in batches as clients fill tables.
async fn fill(server: &Server, signer: &Signer) -> Result<(), Failure> {
    let numbers: Vec<usize> = (0..ITEMS).collect();
    let mut requests = Vec::new();
    for batch in numbers.chunks(25) {
        let puts = batch
            .iter()
            .map(|number| json!({"PutRequest": {"Item": item(*number)}}));
        let body = json!({"RequestItems": {"items": puts.collect::<Vec<Value>>()}});
        requests.push(signer.dynamodb("BatchWriteItem", &body)?);
    }
    let limit = Duration::from_secs(120);
    load::run(server.address, Arc::new(requests), 4, Laps::One, limit).await?;
    Ok(())
}

async fn run(
    server: &Server,
    signer: &Signer,
    measure: Measure,
    time: Duration,
) -> Result<(Run, Figure), Failure> {
    let requests = Arc::new(measure.requests(signer)?);
    let before = server.cpu_secs()?;
    let run = load::run(
        server.address,
        requests,
        measure.connections(),
        Laps::Many,
        time,
    )
    .await?;
    let cpu_us = (server.cpu_secs()? - before) * 1e6 / run.operations as f64;
    let mut latencies = run.latencies_ms.clone();
    let figure = Figure {
        per_sec: run.per_sec(),
        p50_ms: quantile(&mut latencies, 0.5),
        p99_ms: quantile(&mut latencies, 0.99),
        cpu_us,
    };
    Ok((run, figure))
}

/// Every increment that was acknowledged has to be there.
async fn check_counter(
    server: &Server,
    signer: &Signer,
    acknowledged: usize,
    contender: Contender,
) -> Result<(), Failure> {
    let mut connection = Connection::open(server.address).await?;
    let get = json!({"TableName": "items", "Key": hot(), "ConsistentRead": true});
    let answer = connection
        .succeed(&signer.dynamodb("GetItem", &get)?)
        .await?;
    let answer: Value = serde_json::from_slice(&answer)?;
    let count = answer["Item"]["n"]["N"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if count == acknowledged.to_string() {
        return Ok(());
    }
    let complaint = format!("{} of {acknowledged} increments are there", count);
    match contender {
        Contender::Fogbank => Err(complaint.into()),
        peer => {
            eprintln!("  {}: {complaint}", peer.name());
            Ok(())
        }
    }
}

fn median(rounds: &[Round]) -> Round {
    let mut medians = Round::default();
    for (at, median) in medians.iter_mut().enumerate() {
        let figures: Vec<Figure> = rounds.iter().filter_map(|round| round[at]).collect();
        let middle = |part: fn(&Figure) -> f64| {
            quantile(&mut figures.iter().map(part).collect::<Vec<f64>>(), 0.5)
        };
        *median = (!figures.is_empty()).then(|| Figure {
            per_sec: middle(|figure| figure.per_sec),
            p50_ms: middle(|figure| figure.p50_ms),
            p99_ms: middle(|figure| figure.p99_ms),
            cpu_us: middle(|figure| figure.cpu_us),
        });
    }
    medians
}

fn table_of(contenders: &[Contender], medians: &[Round]) -> Table {
    let names = contenders
        .iter()
        .map(|contender| contender.name().to_owned());
    let mut table = Table::new("operation", names.collect());
    for (at, measure) in MEASURES.into_iter().enumerate() {
        let cells = medians.iter().map(|round| match round[at] {
            None => "fails".to_owned(),
            Some(figure) => format!(
                "{:.0}/s, p50 {:.2} ms, p99 {:.2} ms, CPU {:.0} us",
                figure.per_sec, figure.p50_ms, figure.p99_ms, figure.cpu_us
            ),
        });
        table.row(measure.title(), cells.collect());
    }
    table
}

fn goals(
    report: &mut Report,
    contenders: &[Contender],
    medians: &[Round],
    sync_ms: f64,
    alone: f64,
) {
    let of = |contender: Contender, measure: Measure| {
        let at = contenders.iter().position(|one| *one == contender)?;
        let measure = MEASURES.iter().position(|one| *one == measure)?;
        medians[at][measure]
    };
    let ours = |measure| of(Contender::Fogbank, measure);
    if let Some(put) = ours(Measure::PutAlone) {
        let most = 1.3 * sync_ms + 0.1;
        report.at_most("durable PutItem, 1 connection, p50", put.p50_ms, most, "ms");
    }
    if let Some(put) = ours(Measure::Put) {
        let share = put.per_sec / alone;
        report.at_least(
            "durable PutItem, of what the engine alone reaches",
            share,
            0.6,
            "times",
        );
        if let Some(peer) = of(Contender::DynoxideOnDisk, Measure::Put) {
            let ratio = put.per_sec / peer.per_sec;
            report.at_least("durable PutItem, to dynoxide on disk", ratio, 10.0, "times");
        }
    }
    if let Some(get) = ours(Measure::Get) {
        report.at_most("CPU per GetItem", get.cpu_us, 20.0, "us");
    }
    if let Some(query) = ours(Measure::Query) {
        report.at_most("CPU per Query of 25 items", query.cpu_us, 60.0, "us");
    }
    if let Some(update) = ours(Measure::Update) {
        report.at_least(
            "conditional UpdateItem of one item",
            update.per_sec,
            2000.0,
            "/s",
        );
    }
    if let Some(transaction) = ours(Measure::Transaction) {
        let items = transaction.per_sec * TRANSACTION as f64;
        report.at_least("items written in transactions", items, 3000.0, "/s");
    }
}
