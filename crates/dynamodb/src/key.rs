//! Primary keys and index keys: their schema, their rules, and the order they are stored in.
//!
//! A position in a table is the hash of its partition key, then the partition key, then the sort
//! key, in a form whose byte order is DynamoDB's order: so a Scan walks the hash space as
//! DynamoDB's does, the segments of a parallel scan are contiguous, and a Query is one range.
//! This module knows nothing of expressions and of what else an item holds.

mod position;

pub use position::{Ending, HASH_BYTES, Position, SortCondition, hash_range};

use crate::item::{Item, Type, Value};
use serde::{Deserialize, Serialize};

/// The most bytes a partition key value may have.
pub const MAX_PARTITION_KEY_BYTES: usize = 2048;
/// The most bytes the sort key values may have together.
pub const MAX_SORT_KEY_BYTES: usize = 1024;

/// A key attribute and its type, which is one of [`Type::S`], [`Type::N`] and [`Type::B`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyAttribute {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: Type,
}

/// The key of a table or of an index.
///
/// A table has one partition key attribute and at most one sort key attribute; a global secondary
/// index may have up to four of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySchema {
    pub partition: Vec<KeyAttribute>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sort: Vec<KeyAttribute>,
}

/// Why an item or a key does not fit a schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("One or more parameter values were invalid: Missing the key {name} in the item")]
    Missing { name: String },
    #[error(
        "One or more parameter values were invalid: Type mismatch for key {name} expected: {expected} actual: {actual}"
    )]
    TypeMismatch {
        name: String,
        expected: Type,
        actual: Type,
    },
    #[error(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {} value. Key: {name}",
        emptiness(*.kind)
    )]
    Empty { name: String, kind: Type },
    #[error(
        "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
    )]
    PartitionTooLong,
    #[error(
        "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
    )]
    SortTooLong,
    #[error("The provided key element does not match the schema")]
    Schema,
}

/// How AWS names the type of an empty key value.
pub fn emptiness(kind: Type) -> &'static str {
    if kind == Type::B { "binary" } else { "string" }
}

impl KeySchema {
    pub fn attributes(&self) -> impl Iterator<Item = &KeyAttribute> {
        self.partition.iter().chain(&self.sort)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.attributes().any(|attribute| attribute.name == name)
    }

    /// Checks the key attributes of an item that is to be stored.
    ///
    /// # Errors
    /// [`KeyError`] naming the first attribute that does not fit.
    pub fn check_item(&self, item: &Item) -> Result<(), KeyError> {
        for attribute in self.attributes() {
            let missing = || KeyError::Missing {
                name: attribute.name.clone(),
            };
            let value = item.get(&attribute.name).ok_or_else(missing)?;
            if value.type_of() != attribute.kind {
                return Err(KeyError::TypeMismatch {
                    name: attribute.name.clone(),
                    expected: attribute.kind,
                    actual: value.type_of(),
                });
            }
            check_not_empty(attribute, value)?;
        }
        self.check_sizes(item)
    }

    /// Checks a key: it must be exactly the key attributes.
    ///
    /// # Errors
    /// [`KeyError::Schema`], or what is wrong with a value of the right type.
    pub fn check_key(&self, key: &Item) -> Result<(), KeyError> {
        if key.len() != self.attributes().count() {
            return Err(KeyError::Schema);
        }
        for attribute in self.attributes() {
            match key.get(&attribute.name) {
                Some(value) if value.type_of() == attribute.kind => {
                    check_not_empty(attribute, value)?;
                }
                _ => return Err(KeyError::Schema),
            }
        }
        self.check_sizes(key)
    }

    /// Checks how long the key attributes are that are there.
    ///
    /// # Errors
    /// [`KeyError::PartitionTooLong`] and [`KeyError::SortTooLong`]
    pub fn check_sizes(&self, item: &Item) -> Result<(), KeyError> {
        let size = |attribute: &KeyAttribute| match item.get(&attribute.name) {
            Some(Value::S(text)) => text.len(),
            Some(Value::B(bytes)) => bytes.len(),
            _ => 0,
        };
        if self.partition.iter().map(size).sum::<usize>() > MAX_PARTITION_KEY_BYTES {
            return Err(KeyError::PartitionTooLong);
        }
        if self.sort.iter().map(size).sum::<usize>() > MAX_SORT_KEY_BYTES {
            return Err(KeyError::SortTooLong);
        }
        Ok(())
    }

    /// The key attributes of an item, and nothing else of it.
    pub fn key_of(&self, item: &Item) -> Item {
        let present = |attribute: &KeyAttribute| {
            let value = item.get(&attribute.name)?;
            Some((attribute.name.clone(), value.clone()))
        };
        self.attributes().filter_map(present).collect()
    }
}

/// # Errors
/// [`KeyError::Empty`] for an empty string or binary.
fn check_not_empty(attribute: &KeyAttribute, value: &Value) -> Result<(), KeyError> {
    if is_empty(value) {
        return Err(KeyError::Empty {
            name: attribute.name.clone(),
            kind: attribute.kind,
        });
    }
    Ok(())
}

/// Whether a value is a string or binary of no length, which no key may be.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::S(text) => text.is_empty(),
        Value::B(bytes) => bytes.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
