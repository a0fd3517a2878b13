//! What goes on behind the answers: items of dropped tables and entries of dropped indexes are
//! removed, and new indexes catch up with their tables.
//!
//! All of it is told from the store, so it goes on after a restart where it left off; all of it
//! happens in small transactions, so it blocks nobody.

use crate::Dynamodb;
use crate::error::Error;
use crate::item::record;
use crate::table::{Index, IndexState, Table};
use crate::token;
use crate::write::decode;
use bytes::Bytes;
use kv::key::{KeyReader, KeyWriter};
use kv::{KeyRange, Order, Space, Txn};
use std::time::Duration;

/// How many entries one transaction removes or adds.
const CHUNK: usize = 256;
/// How many bytes of items one transaction looks at, about.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;
/// How long to wait for something to do, at most.
const PAUSE: Duration = Duration::from_secs(60);

/// Something that was dropped, as it is noted in the store until nothing of it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dropped {
    pub table: u64,
    /// One of its indexes; all of the table if there is none.
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
                let records = KeyWriter::new(Space::DynamodbStream).u64(self.table);
                vec![items.range(), entries.range(), records.range()]
            }
        }
    }
}

impl Dynamodb {
    /// Does what has to be done in the background, for ever. To be run once per process.
    pub async fn work(&self) {
        loop {
            if let Err(error) = self.settle().await {
                tracing::warn!(
                    ?error,
                    "background work on tables failed; it will be retried"
                );
            }
            let _ = tokio::time::timeout(PAUSE, self.work.notified()).await;
        }
    }

    /// Does what has to be done now.
    ///
    /// # Errors
    /// The store's.
    pub async fn settle(&self) -> Result<(), Error> {
        self.remove_dropped().await?;
        self.remove_tokens().await?;
        self.backfill().await
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
            for range in Dropped::from_key(&key)?.ranges() {
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

    async fn backfill(&self) -> Result<(), Error> {
        let range = KeyWriter::new(Space::Dynamodb).text("table").range();
        let mut tables = self.store.snapshot().scan(range, Order::Ascending);
        while let Some((key, record)) = tables.next().await? {
            let table: Table = kv::record::decode(&record)?;
            for index in &table.indexes {
                if index.state == IndexState::Backfilling {
                    let new = NewIndex {
                        key: key.clone(),
                        table: table.id,
                        index: index.id,
                    };
                    self.backfill_index(&new, table.items_prefix().range())
                        .await?;
                }
            }
        }
        Ok(())
    }

    async fn backfill_index(&self, new: &NewIndex, mut rest: KeyRange) -> Result<(), Error> {
        while let Some(last) = self.backfill_some(new, &rest).await? {
            rest.pass(Some(&last), Order::Ascending);
        }
        self.store
            .transact(|txn| async move {
                let Some(mut table) = new.table(&txn).await? else {
                    return Ok(());
                };
                for index in table
                    .indexes
                    .iter_mut()
                    .filter(|index| index.id == new.index)
                {
                    index.state = IndexState::Active;
                }
                txn.put(new.key.clone(), kv::record::encode(&table));
                Ok(())
            })
            .await
    }

    /// Adds the entries of some items, and tells the last one's key unless there are no more.
    async fn backfill_some(&self, new: &NewIndex, rest: &KeyRange) -> Result<Option<Bytes>, Error> {
        self.store
            .transact(|txn| async move {
                let table = new.table(&txn).await?;
                let Some((table, index)) = table.as_ref().and_then(|table| new.of(table)) else {
                    return Ok(None);
                };
                let mut items = txn.scan(rest.clone(), Order::Ascending);
                let (mut count, mut bytes) = (0, 0);
                loop {
                    let Some((key, item)) = items.next().await? else {
                        return Ok(None);
                    };
                    add_entry(&txn, table, index, &item)?;
                    count += 1;
                    bytes += item.len();
                    if count == CHUNK || bytes >= CHUNK_BYTES {
                        return Ok(Some(key));
                    }
                }
            })
            .await
    }
}

/// An index that has to catch up with its table.
struct NewIndex {
    /// Where the table's record is.
    key: Bytes,
    table: u64,
    index: u64,
}

impl NewIndex {
    /// The table as it is now, if it still has the index and that still has to catch up.
    async fn table(&self, txn: &Txn) -> Result<Option<Table>, Error> {
        let Some(record) = txn.get(&self.key).await? else {
            return Ok(None);
        };
        let table: Table = kv::record::decode(&record)?;
        let is_behind = self
            .of(&table)
            .is_some_and(|(_, i)| i.state == IndexState::Backfilling);
        Ok(is_behind.then_some(table))
    }

    fn of<'t>(&self, table: &'t Table) -> Option<(&'t Table, &'t Index)> {
        let index = table.indexes.iter().find(|index| index.id == self.index)?;
        (table.id == self.table).then_some((table, index))
    }
}

fn add_entry(txn: &Txn, table: &Table, index: &Index, item: &Bytes) -> Result<(), Error> {
    let item = decode(item)?;
    if let Some(key) = table.entry_key(index, &item) {
        txn.put(key, record::encode(&table.entry(index, &item)));
    }
    Ok(())
}
