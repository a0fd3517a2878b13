//! Imports: new tables with the items of files.
//!
//! An import is noted in the store with its table, which nobody may use before it is complete,
//! and carried out in the background. After a restart it is done again from its beginning: items
//! take the place of themselves. If its files cannot be read, the table goes.

mod source;

use crate::Dynamodb;
use crate::error::{Error, ExportError};
use crate::export::{State, TransferError};
use crate::item::{Item, MAX_DEPTH};
use crate::labelled::{Kind, Labelled};
use crate::request::check_size;
use crate::sweep::Dropped;
use crate::table::{Origin, Table};
use crate::values::ValueError;
use crate::write::{self, After, Author, Writer};
use kv::Order;
use s3_folder::S3Error;
use serde::{Deserialize, Serialize};
use source::Batch;
use tokio::sync::mpsc;

/// How many batches wait to be written.
const WAITING: usize = 2;

/// An import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    pub arn: String,
    pub wanted: Wanted,
    /// The table as it was made.
    pub table: Table,
    pub started_ms: i64,
    #[serde(default)]
    pub ended_ms: Option<i64>,
    pub state: State,
    #[serde(default)]
    pub counts: Counts,
}

/// What a request asks for, beside the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    pub bucket: String,
    pub bucket_owner: Option<String>,
    pub prefix: Option<String>,
    pub format: InputFormat,
    pub compression: Compression,
    pub client_token: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InputFormat {
    DynamodbJson,
    Ion,
    Csv {
        delimiter: Option<char>,
        /// The names of the columns; they are on the first line of each file if not here.
        header: Option<Vec<String>>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compression {
    Gzip,
    Zstd,
    None,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Bytes of the files.
    pub bytes: i64,
    /// Records, whether they are items or not.
    pub processed: i64,
    pub imported: i64,
    pub errors: i64,
}

/// The import that an ARN names.
///
/// # Errors
/// [`ExportError::ImportNotFound`]
pub fn named(arn: &str) -> Result<Labelled, Error> {
    let name = Labelled::from_arn(Kind::Import, arn);
    Ok(name.ok_or_else(|| ExportError::ImportNotFound(arn.to_owned()))?)
}

impl Dynamodb {
    /// Carries out every import that is noted.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn import_noted(&self) -> Result<(), Error> {
        let range = Kind::Import.all().range();
        let mut records = self.store.snapshot().scan(range, Order::Ascending);
        let mut done = Ok(());
        while let Some((_, record)) = records.next().await? {
            let import: Import = kv::record::decode(&record)?;
            if import.state == State::InProgress {
                // What keeps one from being made does not keep the others.
                done = done.and(self.carry_out(import).await);
            }
        }
        done
    }

    async fn carry_out(&self, import: Import) -> Result<(), Error> {
        let state = match self.import(&import).await {
            Ok(counts) => (State::Completed, counts),
            Err(TransferError::Table(error)) => return Err(error),
            Err(TransferError::S3(error)) => {
                tracing::warn!(%error, import = import.arn, "an import failed");
                (State::from(&error), Counts::default())
            }
        };
        let ended = &Import {
            state: state.0,
            counts: state.1,
            ended_ms: Some(self.clock.now().as_millis()),
            ..import
        };
        let name = &named(&ended.arn)?;
        self.store
            .transact(|txn| async move {
                txn.put(name.key(), kv::record::encode(ended));
                let table = self.any_table_in(&txn, &name.table).await?;
                match table {
                    Some(table) if ended.state == State::Completed => {
                        let table = Table {
                            is_filling: false,
                            ..Table::clone(&table)
                        };
                        txn.put(name.table.key(), kv::record::encode(&table));
                    }
                    _ => {
                        txn.delete(name.table.key());
                        let (table, index) = (ended.table.id, None);
                        Dropped { table, index }.note(&txn);
                    }
                }
                Ok::<(), Error>(())
            })
            .await?;
        self.work.notify_one();
        Ok(())
    }

    async fn import(&self, import: &Import) -> Result<Counts, TransferError> {
        let (batches, mut read) = mpsc::channel(WAITING);
        let (folder, source) = (self.buckets.clone(), import.clone());
        let reading = tokio::task::spawn_blocking(move || source::read(&folder, &source, &batches));
        let mut counts = Counts::default();
        while let Some(batch) = read.recv().await {
            self.import_batch(&import.table, batch, &mut counts).await?;
        }
        let bytes = reading.await.map_err(|_| S3Error::NoBucket)??;
        Ok(Counts { bytes, ..counts })
    }

    async fn import_batch(
        &self,
        table: &Table,
        batch: Batch,
        counts: &mut Counts,
    ) -> Result<(), Error> {
        counts.processed += batch.records;
        let mut good = Vec::with_capacity(batch.items.len());
        for item in batch.items {
            match check(table, &item) {
                Ok(()) => good.push(item),
                Err(error) => tracing::debug!(?error, "an item that cannot be imported"),
            }
        }
        let good_count = i64::try_from(good.len()).unwrap_or(i64::MAX);
        let items = &good;
        self.transact(Author::Caller, |writer| put(writer, table, items))
            .await?;
        counts.imported += good_count;
        counts.errors += batch.records - good_count;
        Ok(())
    }
}

async fn put(writer: Writer, table: &Table, items: &[Item]) -> Result<(), Error> {
    for item in items {
        if let Some(key) = table.item_key(item) {
            let before = write::read(&writer.txn, &key).await?;
            writer.write(table, key, &before, After::Item(item));
        }
    }
    Ok(())
}

/// What any item has to be that is put into a table.
fn check(table: &Table, item: &Item) -> Result<(), Error> {
    table.key.check_item(item)?;
    table.check_index_keys(item, Origin::Put, |_| true)?;
    check_size(item)?;
    if item.depth() > MAX_DEPTH {
        return Err(ValueError::TooDeep.into());
    }
    Ok(())
}
