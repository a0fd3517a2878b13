//! Items whose time is over.

use super::{CHUNK, all_tables};
use crate::Dynamodb;
use crate::error::Error;
use crate::item::{Item, Value};
use crate::number::Number;
use crate::table::{Table, TimeToLive};
use crate::write::{self, After, Author, Writer};
use base::Timestamp;
use bytes::Bytes;
use kv::{KeyRange, Order};
use std::time::Duration;

/// How many items one transaction removes.
const BATCH: usize = 25;
/// Times that are further back are taken for mistakes, as DynamoDB does: five years.
const MAX_AGE: Duration = Duration::from_secs(5 * 365 * 24 * 60 * 60);

/// Something that was noted to expire.
struct Due {
    note: Bytes,
    /// Where the item is.
    item: Bytes,
}

impl Dynamodb {
    /// Removes the items whose time is over.
    pub(super) async fn expire(&self) -> Result<(), Error> {
        let mut tables = self.store.snapshot().scan(all_tables(), Order::Ascending);
        while let Some((key, record)) = tables.next().await? {
            let table: Table = kv::record::decode(&record)?;
            if let Some(range) = due_range(&table, self.clock.now()) {
                while self.expire_some(&key, &table, range.clone()).await? {}
            }
        }
        Ok(())
    }

    /// Removes some of them, and tells whether there may be more.
    async fn expire_some(
        &self,
        key: &Bytes,
        table: &Table,
        range: KeyRange,
    ) -> Result<bool, Error> {
        let mut due = Vec::with_capacity(CHUNK);
        let mut notes = self.store.snapshot().scan(range, Order::Ascending);
        while due.len() < CHUNK
            && let Some((note, item)) = notes.next().await?
        {
            due.push(Due { note, item });
        }
        let now = self.clock.now();
        for batch in due.chunks(BATCH) {
            self.transact(Author::TimeToLive, |writer| async move {
                let Some(record) = writer.txn.get(key).await? else {
                    return Ok(());
                };
                let current: Table = kv::record::decode(&record)?;
                if current.id == table.id && current.time_to_live == table.time_to_live {
                    for due in batch {
                        remove(&writer, &current, due, now).await?;
                    }
                }
                Ok(())
            })
            .await?;
        }
        Ok(due.len() == CHUNK)
    }
}

async fn remove(writer: &Writer, table: &Table, due: &Due, now: Timestamp) -> Result<(), Error> {
    let before = write::read(&writer.txn, &due.item).await?;
    let is_due = match (&table.time_to_live, before.item()) {
        (Some(time_to_live), Some(item)) => is_over(time_to_live, item, now),
        _ => false,
    };
    if is_due {
        writer.write(table, due.item.clone(), &before, After::Nothing);
    } else {
        // The item has changed since, and has a note of its own.
        writer.txn.delete(due.note.clone());
    }
    Ok(())
}

fn is_over(time_to_live: &TimeToLive, item: &Item, now: Timestamp) -> bool {
    match item.get(&time_to_live.attribute) {
        Some(Value::N(at)) => *at <= seconds(now) && *at > seconds(now.saturating_sub(MAX_AGE)),
        _ => false,
    }
}

/// Where the notes of what is due are.
fn due_range(table: &Table, now: Timestamp) -> Option<KeyRange> {
    let time_to_live = table.time_to_live.as_ref()?;
    let at = |time: Timestamp| table.expiry_prefix(time_to_live, &seconds(time)).range();
    Some(KeyRange::new(
        at(now.saturating_sub(MAX_AGE)).end,
        at(now).end,
    ))
}

fn seconds(time: Timestamp) -> Number {
    Number::from(u64::try_from(time.as_secs()).unwrap_or(0))
}
