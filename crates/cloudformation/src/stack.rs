//! What is kept of a stack: its resources as they were made. `docs/keyspace.md` has the bytes.
//!
//! Each step of a deployment is recorded as soon as it is done, so that a deployment that fails,
//! or whose process ends, is gone on with by the next one.

use crate::document::{self, Map, Value};
use crate::resources::Existing;
use crate::scope::Made;
use base::{AccountId, Region};
use bytes::Bytes;
use kv::key::{KeyReader, KeyWriter};
use kv::{Cause, Order, Space, Store, record};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The kinds of keys, by the byte after the space.
const HEADER: u8 = b'S';
const RESOURCE: u8 = b'R';
const LEFTOVER: u8 = b'L';

/// The stack itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    /// The stack's ARN.
    pub id: String,
    pub outputs: BTreeMap<String, String>,
}

/// A resource of the stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub type_name: String,
    /// What `Ref` gives.
    pub reference: String,
    pub attributes: BTreeMap<String, String>,
    /// The properties it was made with, as JSON.
    properties: String,
    /// SHA-256 of a function's package, in hexadecimal.
    pub package_sha256: Option<String>,
    /// Logical ids of what it refers to: it goes before them.
    pub depends_on: BTreeSet<String>,
    /// Whether all steps of making it were done.
    pub complete: bool,
    /// Whether it stays when it leaves the template.
    pub retain: bool,
}

/// What a stack was when the deployment began.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub header: Option<Header>,
    pub resources: BTreeMap<String, Recorded>,
    /// Replaced resources that are still to be removed, in the order of replacement.
    pub leftovers: BTreeMap<u64, Recorded>,
}

/// One stack's part of the store.
#[derive(Clone)]
pub(crate) struct Stack<'s> {
    pub store: &'s Store,
    pub account: AccountId,
    pub region: &'s Region,
    pub name: &'s str,
}

impl Recorded {
    pub fn new(type_name: &str, made: &Made, properties: &Map) -> Recorded {
        Recorded {
            type_name: type_name.to_owned(),
            reference: made.reference.clone(),
            attributes: made.attributes.clone(),
            properties: document::Node::new(
                document::Mark::default(),
                Value::Map(properties.clone()),
            )
            .to_string(),
            package_sha256: None,
            depends_on: BTreeSet::new(),
            complete: false,
            retain: false,
        }
    }

    pub fn made(&self) -> Made {
        Made {
            reference: self.reference.clone(),
            attributes: self.attributes.clone(),
        }
    }

    /// # Errors
    /// [`kv::Error::Corrupt`] if the recorded properties are none.
    pub fn existing(&self) -> Result<Existing, kv::Error> {
        let damaged = || kv::Error::Corrupt(Cause::new("recorded properties that are no object"));
        let node = document::parse_json(&self.properties).map_err(|_| damaged())?;
        match node.value {
            Value::Map(properties) => Ok(Existing {
                made: self.made(),
                properties,
            }),
            _ => Err(damaged()),
        }
    }
}

impl Stack<'_> {
    fn prefix(&self, kind: u8) -> KeyWriter {
        KeyWriter::new(Space::CloudFormation)
            .byte(kind)
            .account(self.account)
            .text(self.region.as_str())
            .text(self.name)
    }

    fn header_key(&self) -> Bytes {
        self.prefix(HEADER).finish()
    }

    fn resource_key(&self, logical_id: &str) -> Bytes {
        self.prefix(RESOURCE).text(logical_id).finish()
    }

    fn leftover_key(&self, sequence: u64) -> Bytes {
        self.prefix(LEFTOVER).u64(sequence).finish()
    }

    pub async fn load(&self) -> Result<State, kv::Error> {
        let snapshot = self.store.snapshot();
        let mut state = State::default();
        if let Some(bytes) = snapshot.get(&self.header_key()).await? {
            state.header = Some(record::decode(&bytes)?);
        }
        let mut resources = snapshot.scan(self.prefix(RESOURCE).range(), Order::Ascending);
        while let Some((key, value)) = resources.next().await? {
            let logical_id = self.last(&key)?.text()?;
            state.resources.insert(logical_id, record::decode(&value)?);
        }
        let mut leftovers = snapshot.scan(self.prefix(LEFTOVER).range(), Order::Ascending);
        while let Some((key, value)) = leftovers.next().await? {
            let sequence = self.last(&key)?.u64()?;
            state.leftovers.insert(sequence, record::decode(&value)?);
        }
        Ok(state)
    }

    /// Reads a key up to its last part.
    fn last<'k>(&self, key: &'k [u8]) -> Result<KeyReader<'k>, kv::Error> {
        let mut reader = KeyReader::new(Space::CloudFormation, key)?;
        reader.byte()?;
        reader.account()?;
        reader.text()?;
        reader.text()?;
        Ok(reader)
    }

    pub async fn put_header(&self, header: &Header) -> Result<(), kv::Error> {
        self.put(self.header_key(), record::encode(header)).await
    }

    pub async fn put_resource(&self, id: &str, resource: &Recorded) -> Result<(), kv::Error> {
        self.put(self.resource_key(id), record::encode(resource))
            .await
    }

    /// Records a new resource in the place of an old one, which is still to be removed.
    pub async fn replace_resource(
        &self,
        id: &str,
        new: &Recorded,
        sequence: u64,
        old: &Recorded,
    ) -> Result<(), kv::Error> {
        let (key, value) = (self.resource_key(id), record::encode(new));
        let (old_key, old_value) = (self.leftover_key(sequence), record::encode(old));
        let writes = &[(key, value), (old_key, old_value)];
        self.store
            .transact(|txn| async move {
                for (key, value) in writes {
                    txn.put(key.clone(), value.clone());
                }
                Ok(())
            })
            .await
    }

    pub async fn forget_resource(&self, id: &str) -> Result<(), kv::Error> {
        self.delete(self.resource_key(id)).await
    }

    pub async fn forget_leftover(&self, sequence: u64) -> Result<(), kv::Error> {
        self.delete(self.leftover_key(sequence)).await
    }

    pub async fn forget_header(&self) -> Result<(), kv::Error> {
        self.delete(self.header_key()).await
    }

    async fn put(&self, key: Bytes, value: Bytes) -> Result<(), kv::Error> {
        let (key, value) = (&key, &value);
        self.store
            .transact(|txn| async move {
                txn.put(key.clone(), value.clone());
                Ok(())
            })
            .await
    }

    async fn delete(&self, key: Bytes) -> Result<(), kv::Error> {
        let key = &key;
        self.store
            .transact(|txn| async move {
                txn.delete(key.clone());
                Ok(())
            })
            .await
    }
}

#[cfg(test)]
mod tests;
