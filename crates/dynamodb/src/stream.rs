//! Streams: what happened to the items of a table, in order, for a day.
//!
//! A change record is written in the transaction of its change. Its sequence number is taken
//! while that runs ([`sequence`]), so numbers are in the order of the changes of an item; readers
//! stay behind the first number whose transaction has not ended, so they never pass one by.
//! Shards are stretches of time ([`Shard`]): nothing is stored for them.

pub mod iterator;
pub mod record;
mod sequence;
mod shard;

pub use sequence::{Sequencer, Ticket};
pub use shard::{Shard, parse_sequence, sequence_of, sequence_text};

use crate::Dynamodb;
use crate::error::Error;
use crate::history::noted_moment;
use crate::key::KeySchema;
use crate::resource_policy::ResourcePolicy;
use crate::table::{StreamView, Table, TableStream};
use crate::tables::{TableName, next_id};
use base::{AccountId, Arn, Region, Timestamp};
use bytes::Bytes;
use kv::key::{KeyReader, KeyWriter};
use kv::{Order, Snapshot, Space, Txn};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long change records are kept.
pub const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

/// A stream, which outlives its table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stream {
    /// Names its records in the key space; never used again.
    pub id: u64,
    pub table: String,
    pub label: String,
    pub view: StreamView,
    pub key: KeySchema,
    pub created_at_ms: i64,
    /// When it ended, if it did.
    #[serde(default)]
    pub disabled_at_ms: Option<i64>,
    /// The policy that is attached to it.
    #[serde(default)]
    pub policy: Option<ResourcePolicy>,
}

/// The name of a stream, with where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamName {
    pub table: TableName,
    pub label: String,
}

impl StreamName {
    /// The stream that an ARN names.
    pub fn from_arn(text: &str) -> Option<StreamName> {
        let table = TableName::from_arn(text)?;
        let arn: Arn = text.parse().ok()?;
        let (_, label) = arn.resource().split_once("/stream/")?;
        let name = StreamName {
            table,
            label: label.to_owned(),
        };
        (name.arn() == text).then_some(name)
    }

    pub fn arn(&self) -> String {
        format!("{}/stream/{}", self.table.arn(), self.label)
    }

    /// Where the stream's record is kept.
    pub fn key(&self) -> Bytes {
        let TableName {
            account,
            region,
            name,
        } = &self.table;
        StreamName::prefix(*account, region)
            .text(name)
            .text(&self.label)
            .finish()
    }

    /// What the keys of all streams of an account in a region start with.
    pub fn prefix(account: AccountId, region: &Region) -> KeyWriter {
        KeyWriter::new(Space::Dynamodb)
            .text("stream")
            .account(account)
            .text(region.as_str())
    }
}

impl Stream {
    /// A stream that begins now.
    pub fn new(table: &Table, id: u64, label: String, view: StreamView, now: Timestamp) -> Stream {
        Stream {
            id,
            table: table.name.clone(),
            label,
            view,
            key: table.key.clone(),
            created_at_ms: now.as_millis(),
            disabled_at_ms: None,
            policy: None,
        }
    }

    /// What the keys of all change records start with.
    pub fn records_prefix(id: u64) -> KeyWriter {
        KeyWriter::new(Space::DynamodbStream).u64(id)
    }

    /// Where the change record with a sequence number is kept.
    pub fn record_key(id: u64, sequence: u64) -> Bytes {
        Stream::records_prefix(id).u64(sequence).finish()
    }

    /// The sequence number of the change record at a key.
    ///
    /// # Errors
    /// [`kv::Error::Corrupt`] for other keys.
    pub fn sequence(key: &[u8]) -> Result<u64, kv::Error> {
        let mut key = KeyReader::new(Space::DynamodbStream, key)?;
        key.u64()?;
        key.u64()
    }

    /// The first sequence number that is still kept.
    pub fn horizon(now: Timestamp) -> u64 {
        sequence_of(now.saturating_sub(RETENTION))
    }

    /// Whether nothing of it is left.
    pub fn is_over(&self, now: Timestamp) -> bool {
        let end = self.disabled_at_ms.map(Timestamp::from_millis);
        end.is_some_and(|end| end.saturating_add(RETENTION) <= now)
    }

    /// Begins a stream of a table, in the transaction that changes the table.
    ///
    /// # Errors
    /// The store's.
    pub async fn open(
        txn: &Txn,
        name: &TableName,
        table: &mut Table,
        view: StreamView,
        now: Timestamp,
    ) -> Result<(), Error> {
        let id = next_id(txn).await?;
        let mut labelled = now;
        loop {
            let label = labelled.iso8601().trim_end_matches('Z').to_owned();
            let key = StreamName {
                table: name.clone(),
                label: label.clone(),
            }
            .key();
            if txn.get(&key).await?.is_none() {
                let stream = Stream::new(table, id, label.clone(), view, now);
                txn.put(key, kv::record::encode(&stream));
                table.stream = Some(TableStream {
                    id,
                    label,
                    view,
                    enabled: true,
                });
                return Ok(());
            }
            labelled = labelled.saturating_add(Duration::from_millis(1));
        }
    }

    /// Ends the stream of a table, if there is one, in the transaction that changes the table.
    ///
    /// # Errors
    /// The store's.
    pub async fn close(
        txn: &Txn,
        name: &TableName,
        table: &mut Table,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(current) = table.stream.as_mut().filter(|stream| stream.enabled) else {
            return Ok(());
        };
        current.enabled = false;
        let key = StreamName {
            table: name.clone(),
            label: current.label.clone(),
        }
        .key();
        if let Some(record) = txn.get(&key).await? {
            let stream: Stream = kv::record::decode(&record)?;
            let disabled_at_ms = Some(now.as_millis());
            txn.put(
                key,
                kv::record::encode(&Stream {
                    disabled_at_ms,
                    ..stream
                }),
            );
        }
        Ok(())
    }
}

impl Dynamodb {
    /// Makes sure that sequence numbers go on behind those that are there.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn recover(&self) -> Result<(), Error> {
        self.recovered
            .get_or_try_init(|| self.pass_stored())
            .await?;
        Ok(())
    }

    async fn pass_stored(&self) -> Result<(), Error> {
        let snapshot = self.store.snapshot();
        let range = KeyWriter::new(Space::Dynamodb).text("stream").range();
        let mut streams = snapshot.scan(range, Order::Ascending);
        while let Some((_, record)) = streams.next().await? {
            let stream: Stream = kv::record::decode(&record)?;
            let range = Stream::records_prefix(stream.id).range();
            if let Some((key, _)) = snapshot.scan(range, Order::Descending).next().await? {
                self.sequencer.pass(Stream::sequence(&key)?);
            }
        }
        self.pass_remembered(&snapshot).await
    }

    async fn pass_remembered(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let range = KeyWriter::new(Space::Dynamodb).text("table").range();
        let mut tables = snapshot.scan(range, Order::Ascending);
        while let Some((_, record)) = tables.next().await? {
            let table: Table = kv::record::decode(&record)?;
            let Some(history) = table.history else {
                continue;
            };
            let mut notes = snapshot.scan(history.moments(), Order::Descending);
            if let Some((note, _)) = notes.next().await? {
                self.sequencer.pass(noted_moment(&note)?);
            }
        }
        Ok(())
    }
}
