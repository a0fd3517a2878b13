//! DynamoDB: tables, items and everything that reads or writes them.
//!
//! An operation checks its request in AWS's order, reads the table's record and the items it
//! needs in one transaction or snapshot of the store, decides what changes, and hands every change
//! to the one write path ([`write`]). Typed values, keys and expressions know nothing of the wire
//! or the store. The bytes in the store are specified in `docs/keyspace.md`.

mod access;
mod capacity;
mod change;
mod describe;
mod error;
pub mod expression;
pub mod item;
pub mod key;
mod legacy;
pub mod number;
mod operations;
mod read;
mod request;
mod schema;
mod statistics;
mod stream;
mod sweep;
mod table;
mod tables;
mod token;
mod values;
mod write;

pub use error::Error;

use base::{Clock, Entropy};
use bytes::Bytes;
use kv::{Snapshot, Store, Txn};
use service::{Handler, Service};
use statistics::Statistics;
use std::sync::Arc;
use stream::Sequencer;
use table::Table;
use tables::{TableCache, TableName};
use tokio::sync::{Notify, OnceCell};

/// The DynamoDB service over a store.
pub struct Dynamodb {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    tables: TableCache,
    statistics: Statistics,
    sequencer: Sequencer,
    /// Whether the sequencer knows what was before it.
    recovered: OnceCell<()>,
    /// Wakes [`Dynamodb::work`].
    work: Notify,
}

impl Service for Dynamodb {
    type Error = Error;
}

impl Dynamodb {
    pub fn new(store: Store, clock: Clock, entropy: Entropy) -> Dynamodb {
        Dynamodb {
            store,
            clock,
            entropy,
            tables: TableCache::default(),
            statistics: Statistics::default(),
            sequencer: Sequencer::default(),
            recovered: OnceCell::new(),
            work: Notify::new(),
        }
    }

    /// Every operation that is built.
    pub fn handlers() -> Vec<Handler<Dynamodb>> {
        operations::handlers()
    }

    /// Every operation on streams that is built, for the service of its own that they are.
    pub fn stream_handlers() -> Vec<Handler<Dynamodb>> {
        operations::stream_handlers()
    }

    /// The table as a snapshot shows it.
    async fn table_at(
        &self,
        snapshot: &Snapshot,
        name: &TableName,
    ) -> Result<Option<Arc<Table>>, Error> {
        let key = name.key();
        let record: Option<Bytes> = snapshot.get(&key).await?;
        self.tables.meaning(&key, record)
    }

    /// The table as a transaction reads it; the transaction fails if it changes meanwhile.
    async fn table_in(&self, txn: &Txn, name: &TableName) -> Result<Option<Arc<Table>>, Error> {
        let key = name.key();
        let record: Option<Bytes> = txn.get(&key).await?;
        self.tables.meaning(&key, record)
    }

    /// Changes the table's record, and answers what it was and what it is; nothing if there is no
    /// such table.
    async fn change_table(
        &self,
        name: &TableName,
        change: impl Fn(&mut Table) -> Result<(), Error> + Send + Sync,
    ) -> Result<Option<(Arc<Table>, Table)>, Error> {
        let change = &change;
        self.store
            .transact(|txn| async move {
                let Some(table) = self.table_in(&txn, name).await? else {
                    return Ok(None);
                };
                let mut changed = Table::clone(&table);
                change(&mut changed)?;
                txn.put(name.key(), kv::record::encode(&changed));
                Ok(Some((table, changed)))
            })
            .await
    }
}

#[cfg(test)]
mod tests;
