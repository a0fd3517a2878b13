//! The one write path: every change of an item goes through [`write`].
//!
//! In the caller's transaction it stores or removes the item, keeps every index in step, and
//! tells what the change costs. Put, Update, Delete, batches, transactions and everything else
//! that changes items decide what the new item is, and nothing else.

use crate::capacity::{Consumed, write_units};
use crate::error::Error;
use crate::item::{Item, record};
use crate::table::{Index, Table};
use bytes::Bytes;
use kv::{Cause, Txn};

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

/// The size of a stored item in bytes, as DynamoDB counts it.
///
/// # Errors
/// [`kv::Error::Corrupt`]
pub fn size_bytes(bytes: &Bytes) -> Result<usize, Error> {
    Ok(record::size_bytes(bytes).map_err(|error| kv::Error::Corrupt(Cause::new(error)))?)
}

/// Makes the change of the item at `key`, and tells what it costs.
pub fn write(txn: &Txn, table: &Table, key: Bytes, before: &Before, after: After<'_>) -> Consumed {
    let size = |item: Option<&Item>| item.map_or(0, Item::size_bytes);
    let (old, new) = (before.item(), after.item());
    for index in &table.indexes {
        write_entry(txn, table, index, old, new);
    }
    match new {
        Some(item) => txn.put(key, record::encode(item)),
        None => txn.delete(key),
    }
    let mut consumed = Consumed::of_table(write_units(size(old).max(size(new))));
    for index in &table.indexes {
        if let Some(units) = entry_units(table, index, old, new) {
            consumed.add_index(index, units);
        }
    }
    consumed
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

fn write_entry(txn: &Txn, table: &Table, index: &Index, old: Option<&Item>, new: Option<&Item>) {
    let key_of = |item: Option<&Item>| table.entry_key(index, item?);
    let (old_key, new_key) = (key_of(old), key_of(new));
    if let Some(key) = old_key
        && new_key.as_ref() != Some(&key)
    {
        txn.delete(key);
    }
    if let (Some(key), Some(item)) = (new_key, new) {
        txn.put(key, record::encode(&table.entry(index, item)));
    }
}

/// What keeping an index in step costs: nothing if what it keeps does not change, and two writes
/// if the entry moves.
fn entry_units(
    table: &Table,
    index: &Index,
    old: Option<&Item>,
    new: Option<&Item>,
) -> Option<f64> {
    let entry = |item: Option<&Item>| {
        let item = item?;
        Some((table.entry_key(index, item)?, table.entry(index, item)))
    };
    match (entry(old), entry(new)) {
        (None, None) => None,
        (None, Some((_, entry))) | (Some((_, entry)), None) => {
            Some(write_units(entry.size_bytes()))
        }
        (Some((old_key, old)), Some((new_key, new))) => {
            let (old_units, new_units) =
                (write_units(old.size_bytes()), write_units(new.size_bytes()));
            if old_key != new_key {
                Some(old_units + new_units)
            } else {
                (old != new).then_some(old_units.max(new_units))
            }
        }
    }
}
