//! Copies of many items, in the background: into a backup, or into a table that is restored.
//!
//! A copy is noted in the store until it is complete, with how far it has come, and goes on from
//! there after a restart. It goes in small transactions, so it blocks nobody; what it copies is
//! the past ([`crate::history`]), so it does not matter what is written meanwhile. Items go into
//! a table through [`crate::write`] as any other item does.

use crate::Dynamodb;
use crate::backup::{self, Backup, BackupState};
use crate::error::Error;
use crate::history::{Found, Past, Source};
use crate::table::Table;
use crate::tables::TableName;
use crate::write::{self, After, Author, Before, Writer};
use bytes::Bytes;
use kv::key::KeyWriter;
use kv::{Order, Space, Txn};
use serde::{Deserialize, Serialize};

/// How many items one transaction copies, at most.
const CHUNK: usize = 500;
/// How many bytes of items, about.
const CHUNK_BYTES: usize = 2 * 1024 * 1024;

/// A copy that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// Never used again.
    pub id: u64,
    pub source: Source,
    /// The table whose history it reads, by its ARN.
    #[serde(default)]
    pub reads: Option<String>,
    pub target: Target,
    /// The position of the last item that was copied.
    #[serde(default)]
    pub after: Option<Vec<u8>>,
    #[serde(default)]
    pub items: i64,
    #[serde(default)]
    pub bytes: i64,
}

/// What items are copied into, by its ARN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Target {
    Backup(String),
    Table(String),
}

/// The items of one transaction.
struct Chunk {
    items: Vec<Found>,
    /// Whether there are no more.
    is_last: bool,
}

impl Copy {
    pub fn new(id: u64, source: Source, target: Target) -> Copy {
        Copy {
            id,
            source,
            reads: None,
            target,
            after: None,
            items: 0,
            bytes: 0,
        }
    }

    /// What the keys of all copies start with.
    fn all() -> KeyWriter {
        KeyWriter::new(Space::Dynamodb).text("copy")
    }

    fn key(id: u64) -> Bytes {
        Copy::all().u64(id).finish()
    }

    /// Notes it, or how far it has come.
    pub fn note(&self, txn: &Txn) {
        txn.put(Copy::key(self.id), kv::record::encode(self));
    }

    /// The copies that a transaction sees.
    ///
    /// # Errors
    /// The store's.
    pub async fn under_way(txn: &Txn) -> Result<Vec<Copy>, Error> {
        let mut copies = Vec::new();
        let mut notes = txn.scan(Copy::all().range(), Order::Ascending);
        while let Some((_, note)) = notes.next().await? {
            copies.push(kv::record::decode(&note)?);
        }
        Ok(copies)
    }

    async fn as_noted(txn: &Txn, id: u64) -> Result<Option<Copy>, Error> {
        match txn.get(&Copy::key(id)).await? {
            Some(note) => Ok(Some(kv::record::decode(&note)?)),
            None => Ok(None),
        }
    }
}

impl Dynamodb {
    /// Carries out every copy that is noted.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn copy_noted(&self) -> Result<(), Error> {
        let range = Copy::all().range();
        let mut notes = self.store.snapshot().scan(range, Order::Ascending);
        while let Some((_, note)) = notes.next().await? {
            let mut copy: Copy = kv::record::decode(&note)?;
            while let Some(next) = self.copy_some(&copy).await? {
                copy = next;
            }
        }
        Ok(())
    }

    /// Copies some items, and answers how far that went; nothing if it is complete.
    async fn copy_some(&self, copy: &Copy) -> Result<Option<Copy>, Error> {
        let chunk = &self.chunk(copy).await?;
        self.transact(Author::Caller, |writer| async move {
            let noted = Copy::as_noted(&writer.txn, copy.id).await?;
            let Some(mut copy) = noted.filter(|noted| noted == copy) else {
                return Ok(None);
            };
            copy.put(self, &writer, &chunk.items).await?;
            if chunk.is_last {
                copy.complete(self, &writer.txn).await?;
                return Ok(None);
            }
            copy.note(&writer.txn);
            Ok(Some(copy))
        })
        .await
    }

    async fn chunk(&self, copy: &Copy) -> Result<Chunk, Error> {
        let snapshot = self.store.snapshot();
        let mut past = Past::new(&snapshot, &copy.source, copy.after.as_deref()).await?;
        let (mut items, mut bytes) = (Vec::new(), 0);
        while items.len() < CHUNK && bytes < CHUNK_BYTES {
            let Some(found) = past.next().await? else {
                return Ok(Chunk {
                    items,
                    is_last: true,
                });
            };
            bytes += found.record.len();
            items.push(found);
        }
        Ok(Chunk {
            items,
            is_last: false,
        })
    }
}

impl Copy {
    async fn put(
        &mut self,
        service: &Dynamodb,
        writer: &Writer,
        items: &[Found],
    ) -> Result<(), Error> {
        match &self.target {
            Target::Backup(arn) => {
                let id = backup::read(&writer.txn, &backup::named(arn)?).await?.id;
                for Found { position, record } in items {
                    let key = KeyWriter::new(Space::DynamodbItem).u64(id).raw(position);
                    writer.txn.put(key.finish(), record.clone());
                }
            }
            Target::Table(arn) => {
                let table = target_table(service, &writer.txn, arn).await?;
                for Found { position, record } in items {
                    let key = table.items_prefix().raw(position).finish();
                    let item = write::decode(record)?;
                    writer.write(&table, key, &Before::Nothing, After::Item(&item));
                }
            }
        }
        for Found { record, .. } in items {
            self.items += 1;
            self.bytes += i64::try_from(write::size_bytes(record)?).unwrap_or(i64::MAX);
        }
        self.after = match items.last() {
            Some(last) => Some(last.position.to_vec()),
            None => self.after.take(),
        };
        Ok(())
    }

    /// Makes the target usable, and gives the source free.
    async fn complete(&self, service: &Dynamodb, txn: &Txn) -> Result<(), Error> {
        match &self.target {
            Target::Backup(arn) => {
                let name = backup::named(arn)?;
                let backup = Backup {
                    state: BackupState::Available,
                    items: self.items,
                    bytes: self.bytes,
                    ..backup::read(txn, &name).await?
                };
                txn.put(name.key(), kv::record::encode(&backup));
            }
            Target::Table(arn) => {
                let table = target_table(service, txn, arn).await?;
                let table = Table {
                    is_filling: false,
                    ..table
                };
                txn.put(named(arn)?.key(), kv::record::encode(&table));
            }
        }
        if let Some(arn) = &self.reads {
            let source = (named(arn)?, self.source.items);
            service
                .leave_past(txn, &source.0, source.1, self.id)
                .await?;
        }
        txn.delete(Copy::key(self.id));
        Ok(())
    }
}

async fn target_table(service: &Dynamodb, txn: &Txn, arn: &str) -> Result<Table, Error> {
    let name = named(arn)?;
    let table = service.any_table_in(txn, &name).await?;
    Ok(Table::clone(&*table.ok_or_else(|| name.no_such_table())?))
}

/// The table that a note names.
fn named(arn: &str) -> Result<TableName, Error> {
    let name = TableName::from_arn(arn);
    Ok(name.ok_or_else(|| kv::Error::Corrupt(kv::Cause::new(Damage(arn.to_owned()))))?)
}

/// A note that names something else than a table.
#[derive(Debug, thiserror::Error)]
#[error("a copy whose table is {0}")]
struct Damage(String);
