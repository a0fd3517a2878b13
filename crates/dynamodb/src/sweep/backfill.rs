//! New indexes, and notes of when items expire, for the items that were there before.
//!
//! Whatever is written meanwhile goes where it belongs by itself; here the older items follow, in
//! the order of their keys, a few in each transaction.

use super::{CHUNK, all_tables};
use crate::Dynamodb;
use crate::error::Error;
use crate::item::record;
use crate::table::{IndexState, Table};
use crate::write::decode;
use bytes::Bytes;
use kv::{KeyRange, Order, Txn};

/// How many bytes of items one transaction looks at, about.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;

/// An index, or the notes of when items expire, that has to catch up with its table.
struct Late {
    /// Where the table's record is.
    key: Bytes,
    table: u64,
    index: u64,
}

impl Dynamodb {
    pub(super) async fn backfill(&self) -> Result<(), Error> {
        let mut tables = self.store.snapshot().scan(all_tables(), Order::Ascending);
        while let Some((key, record)) = tables.next().await? {
            let mut table: Table = kv::record::decode(&record)?;
            let id = table.id;
            for index in late(&mut table) {
                let late = Late {
                    key: key.clone(),
                    table: id,
                    index,
                };
                self.catch_up(&late, table.items_prefix().range()).await?;
            }
        }
        Ok(())
    }

    async fn catch_up(&self, late: &Late, mut rest: KeyRange) -> Result<(), Error> {
        while let Some(last) = self.add_some(late, &rest).await? {
            rest.pass(Some(&last), Order::Ascending);
        }
        self.store
            .transact(|txn| async move {
                let Some(mut table) = late.table(&txn).await? else {
                    return Ok(());
                };
                for (id, state) in states(&mut table) {
                    if id == late.index {
                        *state = IndexState::Active;
                    }
                }
                txn.put(late.key.clone(), kv::record::encode(&table));
                Ok(())
            })
            .await
    }

    /// Adds the entries of some items, and tells the last one's key unless there are no more.
    async fn add_some(&self, late: &Late, rest: &KeyRange) -> Result<Option<Bytes>, Error> {
        self.store
            .transact(|txn| async move {
                let Some(table) = late.table(&txn).await? else {
                    return Ok(None);
                };
                let mut items = txn.scan(rest.clone(), Order::Ascending);
                let (mut count, mut bytes) = (0, 0);
                loop {
                    let Some((key, item)) = items.next().await? else {
                        return Ok(None);
                    };
                    late.add_entry(&txn, &table, &key, &item)?;
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

impl Late {
    /// The table as it is now, if that is still to be done.
    async fn table(&self, txn: &Txn) -> Result<Option<Table>, Error> {
        let Some(record) = txn.get(&self.key).await? else {
            return Ok(None);
        };
        let mut table: Table = kv::record::decode(&record)?;
        let is_due = table.id == self.table && late(&mut table).contains(&self.index);
        Ok(is_due.then_some(table))
    }

    fn add_entry(&self, txn: &Txn, table: &Table, key: &Bytes, item: &Bytes) -> Result<(), Error> {
        let item = decode(item)?;
        match table.indexes.iter().find(|index| index.id == self.index) {
            Some(index) => {
                if let Some(key) = table.entry_key(index, &item) {
                    txn.put(key, record::encode(&table.entry(index, &item)));
                }
            }
            None => {
                if let Some(note) = table.expiry_key(&item, key) {
                    txn.put(note, key.clone());
                }
            }
        }
        Ok(())
    }
}

/// What of a table has to catch up with it.
fn late(table: &mut Table) -> Vec<u64> {
    let late = states(table).filter(|(_, state)| **state == IndexState::Backfilling);
    late.map(|(id, _)| id).collect()
}

fn states(table: &mut Table) -> impl Iterator<Item = (u64, &mut IndexState)> {
    let indexes = table
        .indexes
        .iter_mut()
        .map(|index| (index.id, &mut index.state));
    indexes.chain(
        table
            .time_to_live
            .iter_mut()
            .map(|ttl| (ttl.id, &mut ttl.state)),
    )
}
