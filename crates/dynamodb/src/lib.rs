//! DynamoDB: tables, items and everything that reads or writes them.
//!
//! An operation checks its request in AWS's order, reads the table's record and the items it
//! needs in one transaction or snapshot of the store, decides what changes, and hands every change
//! to the one write path ([`write`]). Typed values, keys and expressions know nothing of the wire
//! or the store. The bytes in the store are specified in `docs/keyspace.md`.

mod access;
mod backup;
mod capacity;
mod change;
mod copy;
mod describe;
mod error;
mod export;
pub mod expression;
mod formats;
mod history;
mod import;
pub mod item;
pub mod key;
mod labelled;
mod legacy;
pub mod number;
mod operations;
pub mod partiql;
mod read;
mod request;
mod resource_policy;
mod restore;
mod schema;
mod settings;
mod statistics;
mod stream;
mod sweep;
mod table;
mod tables;
mod throttle;
mod token;
mod values;
mod write;

pub use error::Error;
pub use operations::streams::Follower;

use base::{Clock, Entropy};
use bytes::Bytes;
use capacity::Consumed;
use error::TableError;
use kv::{Snapshot, Store, Txn};
use s3_folder::Folder;
use service::{Handler, Service};
use statistics::Statistics;
use std::path::PathBuf;
use std::sync::Arc;
use stream::Sequencer;
use table::{Index, Table};
use tables::{TableCache, TableName};
use throttle::{Direction, Throttle};
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
    /// Wakes what copies items in the background.
    copies: Notify,
    /// Wakes exports and imports.
    transfers: Notify,
    /// The buckets, if throughput has bounds.
    throttle: Option<Throttle>,
    /// Where exports go, and imports are from.
    buckets: Folder,
}

impl Service for Dynamodb {
    type Error = Error;
}

/// What can be chosen about the service.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder that stands for S3: exports go to folders in it, and imports are from there.
    pub s3_folder: PathBuf,
    /// Whether throughput is held to what tables may have.
    pub throttling: Throttling,
}

/// Whether requests beyond a table's throughput are refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Throttling {
    #[default]
    Off,
    On,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            s3_folder: PathBuf::from("s3"),
            throttling: Throttling::Off,
        }
    }
}

impl Dynamodb {
    pub fn new(store: Store, clock: Clock, entropy: Entropy) -> Dynamodb {
        Dynamodb::with(store, clock, entropy, Options::default())
    }

    pub fn with(store: Store, clock: Clock, entropy: Entropy, options: Options) -> Dynamodb {
        Dynamodb {
            store,
            clock,
            entropy,
            tables: TableCache::default(),
            statistics: Statistics::default(),
            sequencer: Sequencer::default(),
            recovered: OnceCell::new(),
            work: Notify::new(),
            copies: Notify::new(),
            transfers: Notify::new(),
            buckets: Folder::new(options.s3_folder),
            throttle: match options.throttling {
                Throttling::Off => None,
                Throttling::On => Some(Throttle::default()),
            },
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

    /// The table as a snapshot shows it, if its items may be used.
    async fn table_at(
        &self,
        snapshot: &Snapshot,
        name: &TableName,
    ) -> Result<Option<Arc<Table>>, Error> {
        let table = self.any_table_at(snapshot, name).await?;
        Ok(table.filter(|table| !table.is_filling))
    }

    /// The table as a transaction reads it, if its items may be used; the transaction fails if it
    /// changes meanwhile.
    async fn table_in(&self, txn: &Txn, name: &TableName) -> Result<Option<Arc<Table>>, Error> {
        let table = self.any_table_in(txn, name).await?;
        Ok(table.filter(|table| !table.is_filling))
    }

    /// As [`Dynamodb::table_at`], also of a table that is still being filled.
    async fn any_table_at(
        &self,
        snapshot: &Snapshot,
        name: &TableName,
    ) -> Result<Option<Arc<Table>>, Error> {
        let key = name.key();
        let record: Option<Bytes> = snapshot.get(&key).await?;
        self.tables.meaning(&key, record)
    }

    /// As [`Dynamodb::table_in`], also of a table that is still being filled.
    async fn any_table_in(&self, txn: &Txn, name: &TableName) -> Result<Option<Arc<Table>>, Error> {
        let key = name.key();
        let record: Option<Bytes> = txn.get(&key).await?;
        self.tables.meaning(&key, record)
    }

    /// Lets a request in that reads from a table or one of its indexes.
    ///
    /// # Errors
    /// [`throttle::Throttled`]
    fn admit_read(
        &self,
        table: &Table,
        index: Option<&Index>,
        key: Option<&Bytes>,
    ) -> Result<(), Error> {
        match &self.throttle {
            Some(throttle) => throttle.admit_read(self.clock.now(), table, index, key),
            None => Ok(()),
        }
    }

    /// Takes what a read consumed.
    fn charge_read(&self, table: &Table, consumed: &Consumed, key: Option<&Bytes>) {
        if let Some(throttle) = &self.throttle {
            throttle.charge(self.clock.now(), table, consumed, Direction::Read, key);
        }
    }

    /// The table that an operation is about to change or drop.
    ///
    /// # Errors
    /// [`TableError`] if there is none, or it is still being filled.
    async fn own_table(&self, txn: &Txn, name: &TableName) -> Result<Arc<Table>, Error> {
        match self.any_table_in(txn, name).await? {
            None => Err(name.no_such_table()),
            Some(table) if table.is_filling => Err(TableError::Busy(name.name.clone()).into()),
            Some(table) => Ok(table),
        }
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
                let Some(table) = self.any_table_in(&txn, name).await? else {
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
