//! How fast the engines commit, and how well the commit layer shares a sync.
//!
//! ```text
//! cargo run --release -p kv-fjall --example commit_bench -- [SECONDS] [ENGINE...]
//!     [--dir DIR] [--keys COUNT]
//! ```
//!
//! Each line is a workload run by a number of concurrent tasks, each of which waits for its commit
//! before it goes on: operations per second, percentiles of the time one of them took, processor
//! time, and how often a transaction ran. `late` is how late a timer of 1 ms fired meanwhile, that
//! is, how long a connection may have had to wait for a thread.

#![allow(
    clippy::cast_possible_truncation,
    reason = "a clock that runs for minutes"
)]

use kv::{Engine, Error, KeyRange, KeyWriter, Order, Space, Store};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const VALUE_BYTES: usize = 1024;
const PARTITION_KEYS: u64 = 100;
/// What every operation chooses from, unless `--keys` says otherwise.
const KEYS: u64 = 50_000;
#[derive(Clone, Copy, Debug)]
enum Workload {
    /// A new value for a random key.
    Put,
    /// Reads a random key, and writes it anew.
    Update,
    /// Adds to one of four counters that all tasks share.
    Hot,
    /// Reads a random key.
    Get,
    /// Reads 25 keys in a row.
    Range,
    /// Put and Get in turns.
    Mixed,
}

struct Bench {
    store: Store,
    keys: u64,
    workload: Workload,
    tasks: u64,
    seconds: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut seconds = 3;
    let mut engines = Vec::new();
    let mut dir = std::env::temp_dir();
    let mut keys = KEYS;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), argument.parse()) {
            ("--keys", _) => keys = arguments.next().ok_or("--keys COUNT")?.parse()?,
            ("--dir", _) => dir = PathBuf::from(arguments.next().ok_or("--dir DIR")?),
            (_, Ok(number)) => seconds = number,
            _ => engines.push(argument),
        }
    }
    if engines.is_empty() {
        engines = ["fjall", "sqlite", "memory"].map(str::to_owned).to_vec();
    }
    let runtime = tokio::runtime::Runtime::new()?;
    for engine in engines {
        let folder = tempfile::tempdir_in(&dir)?;
        let start = Instant::now();
        let store = Store::new(open(&engine, folder.path())?);
        println!(
            "{engine}: opened in {:?}, {} KiB resident",
            start.elapsed(),
            resident_kib()
        );
        runtime.block_on(run(&store, keys, seconds))?;
        println!("{engine}: {} KiB resident", resident_kib());
        let start = Instant::now();
        store.close()?;
        println!("{engine}: closed in {:?}", start.elapsed());
        drop(store);
        if engine != "memory" {
            let start = Instant::now();
            drop(open(&engine, folder.path())?);
            println!("{engine}: opened again in {:?}", start.elapsed());
        }
    }
    Ok(())
}

fn open(engine: &str, folder: &Path) -> Result<Box<dyn Engine>, Box<dyn std::error::Error>> {
    Ok(match engine {
        "fjall" => kv_fjall::open(folder, &kv_fjall::Options::default())?,
        "sqlite" => kv_sqlite::open(folder, &kv_sqlite::Options::default())?,
        "memory" => Box::new(kv::MemoryEngine::new()),
        _ => return Err("engines are fjall, sqlite and memory".into()),
    })
}

async fn run(store: &Store, keys: u64, seconds: u64) -> Result<(), Error> {
    for start in (0..keys).step_by(1000) {
        let fill = |txn: kv::Txn| async move {
            (start..start + 1000).for_each(|n| txn.put(key(n), fresh_value()));
            Ok::<(), Error>(())
        };
        store.transact(fill).await?;
    }
    let workloads = [
        (Workload::Put, [1, 32, 64].as_slice()),
        (Workload::Update, &[1, 64]),
        (Workload::Hot, &[64]),
        (Workload::Get, &[1, 64]),
        (Workload::Range, &[1, 64]),
        (Workload::Mixed, &[64]),
    ];
    for (workload, tasks) in workloads {
        for tasks in tasks {
            let bench = Bench {
                store: store.clone(),
                keys,
                workload,
                tasks: *tasks,
                seconds,
            };
            bench.run().await?;
        }
    }
    Ok(())
}

impl Bench {
    async fn run(self) -> Result<(), Error> {
        let attempts = Arc::new(AtomicU64::new(0));
        let bench = Arc::new(self);
        let start = Instant::now();
        let cpu = cpu_time();
        let tasks: Vec<_> = (0..bench.tasks)
            .map(|task| {
                let (bench, attempts) = (Arc::clone(&bench), Arc::clone(&attempts));
                tokio::spawn(async move { bench.task(task, &attempts).await })
            })
            .collect();
        let pulse = tokio::spawn(pulse());
        let mut took = Vec::new();
        for task in tasks {
            took.extend(
                task.await
                    .map_err(|e| Error::Unavailable(kv::Cause::new(e)))??,
            );
        }
        pulse.abort();
        took.sort_unstable();
        let count = took.len() as f64;
        let at = |thousandths| {
            let rank = took.len().saturating_sub(1) * thousandths / 1000;
            took.get(rank).copied().unwrap_or_default()
        };
        println!(
            "{:>8} x{:<3} {:>8.0}/s  p50 {:>9.1?}  p99 {:>9.1?}  p99.9 {:>9.1?}  max {:>9.1?}  \
             cpu {:>6.1} us  attempts {:.2}  late {:>9.1?}",
            format!("{:?}", bench.workload),
            bench.tasks,
            count / start.elapsed().as_secs_f64(),
            at(500),
            at(990),
            at(999),
            at(1000),
            (cpu_time() - cpu) as f64 / count,
            attempts.load(Ordering::Relaxed) as f64 / count,
            Duration::from_micros(LATE.swap(0, Ordering::Relaxed)),
        );
        Ok(())
    }

    async fn task(&self, task: u64, attempts: &AtomicU64) -> Result<Vec<Duration>, Error> {
        let deadline = Instant::now() + Duration::from_secs(self.seconds);
        let mut random = task + 1;
        let mut took = Vec::new();
        let mut start = Instant::now();
        while start < deadline {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            self.operation(random >> 33, took.len(), attempts).await?;
            let end = Instant::now();
            took.push(end - start);
            start = end;
        }
        Ok(took)
    }

    async fn operation(&self, random: u64, turn: usize, attempts: &AtomicU64) -> Result<(), Error> {
        let n = random % self.keys;
        match self.workload {
            Workload::Put => self.put(n, attempts).await,
            Workload::Get => self.store.get(&key(n)).await.map(drop),
            Workload::Update => self.add(n, attempts).await,
            Workload::Hot => self.add(self.keys + n % 4, attempts).await,
            Workload::Mixed if turn.is_multiple_of(2) => self.put(n, attempts).await,
            Workload::Mixed => self.store.get(&key(n)).await.map(drop),
            Workload::Range => {
                let n = n - n % PARTITION_KEYS;
                let range = KeyRange::new(key(n), key(n + 25));
                let mut scan = self.store.snapshot().scan(range, Order::Ascending);
                while scan.next().await?.is_some() {}
                Ok(())
            }
        }
    }

    async fn put(&self, n: u64, attempts: &AtomicU64) -> Result<(), Error> {
        let body = |txn: kv::Txn| async move {
            attempts.fetch_add(1, Ordering::Relaxed);
            txn.put(key(n), fresh_value());
            Ok(())
        };
        self.store.transact(body).await
    }

    async fn add(&self, n: u64, attempts: &AtomicU64) -> Result<(), Error> {
        let body = |txn: kv::Txn| async move {
            attempts.fetch_add(1, Ordering::Relaxed);
            txn.get(&key(n)).await?;
            txn.put(key(n), fresh_value());
            Ok(())
        };
        self.store.transact(body).await
    }
}

/// The most that a timer was late, in microseconds.
static LATE: AtomicU64 = AtomicU64::new(0);

async fn pulse() {
    loop {
        let start = Instant::now();
        tokio::time::sleep(Duration::from_millis(1)).await;
        let late = start.elapsed().saturating_sub(Duration::from_millis(1));
        LATE.fetch_max(late.as_micros() as u64, Ordering::Relaxed);
    }
}

fn key(n: u64) -> bytes::Bytes {
    // Partitions are spread: what is written in a row does not lie in a row.
    let partition = (n / PARTITION_KEYS).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    KeyWriter::new(Space::DynamodbItem)
        .u64(7)
        .u64(partition)
        .u64(n)
        .finish()
}

/// Incompressible, and never the same twice: an engine may skip what changes nothing.
fn fresh_value() -> Vec<u8> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut state = NEXT.fetch_add(1, Ordering::Relaxed);
    let mut word = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..VALUE_BYTES / 8).flat_map(|_| word()).collect()
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok())
        .unwrap_or(0)
}

/// Processor time of this process in microseconds, in steps of 10 ms.
fn cpu_time() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum::<u64>()
        * 10_000
}
