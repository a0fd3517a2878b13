//! The past of items: each as it was before every change, for as long as somebody needs it.
//!
//! [`crate::write`] remembers an item's former image in the transaction that changes it, under the
//! transaction's moment: a number in the order of commits for all that read each other. What a
//! table's items were at a moment is told by the images alone and the items as they are now
//! ([`Past`]), however long that walk takes and whatever is written meanwhile.
//!
//! Invariant: who begins to need a table's past changes the table's record in the transaction in
//! which it takes its moment. Writers read that record, so whatever was committed before has its
//! place before the moment, and whatever is committed later remembers, and has its place after.
//! This module knows nothing of requests.

mod changes;
mod past;

pub use changes::Changes;
pub use past::{Found, Past, Source};

use crate::Dynamodb;
use crate::error::Error;
use crate::stream::sequence_of;
use crate::sweep::Dropped;
use crate::table::Table;
use crate::tables::{TableName, next_id};
use crate::write::Writer;
use base::Timestamp;
use bytes::Bytes;
use kv::key::{KeyReader, KeyWriter};
use kv::{KeyRange, Space, Txn};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What follows the history's id in keys.
const BY_ITEM: u8 = 1;
const BY_MOMENT: u8 = 2;
/// How many bytes of an item's key name its table.
const TABLE_BYTES: usize = 9;

/// The past of a table, while somebody needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Names its images in the key space; never used again.
    pub id: u64,
    /// Point-in-time recovery, if that is switched on.
    #[serde(default)]
    pub recovery: Option<Recovery>,
    /// The ids of the copies that are under way.
    #[serde(default)]
    pub readers: Vec<u64>,
}

/// Point-in-time recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    pub days: i32,
    /// When it was switched on.
    pub since_ms: i64,
}

impl Recovery {
    /// The first moment that can be restored.
    pub fn earliest(&self, now: Timestamp) -> Timestamp {
        let days = u64::try_from(self.days).unwrap_or(0);
        let period = Duration::from_secs(days * 24 * 60 * 60);
        now.saturating_sub(period)
            .max(Timestamp::from_millis(self.since_ms))
    }
}

impl History {
    pub fn new(id: u64) -> History {
        History {
            id,
            recovery: None,
            readers: Vec::new(),
        }
    }

    /// Keeps an item's image as it was before `moment`; an empty one for no item.
    pub fn remember(&self, txn: &Txn, moment: u64, position: &[u8], image: Bytes) {
        txn.put(image_key(self.id, position, moment), image);
        txn.put(
            moments(self.id).u64(moment).raw(position).finish(),
            Bytes::new(),
        );
    }

    /// Where the notes of all moments are.
    pub fn moments(&self) -> KeyRange {
        moments(self.id).range()
    }

    /// Where the notes are of what nobody needs any more; nothing while somebody may need all.
    pub fn forgettable(&self, now: Timestamp) -> Option<KeyRange> {
        let recovery = self.recovery.filter(|_| self.readers.is_empty())?;
        let mut range = self.moments();
        range.end = moments(self.id)
            .u64(sequence_of(recovery.earliest(now)))
            .finish();
        Some(range)
    }

    /// Where everything of the history with this id is.
    pub fn range(id: u64) -> KeyRange {
        KeyWriter::new(Space::DynamodbHistory).u64(id).range()
    }
}

impl Table {
    /// Ends the history if nobody needs it.
    pub fn drop_idle_history(&mut self, txn: &Txn) {
        let is_idle = |history: &History| history.recovery.is_none() && history.readers.is_empty();
        if let Some(history) = self.history.take_if(|history| is_idle(history)) {
            Dropped {
                table: history.id,
                index: None,
            }
            .note(txn);
        }
    }
}

impl Dynamodb {
    /// Lets a reader, by its id, see the table as it is in this transaction, which has to store the changed
    /// record of the table.
    pub(crate) async fn read_past(
        &self,
        writer: &Writer,
        table: &mut Table,
        reader: u64,
    ) -> Result<Source, Error> {
        let history = match &mut table.history {
            Some(history) => history,
            none => none.insert(History::new(next_id(&writer.txn).await?)),
        };
        history.readers.push(reader);
        Ok(Source {
            items: table.id,
            history: Some(history.id),
            moment: writer.moment(),
        })
    }

    /// Takes a reader off a table's history, if the table is still there.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn leave_past(
        &self,
        txn: &Txn,
        name: &TableName,
        table: u64,
        reader: u64,
    ) -> Result<(), Error> {
        let found = self.any_table_in(txn, name).await?;
        let Some(found) = found.filter(|found| found.id == table) else {
            return Ok(());
        };
        let mut table = Table::clone(&found);
        if let Some(history) = &mut table.history {
            history.readers.retain(|other| *other != reader);
        }
        table.drop_idle_history(txn);
        txn.put(name.key(), kv::record::encode(&table));
        Ok(())
    }
}

/// The part of an item's key that says where in its table it is.
pub fn position(key: &Bytes) -> &[u8] {
    key.get(TABLE_BYTES..).unwrap_or_default()
}

/// Where the image is that belongs to a note.
///
/// # Errors
/// [`kv::Error::Corrupt`] for what is no note.
pub fn noted_image(note: &[u8]) -> Result<Bytes, kv::Error> {
    let (id, moment, position) = read_note(note)?;
    Ok(image_key(id, position, moment))
}

/// The moment of a note.
///
/// # Errors
/// As above.
pub fn noted_moment(note: &[u8]) -> Result<u64, kv::Error> {
    Ok(read_note(note)?.1)
}

fn read_note(note: &[u8]) -> Result<(u64, u64, &[u8]), kv::Error> {
    let mut key = KeyReader::new(Space::DynamodbHistory, note)?;
    let id = key.u64()?;
    key.byte()?;
    let moment = key.u64()?;
    Ok((id, moment, key.raw()))
}

fn images(id: u64) -> KeyWriter {
    KeyWriter::new(Space::DynamodbHistory).u64(id).byte(BY_ITEM)
}

fn image_key(id: u64, position: &[u8], moment: u64) -> Bytes {
    images(id).bytes(position).u64(moment).finish()
}

fn moments(id: u64) -> KeyWriter {
    KeyWriter::new(Space::DynamodbHistory)
        .u64(id)
        .byte(BY_MOMENT)
}
