//! The engine without a server, and the disk without an engine: what there is to reach.

use crate::Failure;
use crate::comparison::{CONNECTIONS, FILLING};
use crate::report::quantile;
use kv::{Store, Txn};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const SYNCS: usize = 500;

/// The median time to append 1 KB to a file and sync it, in milliseconds.
pub fn sync_ms() -> Result<f64, Failure> {
    let folder = tempfile::tempdir()?;
    let mut file = std::fs::File::create(folder.path().join("appended"))?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        let started = Instant::now();
        file.write_all(&[b'x'; FILLING])?;
        file.sync_data()?;
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(quantile(&mut times, 0.5))
}

/// Transactions that put one value, as many at a time as there are connections, each acknowledged
/// when it is on disk.
pub async fn puts_per_sec(time: Duration) -> Result<f64, Failure> {
    let folder = tempfile::tempdir()?;
    let store = Store::new(kv_fjall::open(
        folder.path(),
        &kv_fjall::Options::default(),
    )?);
    let done = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let writers: Vec<_> = (0..CONNECTIONS)
        .map(|writer| {
            let (store, done) = (store.clone(), done.clone());
            tokio::spawn(async move {
                let mut number = 0_u64;
                while started.elapsed() < time {
                    put(&store, writer, number).await?;
                    number += 1;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Ok::<(), kv::Error>(())
            })
        })
        .collect();
    for writer in writers {
        writer.await??;
    }
    Ok(done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}

async fn put(store: &Store, writer: usize, number: u64) -> Result<(), kv::Error> {
    let body = |txn: Txn| async move {
        txn.put(format!("!{writer:04}-{number:08}"), vec![b'x'; FILLING]);
        Ok(())
    };
    store.transact(body).await
}
