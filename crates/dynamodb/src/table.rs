//! Tables and indexes as they are kept, and what follows from their definition.
//!
//! A [`Table`] is a stored record: fields may be added with a default, nothing else may change
//! without a new record version. It knows no operation and no wire shape.

mod index;

pub use index::{Index, IndexState, Projection, Reach};

use crate::error::{Error, ParameterError};
use crate::expression::{Condition, Update};
use crate::history::History;
use crate::item::{Item, Path, Type, Value};
use crate::key::{Ending, KeyAttribute, KeyError, KeySchema, Position};
use crate::number::Number;
use crate::resource_policy::ResourcePolicy;
use crate::settings::Settings;
use base::Timestamp;
use bytes::Bytes;
use kv::Space;
use kv::key::KeyWriter;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Names its items, indexes and stream in the key space; never used again for another table.
    pub id: u64,
    /// The id that AWS shows, a UUID.
    pub uuid: String,
    pub name: String,
    pub arn: String,
    pub created_at_ms: i64,
    /// In the order in which they were given.
    pub attributes: Vec<KeyAttribute>,
    pub key: KeySchema,
    #[serde(default)]
    pub indexes: Vec<Index>,
    /// The id of the next index; see [`Index::id`].
    #[serde(default)]
    pub next_index_id: u64,
    pub billing: Billing,
    pub throughput: Throughput,
    #[serde(default)]
    pub on_demand: OnDemand,
    #[serde(default)]
    pub warm: Option<Warm>,
    #[serde(default)]
    pub class: Option<Class>,
    #[serde(default)]
    pub deletion_protection: bool,
    #[serde(default)]
    pub stream: Option<TableStream>,
    #[serde(default)]
    pub encryption: Option<Encryption>,
    #[serde(default)]
    pub time_to_live: Option<TimeToLive>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The policy that is attached to it.
    #[serde(default)]
    pub policy: Option<ResourcePolicy>,
    /// Settings without effect.
    #[serde(default)]
    pub settings: Settings,
    /// What is remembered of the past of its items.
    #[serde(default)]
    pub history: Option<History>,
    /// What it was restored from.
    #[serde(default)]
    pub restore: Option<Restore>,
    /// Whether its first items are still being copied or imported: until then nobody else may
    /// use it.
    #[serde(default)]
    pub is_filling: bool,
}

/// Where the items of a restored table are from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    #[serde(default)]
    pub backup_arn: Option<String>,
    pub table_arn: String,
    /// The moment whose items it got.
    pub at_ms: i64,
}

/// How a table is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Billing {
    pub mode: BillingMode,
    /// When it last became on-demand, if ever.
    #[serde(default)]
    pub on_demand_since_ms: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BillingMode {
    Provisioned,
    PayPerRequest,
}

/// Provisioned capacity, in units per second; zero for on-demand tables.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throughput {
    pub read: i64,
    pub write: i64,
    #[serde(default)]
    pub increased_at_ms: Option<i64>,
    #[serde(default)]
    pub decreased_at_ms: Option<i64>,
    /// How often it was decreased on the day of the last decrease.
    #[serde(default)]
    pub decreases: i64,
}

/// Ceilings of an on-demand table, in units per second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnDemand {
    #[serde(default)]
    pub max_read: Option<i64>,
    #[serde(default)]
    pub max_write: Option<i64>,
}

/// What a table is prepared for, in units per second, where that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warm {
    pub read: i64,
    pub write: i64,
}

impl Warm {
    /// As much of each as either has.
    #[must_use]
    pub fn max(self, other: Warm) -> Warm {
        Warm {
            read: self.read.max(other.read),
            write: self.write.max(other.write),
        }
    }

    /// What tables and indexes are prepared for from the beginning, and may not ask less than.
    pub fn initial(mode: BillingMode, provisioned: Throughput) -> Warm {
        match mode {
            BillingMode::Provisioned => Warm {
                read: provisioned.read,
                write: provisioned.write,
            },
            BillingMode::PayPerRequest => Warm {
                read: 12_000,
                write: 4_000,
            },
        }
    }
}

/// The table's class, and when it last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    pub infrequent_access: bool,
    #[serde(default)]
    pub changed_at_ms: Option<i64>,
}

/// The last stream that records, or recorded, a table's changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableStream {
    /// See [`crate::stream::Stream::id`].
    pub id: u64,
    pub label: String,
    pub view: StreamView,
    pub enabled: bool,
}

/// When items expire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeToLive {
    /// The attribute that says when, in seconds since 1970.
    pub attribute: String,
    /// Names its entries in the key space, as an index's id does.
    pub id: u64,
    pub state: IndexState,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StreamView {
    KeysOnly,
    NewImage,
    OldImage,
    NewAndOldImages,
}

/// Encryption with a key of one's own, which is only remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    pub key_arn: String,
}

/// How the key attributes of an item came by their values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Origin<'a> {
    /// They stand in the request.
    Put,
    /// An update made them.
    Update(&'a Update),
}

impl Origin<'_> {
    /// What is wrong with an index key of another type: AWS says more of values that stand in the
    /// request.
    fn type_error(self, index: &Index, attribute: &KeyAttribute, actual: Type) -> ParameterError {
        match self {
            Origin::Update(update) if !update.gives(&attribute.name) => {
                ParameterError::UpdatedIndexKeyType
            }
            Origin::Put | Origin::Update(_) => ParameterError::IndexKeyType {
                name: attribute.name.clone(),
                expected: attribute.kind,
                actual,
                index: index.name.clone(),
            },
        }
    }

    fn empty_error(self, index: &Index, attribute: &KeyAttribute) -> ParameterError {
        match self {
            Origin::Put => ParameterError::IndexKeyEmpty {
                name: attribute.name.clone(),
                kind: attribute.kind,
                index: index.name.clone(),
            },
            Origin::Update(_) => ParameterError::UpdatedIndexKeyEmpty(attribute.kind),
        }
    }

    fn size_error(self, error: KeyError) -> Error {
        match self {
            Origin::Put => error.into(),
            Origin::Update(_) => ParameterError::UpdatedIndexKeySize.into(),
        }
    }
}

impl Table {
    pub fn created_at(&self) -> Timestamp {
        Timestamp::from_millis(self.created_at_ms)
    }

    pub fn index(&self, name: &str) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == name)
    }

    pub fn index_arn(&self, index: &str) -> String {
        format!("{}/index/{index}", self.arn)
    }

    pub fn local_indexes(&self) -> impl Iterator<Item = &Index> {
        self.indexes
            .iter()
            .filter(|index| index.reach == Reach::Local)
    }

    pub fn global_indexes(&self) -> impl Iterator<Item = &Index> {
        self.indexes
            .iter()
            .filter(|index| index.reach == Reach::Global)
    }

    /// What it is prepared for.
    pub fn warmth(&self) -> Warm {
        let initial = Warm::initial(self.billing.mode, self.throughput);
        self.warm.map_or(initial, |warm| warm.max(initial))
    }

    /// What one of its indexes is prepared for.
    pub fn warmth_of(&self, index: &Index) -> Warm {
        let initial = Warm::initial(self.billing.mode, index.throughput);
        index.warm.map_or(initial, |warm| warm.max(initial))
    }

    /// Adds definitions of attributes that have none yet, and drops those that no key uses.
    pub fn define(&mut self, definitions: Vec<KeyAttribute>) {
        for definition in definitions {
            if self
                .attributes
                .iter()
                .all(|attribute| attribute.name != definition.name)
            {
                self.attributes.push(definition);
            }
        }
        let (key, indexes) = (&self.key, &self.indexes);
        self.attributes.retain(|attribute| {
            key.contains(&attribute.name)
                || indexes
                    .iter()
                    .any(|index| index.key.contains(&attribute.name))
        });
    }

    /// What the keys of all items start with.
    pub fn items_prefix(&self) -> KeyWriter {
        KeyWriter::new(Space::DynamodbItem).u64(self.id)
    }

    /// Where an item with these key attributes is kept; nothing if some are missing.
    pub fn item_key(&self, item: &Item) -> Option<Bytes> {
        let position = Position::of(self.items_prefix(), &self.key, item, Ending::Open)?;
        Some(position.finish())
    }

    /// What the keys of all entries of an index start with.
    pub fn index_prefix(&self, index: &Index) -> KeyWriter {
        KeyWriter::new(Space::DynamodbIndex)
            .u64(self.id)
            .u64(index.id)
    }

    /// Where the entry of an item is kept in an index; nothing if the item is not in it.
    pub fn entry_key(&self, index: &Index, item: &Item) -> Option<Bytes> {
        if !index.holds(item) {
            return None;
        }
        let prefix = self.index_prefix(index);
        let position = Position::of(prefix, &index.key, item, Ending::Closed)?;
        position.entry(&self.key, item)
    }

    /// Where it is noted when an item expires, which is kept at `key`; nothing if it never does.
    pub fn expiry_key(&self, item: &Item, key: &[u8]) -> Option<Bytes> {
        let time_to_live = self.time_to_live.as_ref()?;
        let Some(Value::N(at)) = item.get(&time_to_live.attribute) else {
            return None;
        };
        Some(self.expiry_prefix(time_to_live, at).raw(key).finish())
    }

    /// What the notes of all items start with that expire at some time.
    pub fn expiry_prefix(&self, time_to_live: &TimeToLive, at: &Number) -> KeyWriter {
        let mut bytes = Vec::with_capacity(24);
        at.encode_ordered(&mut bytes);
        self.expiries_prefix(time_to_live).raw(&bytes)
    }

    /// What the notes of all items start with that expire.
    pub fn expiries_prefix(&self, time_to_live: &TimeToLive) -> KeyWriter {
        KeyWriter::new(Space::DynamodbIndex)
            .u64(self.id)
            .u64(time_to_live.id)
    }

    /// An id for an index or the like.
    pub fn new_index_id(&mut self) -> u64 {
        let id = self.next_index_id.max(1);
        self.next_index_id = id + 1;
        id
    }

    /// What an index keeps of an item that is in it.
    pub fn entry<'a>(&self, index: &Index, item: &'a Item) -> Cow<'a, Item> {
        match &index.projection {
            Projection::All => Cow::Borrowed(item),
            Projection::KeysOnly => Cow::Owned(self.entry_with(index, item, &[])),
            Projection::Include(names) => Cow::Owned(self.entry_with(index, item, names)),
        }
    }

    fn entry_with(&self, index: &Index, item: &Item, names: &[String]) -> Item {
        let keys = self.key.attributes().chain(index.key.attributes());
        let names = keys.map(|attribute| &attribute.name).chain(names);
        let present = names.filter_map(|name| Some((name.clone(), item.get(name)?.clone())));
        present.collect()
    }

    /// Whether an index keeps this attribute of its items.
    pub fn is_projected(&self, index: &Index, name: &str) -> bool {
        match &index.projection {
            Projection::All => true,
            Projection::KeysOnly => self.key.contains(name) || index.key.contains(name),
            Projection::Include(names) => {
                self.key.contains(name)
                    || index.key.contains(name)
                    || names.iter().any(|included| included == name)
            }
        }
    }

    /// The attributes that tell where a read of the table or of an index stopped.
    pub fn last_key(&self, index: Option<&Index>, item: &Item) -> Item {
        let keys = index.into_iter().flat_map(|index| index.key.attributes());
        let keys = keys.chain(self.key.attributes());
        let present = keys.filter_map(|attribute| {
            Some((attribute.name.clone(), item.get(&attribute.name)?.clone()))
        });
        present.collect()
    }

    /// Checks the index key attributes of an item, of those that `changed` names as different.
    ///
    /// # Errors
    /// [`ParameterError`] for the first that no index could take, by the indexes' names.
    pub fn check_index_keys(
        &self,
        item: &Item,
        origin: Origin<'_>,
        changed: impl Fn(&str) -> bool,
    ) -> Result<(), Error> {
        let mut indexes: Vec<&Index> = self.indexes.iter().collect();
        indexes.sort_by_key(|index| &index.name);
        for index in indexes {
            for attribute in index.key.attributes() {
                let Some(value) = item.get(&attribute.name) else {
                    continue;
                };
                if self.key.contains(&attribute.name) || !changed(&attribute.name) {
                    continue;
                }
                check_index_key(index, attribute, value, origin)?;
            }
            if index
                .key
                .attributes()
                .any(|attribute| changed(&attribute.name))
            {
                let sizes = index.key.check_sizes(item);
                sizes.map_err(|error| origin.size_error(error))?;
            }
        }
        Ok(())
    }

    /// Refuses conditions and the like that look into key attributes.
    ///
    /// # Errors
    /// [`ParameterError::KeyPath`]
    pub fn check_condition_paths(&self, condition: &Condition) -> Result<(), Error> {
        let mut dissected = None;
        condition.for_each_path(&mut |path| {
            if dissected.is_none() && !path.steps.is_empty() {
                dissected = self.key_path_error(&path.root);
            }
        });
        dissected.map_or(Ok(()), |error| Err(error.into()))
    }

    /// See [`Table::check_condition_paths`].
    pub fn check_update_paths(&self, update: &Update) -> Result<(), Error> {
        let mut dissected = None;
        update.for_each_path(&mut |path| {
            if dissected.is_none() && !path.steps.is_empty() {
                dissected = self.key_path_error(&path.root);
            }
        });
        dissected.map_or(Ok(()), |error| Err(error.into()))
    }

    /// See [`Table::check_condition_paths`].
    pub fn check_dissected<'a>(
        &self,
        mut names: impl Iterator<Item = &'a str>,
    ) -> Result<(), Error> {
        names
            .find_map(|name| self.key_path_error(name))
            .map_or(Ok(()), |error| Err(error.into()))
    }

    fn key_path_error(&self, name: &str) -> Option<ParameterError> {
        let in_index = self.indexes.iter().any(|index| index.key.contains(name));
        if self.key.contains(name) {
            Some(ParameterError::KeyPath {
                name: name.to_owned(),
                is_index: false,
            })
        } else {
            in_index.then(|| ParameterError::KeyPath {
                name: name.to_owned(),
                is_index: true,
            })
        }
    }

    /// # Errors
    /// [`ParameterError::KeyUpdate`] if an update writes to a key attribute.
    pub fn check_updated<'a>(
        &self,
        mut paths: impl Iterator<Item = &'a Path>,
    ) -> Result<(), Error> {
        match paths.find(|path| self.key.contains(&path.root)) {
            Some(path) => Err(ParameterError::KeyUpdate(path.root.clone()).into()),
            None => Ok(()),
        }
    }
}

fn check_index_key(
    index: &Index,
    attribute: &KeyAttribute,
    value: &Value,
    origin: Origin<'_>,
) -> Result<(), ParameterError> {
    let actual: Type = value.type_of();
    if actual != attribute.kind {
        return Err(origin.type_error(index, attribute, actual));
    }
    if crate::key::is_empty(value) {
        return Err(origin.empty_error(index, attribute));
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
