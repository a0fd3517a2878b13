//! Secondary indexes.

use super::{OnDemand, Throughput, Warm};
use crate::item::Item;
use crate::key::{KeyAttribute, KeySchema};
use serde::{Deserialize, Serialize};

/// A secondary index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Index {
    /// Names its entries in the key space; unique in the table for ever.
    pub id: u64,
    pub name: String,
    pub reach: Reach,
    pub key: KeySchema,
    pub projection: Projection,
    #[serde(default)]
    pub state: IndexState,
    #[serde(default)]
    pub throughput: Throughput,
    #[serde(default)]
    pub on_demand: OnDemand,
    #[serde(default)]
    pub warm: Option<Warm>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Within a partition of the table.
    Local,
    Global,
}

/// Whether an index has caught up with its table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum IndexState {
    /// It has; every write keeps it so.
    #[default]
    Active,
    /// Writes keep it up, and older items are still being added.
    Backfilling,
}

/// What an index keeps of its items, beside the keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Projection {
    All,
    KeysOnly,
    Include(Vec<String>),
}

impl Index {
    /// Whether an item has all the key attributes, of the right types and sizes. Items that were
    /// there before the index may have others.
    pub fn holds(&self, item: &Item) -> bool {
        let fits = |attribute: &KeyAttribute| {
            item.get(&attribute.name).is_some_and(|value| {
                value.type_of() == attribute.kind && !crate::key::is_empty(value)
            })
        };
        self.key.attributes().all(fits) && self.key.check_sizes(item).is_ok()
    }
}
