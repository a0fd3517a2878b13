//! Groups and streams as they are stored: keys and records.

use crate::LogsError;
use base::Timestamp;
use bytes::Bytes;
use kv::key::{KeyReader, KeyWriter};
use kv::{KeyRange, Snapshot, Space, Txn, record};
use serde::{Deserialize, Serialize};
use service::Caller;
use std::collections::BTreeMap;

/// A log group. Its name is in its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Group {
    pub created_ms: i64,
    /// How long events are kept; for ever if there is no number.
    pub retention_days: Option<i32>,
    pub kms_key_id: Option<String>,
    pub class: String,
    #[serde(default)]
    pub deletion_protected: bool,
    pub tags: BTreeMap<String, String>,
    #[serde(default)]
    pub subscriptions: Vec<Subscription>,
}

/// What a function gets of a group's events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    pub name: String,
    /// See [`crate::filter`].
    pub pattern: String,
    pub destination_arn: String,
    pub role_arn: Option<String>,
    pub distribution: String,
    pub created_ms: i64,
}

/// A policy of an account in a region. Its name is in its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResourcePolicy {
    pub document: String,
    pub updated_ms: i64,
}

/// A log stream. Its name is in its key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stream {
    pub created_ms: i64,
    pub first_event_ms: Option<i64>,
    pub last_event_ms: Option<i64>,
    pub last_ingestion_ms: Option<i64>,
    /// The number of the next event; events of one millisecond are told apart by it.
    pub next_sequence: u64,
}

const GROUP: u8 = 1;
const STREAM: u8 = 2;
const RESOURCE_POLICY: u8 = 3;

/// Which group, in which account and region.
#[derive(Clone, Copy, Debug)]
pub struct GroupPath<'a> {
    pub caller: &'a Caller,
    pub group: &'a str,
}

fn scoped(space: Space, kind: u8, caller: &Caller) -> KeyWriter {
    KeyWriter::new(space)
        .byte(kind)
        .account(caller.account)
        .text(caller.region.as_str())
}

/// All groups whose names start with `prefix`.
pub fn groups_range(caller: &Caller, prefix: &str) -> KeyRange {
    scoped(Space::Logs, GROUP, caller)
        .open_bytes(prefix.as_bytes())
        .range()
}

/// All policies of an account in a region.
pub fn resource_policies_range(caller: &Caller) -> KeyRange {
    scoped(Space::Logs, RESOURCE_POLICY, caller).range()
}

pub fn resource_policy_key(caller: &Caller, name: &str) -> Bytes {
    scoped(Space::Logs, RESOURCE_POLICY, caller)
        .text(name)
        .finish()
}

/// The name in the key of a group or of a policy.
pub fn name_of(key: &[u8]) -> Result<String, kv::Error> {
    let mut reader = KeyReader::new(Space::Logs, key)?;
    reader.byte()?;
    reader.account()?;
    reader.text()?;
    reader.text()
}

/// The stream's name in a stream's key.
pub fn stream_name(key: &[u8]) -> Result<String, kv::Error> {
    let mut reader = KeyReader::new(Space::Logs, key)?;
    reader.byte()?;
    reader.account()?;
    reader.text()?;
    reader.text()?;
    reader.text()
}

impl GroupPath<'_> {
    pub fn key(&self) -> Bytes {
        scoped(Space::Logs, GROUP, self.caller)
            .text(self.group)
            .finish()
    }

    pub fn stream_key(&self, stream: &str) -> Bytes {
        scoped(Space::Logs, STREAM, self.caller)
            .text(self.group)
            .text(stream)
            .finish()
    }

    /// All streams whose names start with `prefix`.
    pub fn streams_range(&self, prefix: &str) -> KeyRange {
        let group = scoped(Space::Logs, STREAM, self.caller).text(self.group);
        group.open_bytes(prefix.as_bytes()).range()
    }

    /// Where a stream's events are; see [`crate::event`].
    pub fn events(&self, stream: &str) -> KeyWriter {
        let scope = KeyWriter::new(Space::LogsEvent).account(self.caller.account);
        scope
            .text(self.caller.region.as_str())
            .text(self.group)
            .text(stream)
    }

    /// The group, within a transaction.
    pub async fn load(&self, txn: &Txn) -> Result<Group, LogsError> {
        let stored = txn.get(&self.key()).await?.ok_or(LogsError::NoSuchGroup)?;
        Ok(record::decode(&stored)?)
    }

    /// The group, from a snapshot.
    pub async fn read(&self, snapshot: &Snapshot) -> Result<Group, LogsError> {
        let stored = snapshot
            .get(&self.key())
            .await?
            .ok_or(LogsError::NoSuchGroup)?;
        Ok(record::decode(&stored)?)
    }

    /// The stream, within a transaction.
    pub async fn load_stream(&self, txn: &Txn, stream: &str) -> Result<Stream, LogsError> {
        let stored = txn
            .get(&self.stream_key(stream))
            .await?
            .ok_or(LogsError::NoSuchStream)?;
        Ok(record::decode(&stored)?)
    }

    pub fn save(&self, txn: &Txn, group: &Group) {
        txn.put(self.key(), record::encode(group));
    }

    pub fn save_stream(&self, txn: &Txn, name: &str, stream: &Stream) {
        txn.put(self.stream_key(name), record::encode(stream));
    }
}

impl Group {
    /// Events before this moment are gone.
    pub fn horizon(&self, now: Timestamp) -> i64 {
        let kept = self.retention_days.map(|days| i64::from(days) * 86_400_000);
        kept.map_or(i64::MIN, |kept| now.as_millis().saturating_sub(kept))
    }
}
