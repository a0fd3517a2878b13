//! The one write path: every change of an item goes through [`Writer::write`].
//!
//! In the caller's transaction it stores or removes the item, keeps every index in step, notes
//! when the item expires, records the change in the table's stream, and tells what the change
//! costs. Put, Update, Delete, batches, transactions, expiry and everything else that changes
//! items decide what the new item is, and nothing else.

use crate::Dynamodb;
use crate::capacity::{Consumed, write_units};
use crate::error::{Error, ErrorKind};
use crate::history::position;
use crate::item::{Item, record};
use crate::stream::Stream;
use crate::stream::Ticket;
use crate::stream::record::{ChangeKind, ChangeRecord};
use crate::table::{Index, StreamView, Table};
use crate::throttle::{Direction, Throttle};
use base::Timestamp;
use bytes::Bytes;
use kv::{Cause, Txn};
use std::borrow::Cow;
use wire::Attributes;

/// Who changes an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    Caller,
    /// Its time was over.
    TimeToLive,
}

/// A transaction that may change items.
#[derive(Clone)]
pub struct Writer {
    pub txn: Txn,
    ticket: Ticket,
    now: Timestamp,
    author: Author,
    throttle: Option<Throttle>,
}

/// The item before a change.
#[derive(Debug, Clone)]
pub enum Before {
    Item(Item),
    Nothing,
    /// Not looked at, because nothing depends on it; see [`Table::needs_before`].
    Unread,
}

/// The item after a change.
#[derive(Debug, Clone, Copy)]
pub enum After<'a> {
    Item(&'a Item),
    Nothing,
}

impl Table {
    /// Whether changes of this table cannot be written without knowing the item before it.
    pub fn needs_before(&self) -> bool {
        !self.indexes.is_empty()
            || self.time_to_live.is_some()
            || self.history.is_some()
            || self.stream.as_ref().is_some_and(|stream| stream.enabled)
    }
}

impl Before {
    pub fn item(&self) -> Option<&Item> {
        match self {
            Before::Item(item) => Some(item),
            Before::Nothing | Before::Unread => None,
        }
    }

    /// The item as conditions and updates see it: an empty one if there is none.
    pub fn or_empty(&self) -> Item {
        self.item().cloned().unwrap_or_default()
    }
}

/// Reads the item at `key`, as part of the transaction.
///
/// # Errors
/// The store's.
pub async fn read(txn: &Txn, key: &Bytes) -> Result<Before, Error> {
    match txn.get(key).await? {
        Some(bytes) => Ok(Before::Item(decode(&bytes)?)),
        None => Ok(Before::Nothing),
    }
}

/// What a stored record says.
///
/// # Errors
/// [`kv::Error::Corrupt`]
pub fn decode(bytes: &Bytes) -> Result<Item, Error> {
    Ok(record::decode(bytes).map_err(|error| kv::Error::Corrupt(Cause::new(error)))?)
}

/// A stored item as answers have it.
///
/// # Errors
/// [`kv::Error::Corrupt`]
pub fn answered(bytes: &Bytes) -> Result<Attributes, Error> {
    Ok(record::answered(bytes).map_err(|error| kv::Error::Corrupt(Cause::new(error)))?)
}

/// The size of a stored item in bytes, as DynamoDB counts it.
///
/// # Errors
/// [`kv::Error::Corrupt`]
pub fn size_bytes(bytes: &Bytes) -> Result<usize, Error> {
    Ok(record::size_bytes(bytes).map_err(|error| kv::Error::Corrupt(Cause::new(error)))?)
}

impl Dynamodb {
    /// Runs a transaction that may change items; see [`kv::Store::transact`].
    pub(crate) async fn transact<T, F, Fut>(&self, author: Author, body: F) -> Result<T, Error>
    where
        F: Fn(Writer) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        self.recover().await?;
        let ticket = self.sequencer.ticket(&self.store);
        let now = self.clock.now();
        let result = self.store.transact(|txn| {
            ticket.settle();
            body(Writer {
                txn,
                ticket: ticket.clone(),
                now,
                author,
                throttle: self.throttle.clone(),
            })
        });
        let result = result.await;
        match &result {
            Err(Error {
                kind: ErrorKind::Store(kv::Error::UnknownOutcome(_)),
                ..
            }) => {
                ticket.abandon();
            }
            _ => ticket.settle(),
        }
        result
    }
}

impl Writer {
    /// Makes the change of the item at `key`, and tells what it costs.
    pub fn write(&self, table: &Table, key: Bytes, before: &Before, after: After<'_>) -> Consumed {
        let size = |item: Option<&Item>| item.map_or(0, Item::size_bytes);
        let (old, new) = (before.item(), after.item());
        let mut consumed = Consumed::of_table(write_units(size(old).max(size(new))));
        for index in &table.indexes {
            let (old, new) = (Entry::of(table, index, old), Entry::of(table, index, new));
            if let Some(units) = entry_units(old.as_ref(), new.as_ref()) {
                consumed.add_index(index, units);
                self.write_entry(old, new);
            }
        }
        self.note_expiry(table, &key, old, new);
        self.record_change(table, old, new);
        self.record_past(table, &key, old, new);
        match new {
            Some(item) => self.txn.put(key, record::encode(item)),
            None => self.txn.delete(key),
        }
        consumed
    }

    fn write_entry(&self, old: Option<Entry<'_>>, new: Option<Entry<'_>>) {
        if let Some(old) = old
            && new.as_ref().is_none_or(|new| new.key != old.key)
        {
            self.txn.delete(old.key);
        }
        if let Some(new) = new {
            self.txn.put(new.key, record::encode(&new.item));
        }
    }

    fn note_expiry(&self, table: &Table, key: &Bytes, old: Option<&Item>, new: Option<&Item>) {
        let note = |item: Option<&Item>| table.expiry_key(item?, key);
        let (old, new) = (note(old), note(new));
        if old == new {
            return;
        }
        if let Some(old) = old {
            self.txn.delete(old);
        }
        if let Some(new) = new {
            self.txn.put(new, key.clone());
        }
    }

    /// What changes nothing is not recorded.
    fn record_change(&self, table: &Table, old: Option<&Item>, new: Option<&Item>) {
        let Some(stream) = table.stream.as_ref().filter(|stream| stream.enabled) else {
            return;
        };
        let (kind, item) = match (old, new) {
            (None, Some(item)) => (ChangeKind::Insert, item),
            (Some(item), None) => (ChangeKind::Remove, item),
            (Some(old), Some(new)) if old != new => (ChangeKind::Modify, new),
            _ => return,
        };
        let shows_new = matches!(
            stream.view,
            StreamView::NewImage | StreamView::NewAndOldImages
        );
        let shows_old = matches!(
            stream.view,
            StreamView::OldImage | StreamView::NewAndOldImages
        );
        let change = ChangeRecord {
            kind,
            author: self.author,
            created: self.now,
            keys: table.key.key_of(item),
            new: new.filter(|_| shows_new).cloned(),
            old: old.filter(|_| shows_old).cloned(),
        };
        let sequence = self.ticket.take(self.now);
        self.txn
            .put(Stream::record_key(stream.id, sequence), change.encode());
    }
}

impl Writer {
    /// Lets a write in.
    ///
    /// # Errors
    /// [`crate::throttle::Throttled`]
    pub fn admit(&self, table: &Table, key: &Bytes) -> Result<(), Error> {
        match &self.throttle {
            Some(throttle) => throttle.admit_write(self.now, table, key),
            None => Ok(()),
        }
    }

    /// Takes what a write consumes, also if the transaction has to be made again.
    pub fn charge(&self, table: &Table, consumed: &Consumed, key: &Bytes) {
        if let Some(throttle) = &self.throttle {
            throttle.charge(self.now, table, consumed, Direction::Write, Some(key));
        }
    }

    /// Keeps the item as it was, if the table's past is remembered.
    fn record_past(&self, table: &Table, key: &Bytes, old: Option<&Item>, new: Option<&Item>) {
        let Some(history) = table.history.as_ref().filter(|_| old != new) else {
            return;
        };
        let moment = self.ticket.moment(self.now);
        let image = old.map(record::encode).unwrap_or_default();
        history.remember(&self.txn, moment, position(key), image);
    }

    /// The moment of everything that this transaction changes.
    pub fn moment(&self) -> u64 {
        self.ticket.moment(self.now)
    }
}

/// What it costs to check an item that is not changed, as part of a transaction.
pub fn untouched(before: &Before) -> Consumed {
    Consumed::of_table(write_units(before.item().map_or(0, Item::size_bytes)))
}

impl<'a> After<'a> {
    fn item(self) -> Option<&'a Item> {
        match self {
            After::Item(item) => Some(item),
            After::Nothing => None,
        }
    }
}

/// An item in an index.
struct Entry<'a> {
    key: Bytes,
    item: Cow<'a, Item>,
}

impl<'a> Entry<'a> {
    fn of(table: &Table, index: &Index, item: Option<&'a Item>) -> Option<Entry<'a>> {
        let item = item?;
        Some(Entry {
            key: table.entry_key(index, item)?,
            item: table.entry(index, item),
        })
    }

    fn units(&self) -> f64 {
        write_units(self.item.size_bytes())
    }
}

/// What keeping an index in step costs: nothing if what it keeps does not change, and two writes
/// if the entry moves.
fn entry_units(old: Option<&Entry<'_>>, new: Option<&Entry<'_>>) -> Option<f64> {
    match (old, new) {
        (None, None) => None,
        (None, Some(entry)) | (Some(entry), None) => Some(entry.units()),
        (Some(old), Some(new)) if old.key != new.key => Some(old.units() + new.units()),
        (Some(old), Some(new)) => (old.item != new.item).then(|| old.units().max(new.units())),
    }
}
