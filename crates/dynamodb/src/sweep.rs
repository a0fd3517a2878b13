//! What goes on behind the answers: items of dropped tables and entries of dropped indexes are
//! removed, new indexes catch up with their tables, items expire, streams and histories are
//! trimmed; and items are copied, beside all that, because it may take long.
//!
//! All of it is told from the store, so it goes on after a restart where it left off; all of it
//! happens in small transactions, so it blocks nobody.

mod backfill;
mod backups;
mod expire;
mod histories;
mod trim;

use crate::Dynamodb;
use crate::copy::Copy;
use crate::error::Error;
use crate::export::Export;
use crate::history::{History, Source};
use crate::token;
use bytes::Bytes;
use kv::key::{KeyReader, KeyWriter};
use kv::{KeyRange, Order, Space, Txn};
use std::time::Duration;
use tokio::sync::Notify;

/// How many entries one transaction removes or adds.
const CHUNK: usize = 256;
/// How long to wait for something to do, at most.
const PAUSE: Duration = Duration::from_secs(2);

/// Something that was dropped, as it is noted in the store until nothing of it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    /// The id of a table, a backup or a history.
    pub table: u64,
    /// An index of a table; everything under the id if there is none.
    pub index: Option<u64>,
}

impl Dropped {
    fn prefix() -> KeyWriter {
        KeyWriter::new(Space::Dynamodb).text("dropped")
    }

    fn key(self) -> Bytes {
        // No index has the id 0.
        Dropped::prefix()
            .u64(self.table)
            .u64(self.index.unwrap_or(0))
            .finish()
    }

    fn from_key(key: &[u8]) -> Result<Dropped, kv::Error> {
        let mut key = KeyReader::new(Space::Dynamodb, key)?;
        key.literal("dropped")?;
        let (table, index) = (key.u64()?, key.u64()?);
        key.finish()?;
        Ok(Dropped {
            table,
            index: (index != 0).then_some(index),
        })
    }

    /// Notes it, in the transaction that drops it.
    pub fn note(self, txn: &Txn) {
        txn.put(self.key(), Bytes::new());
    }

    /// Where what is left of it is.
    fn ranges(self) -> Vec<KeyRange> {
        let entries = KeyWriter::new(Space::DynamodbIndex).u64(self.table);
        match self.index {
            Some(index) => vec![entries.u64(index).range()],
            None => {
                let items = KeyWriter::new(Space::DynamodbItem).u64(self.table);
                vec![items.range(), entries.range(), History::range(self.table)]
            }
        }
    }
}

impl Dynamodb {
    /// Does what has to be done in the background, for ever. To be run once per process.
    pub async fn work(&self) {
        let tidying = repeat(&self.work, || self.tidy());
        let copying = repeat(&self.copies, || self.copy_noted());
        let transferring = repeat(&self.transfers, || self.transfer());
        tokio::join!(tidying, copying, transferring);
    }

    /// Does what has to be done now.
    ///
    /// # Errors
    /// The store's.
    pub async fn settle(&self) -> Result<(), Error> {
        self.copy_noted().await?;
        self.transfer().await?;
        self.tidy().await
    }

    async fn transfer(&self) -> Result<(), Error> {
        let exported = self.export_noted().await;
        exported.and(self.import_noted().await)
    }

    async fn tidy(&self) -> Result<(), Error> {
        let backups = self.remove_backups().await;
        let dropped = self.remove_dropped().await;
        let tokens = self.remove_tokens().await;
        let indexes = self.backfill().await;
        let expired = self.expire().await;
        let streams = self.trim_streams().await;
        let histories = self.trim_histories().await;
        // What hinders one of them does not hinder the others.
        backups
            .and(dropped)
            .and(tokens)
            .and(indexes)
            .and(expired)
            .and(streams)
            .and(histories)
    }

    async fn remove_tokens(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let mut notes = self
            .store
            .snapshot()
            .scan(token::expired(now), Order::Ascending);
        loop {
            let mut some = Vec::with_capacity(CHUNK);
            while some.len() < CHUNK
                && let Some((note, _)) = notes.next().await?
            {
                some.push(note);
            }
            if some.is_empty() {
                return Ok(());
            }
            let some = &some;
            self.store
                .transact(|txn| async move {
                    for note in some {
                        token::remove_expired(&txn, note, now).await?;
                    }
                    Ok::<(), Error>(())
                })
                .await?;
        }
    }

    async fn remove_dropped(&self) -> Result<(), Error> {
        let mut notes = self
            .store
            .snapshot()
            .scan(Dropped::prefix().range(), Order::Ascending);
        while let Some((key, _)) = notes.next().await? {
            let dropped = Dropped::from_key(&key)?;
            if self.is_being_read(dropped).await? {
                continue;
            }
            for range in dropped.ranges() {
                while self.remove_some(&range).await? {}
            }
            let key = &key;
            self.store
                .transact(|txn| async move {
                    txn.delete(key.clone());
                    Ok::<(), Error>(())
                })
                .await?;
        }
        Ok(())
    }

    /// Whether a copy or an export still reads it.
    async fn is_being_read(&self, dropped: Dropped) -> Result<bool, Error> {
        let sources = self
            .store
            .transact(|txn| async move {
                let copies = Copy::under_way(&txn).await?;
                let exports = Export::under_way(&txn).await?;
                let copies = copies.into_iter().map(|copy| copy.source);
                let exports = exports.into_iter().map(|export| export.source);
                Ok::<_, Error>(copies.chain(exports).collect::<Vec<Source>>())
            })
            .await?;
        Ok(sources.iter().any(|source| source.is_in(dropped.table)))
    }

    /// Removes some entries of a range, and tells whether there may be more.
    async fn remove_some(&self, range: &KeyRange) -> Result<bool, Error> {
        let mut keys = Vec::with_capacity(CHUNK);
        let mut entries = self.store.snapshot().scan(range.clone(), Order::Ascending);
        while keys.len() < CHUNK
            && let Some((key, _)) = entries.next().await?
        {
            keys.push(key);
        }
        let keys = &keys;
        self.store
            .transact(|txn| async move {
                keys.iter().for_each(|key| txn.delete(key.clone()));
                Ok::<(), Error>(())
            })
            .await?;
        Ok(keys.len() == CHUNK)
    }
}

/// Does something whenever it is woken, and now and then.
async fn repeat<F, Fut>(wake: &Notify, task: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<(), Error>>,
{
    loop {
        if let Err(error) = task().await {
            tracing::warn!(
                ?error,
                "background work on tables failed; it will be retried"
            );
        }
        let _ = tokio::time::timeout(PAUSE, wake.notified()).await;
    }
}

/// Where the records of all tables are.
fn all_tables() -> KeyRange {
    KeyWriter::new(Space::Dynamodb).text("table").range()
}
