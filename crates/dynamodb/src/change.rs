//! One write of one item, as a request asks for it: what it demands and what it does.
//!
//! Single writes, batches and transactions all decide what they write here, and write it through
//! [`crate::write`].

use crate::Dynamodb;
use crate::capacity::Consumed;
use crate::error::{Error, ParameterError};
use crate::expression::Update;
use crate::item::answered;
use crate::item::{Item, MAX_DEPTH, MAX_ITEM_BYTES};
use crate::key::KeyError;
use crate::request::Guard;
use crate::table::{Origin, Table};
use crate::tables::TableName;
use crate::write::{self, After, Author, Before, Writer};
use bytes::Bytes;
use std::borrow::Cow;
use std::sync::Arc;
use wire::dynamodb::{ItemCollectionMetrics, ReturnItemCollectionMetrics};

/// A write of one item.
#[derive(Debug, Clone)]
pub struct Change {
    pub guard: Guard,
    pub effect: Effect,
}

/// What a change does to the item, which is found by its key attributes.
#[derive(Debug, Clone)]
pub enum Effect {
    Put(Item),
    Update {
        key: Item,
        update: Update,
    },
    Delete {
        key: Item,
    },
    /// Nothing: only the guard counts.
    Check {
        key: Item,
    },
}

/// Whether a change reads the item that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Only if what is written depends on it.
    IfNeeded,
    /// The answer tells about it.
    Always,
}

impl Look {
    pub fn always_if(is_asked_for: bool) -> Look {
        if is_asked_for {
            Look::Always
        } else {
            Look::IfNeeded
        }
    }
}

/// What a change has made of an item.
#[derive(Debug)]
pub struct Outcome<'a> {
    pub before: Before,
    pub after: Option<Cow<'a, Item>>,
    pub consumed: Consumed,
}

impl Change {
    /// The key attributes of the item, perhaps among others.
    pub fn key(&self) -> &Item {
        match &self.effect {
            Effect::Put(item) => item,
            Effect::Update { key, .. } | Effect::Delete { key } | Effect::Check { key } => key,
        }
    }

    /// Checks everything that needs the table and not yet the item, and tells where that is.
    ///
    /// # Errors
    /// [`Error`] with what AWS reports first.
    pub fn locate(&self, table: &Table) -> Result<Bytes, Error> {
        match &self.effect {
            Effect::Put(item) => {
                table.key.check_item(item)?;
                table.check_index_keys(item, Origin::Put, |_| true)?;
            }
            Effect::Update { key, update } => {
                table.key.check_key(key)?;
                if update.charge_bytes() > MAX_ITEM_BYTES {
                    return Err(ParameterError::UpdatedItemSize.into());
                }
                table.check_updated(update.paths())?;
                table.check_update_paths(update)?;
            }
            Effect::Delete { key } | Effect::Check { key } => table.key.check_key(key)?,
        }
        if let Some(condition) = self.guard.condition() {
            table.check_condition_paths(condition)?;
        }
        Ok(table.item_key(self.key()).ok_or(KeyError::Schema)?)
    }

    fn needs_before(&self, table: &Table, look: Look) -> bool {
        let is_replacing = matches!(self.effect, Effect::Put(_) | Effect::Delete { .. });
        look == Look::Always
            || !is_replacing
            || self.guard.condition().is_some()
            || table.needs_before()
    }

    /// Makes the change in a transaction.
    ///
    /// # Errors
    /// [`Error`] with what AWS reports first.
    pub async fn make(
        &self,
        writer: &Writer,
        table: &Table,
        key: Bytes,
        look: Look,
    ) -> Result<Outcome<'_>, Error> {
        writer.admit(table, &key)?;
        let charged = key.clone();
        let before = match self.needs_before(table, look) {
            true => write::read(&writer.txn, &key).await?,
            false => Before::Unread,
        };
        self.guard.check(&before)?;
        let after = self.after(table, &before)?;
        let consumed = match (&self.effect, &after) {
            (Effect::Check { .. }, _) => write::untouched(&before),
            (_, Some(item)) => writer.write(table, key, &before, After::Item(item)),
            (_, None) => writer.write(table, key, &before, After::Nothing),
        };
        writer.charge(table, &consumed, &charged);
        Ok(Outcome {
            before,
            after,
            consumed,
        })
    }

    /// The item as it is to be.
    fn after(&self, table: &Table, before: &Before) -> Result<Option<Cow<'_, Item>>, Error> {
        match &self.effect {
            Effect::Put(item) => Ok(Some(Cow::Borrowed(item))),
            Effect::Update { update, .. } if before.item().is_none() && update.only_removes() => {
                Ok(None)
            }
            Effect::Update { key, update } => {
                Ok(Some(Cow::Owned(updated(table, before, key, update)?)))
            }
            Effect::Delete { .. } => Ok(None),
            Effect::Check { .. } => Ok(before.item().cloned().map(Cow::Owned)),
        }
    }
}

fn updated(table: &Table, before: &Before, key: &Item, update: &Update) -> Result<Item, Error> {
    let mut item = before.or_empty();
    if item.is_empty() {
        item = key.clone();
    }
    update.apply(&mut item)?;
    if item.depth() > MAX_DEPTH {
        return Err(ParameterError::UpdatedDepth.into());
    }
    if item.size_bytes() > MAX_ITEM_BYTES {
        return Err(ParameterError::UpdatedItemSize.into());
    }
    let is_changed = |name: &str| before.item().and_then(|old| old.get(name)) != item.get(name);
    table.check_index_keys(&item, Origin::Update(update), is_changed)?;
    Ok(item)
}

impl Dynamodb {
    /// Makes one change in a transaction of its own.
    ///
    /// # Errors
    /// [`Error`] with what AWS reports first.
    pub(crate) async fn change<'a>(
        &self,
        name: &TableName,
        change: &'a Change,
        look: Look,
    ) -> Result<(Arc<Table>, Outcome<'a>), Error> {
        self.transact(Author::Caller, |writer| async move {
            let table = self
                .table_in(&writer.txn, name)
                .await?
                .ok_or_else(|| name.not_found())?;
            let key = change.locate(&table)?;
            let outcome = change.make(&writer, &table, key, look).await?;
            Ok((table, outcome))
        })
        .await
    }
}

/// What an answer tells of the item collection that was written to: of tables with local indexes
/// only, the key, and the size as DynamoDB's own estimate goes, in whole gigabytes.
pub fn metrics(
    table: &Table,
    wanted: Option<ReturnItemCollectionMetrics>,
    item: &Item,
) -> Option<ItemCollectionMetrics> {
    let is_wanted = wanted == Some(ReturnItemCollectionMetrics::Size);
    if !is_wanted || table.local_indexes().next().is_none() {
        return None;
    }
    let names = table.key.partition.iter().map(|attribute| &attribute.name);
    let key = names.filter_map(|name| Some((name.clone(), item.get(name)?.clone())));
    Some(ItemCollectionMetrics {
        item_collection_key: Some(answered(&key.collect())),
        size_estimate_range_gb: Some(vec![0.0, 1.0]),
    })
}
