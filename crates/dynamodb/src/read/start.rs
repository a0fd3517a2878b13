//! Where a read goes on: the ExclusiveStartKey.

use crate::error::{Error, ParameterError};
use crate::expression::Bound;
use crate::expression::key_condition::Bound as KeyBound;
use crate::item::Item;
use crate::key::{KeyAttribute, KeyError, KeySchema, is_empty};
use crate::table::{Index, Table};
use bytes::Bytes;
use std::collections::BTreeSet;

/// Checks that a starting key is one of the table, or of the index and the table together.
///
/// # Errors
/// [`ParameterError::StartKey`] for another number of attributes, or without one of the key that is
/// read by; [`KeyError::Schema`] for a value of another type in that key;
/// [`ParameterError::StartKeySchema`] for a table's key behind it that is not one; or
/// [`KeyError::Empty`] for an empty key value of the table.
pub fn check_start_key(table: &Table, index: Option<&Index>, key: &Item) -> Result<(), Error> {
    let read_by = index.map_or(&table.key, |index| &index.key);
    let names: BTreeSet<&str> = read_by
        .attributes()
        .chain(table.key.attributes())
        .map(|attribute| attribute.name.as_str())
        .collect();
    if key.len() != names.len() {
        return Err(ParameterError::StartKey.into());
    }
    for attribute in read_by.attributes() {
        match key.get(&attribute.name) {
            None => return Err(ParameterError::StartKey.into()),
            Some(value) if value.type_of() != attribute.kind => {
                return Err(KeyError::Schema.into());
            }
            Some(_) => {}
        }
    }
    let fits = |attribute: &KeyAttribute| {
        let value = key.get(&attribute.name);
        value.is_some_and(|value| value.type_of() == attribute.kind)
    };
    if !table.key.attributes().all(fits) {
        return Err(ParameterError::StartKeySchema.into());
    }
    for attribute in table.key.attributes() {
        if key.get(&attribute.name).is_some_and(is_empty) {
            let (name, kind) = (attribute.name.clone(), attribute.kind);
            return Err(KeyError::Empty { name, kind }.into());
        }
    }
    Ok(())
}

/// Checks that a query of the table can stop at all: without a sort key it finds one item at most.
///
/// # Errors
/// [`ParameterError::StartKeyOfOne`]
pub fn check_more_than_one(schema: &KeySchema, key: &Item) -> Result<(), Error> {
    let (true, [attribute]) = (schema.sort.is_empty(), schema.partition.as_slice()) else {
        return Ok(());
    };
    match key.get(&attribute.name) {
        Some(value) => Err(ParameterError::StartKeyOfOne {
            name: attribute.name.clone(),
            value: Bound::from(value),
        }
        .into()),
        None => Ok(()),
    }
}

/// Checks that a starting key is one that the query could have stopped at.
///
/// # Errors
/// [`ParameterError`] with what AWS reports first.
pub fn check_start_of_query(schema: &KeySchema, bound: &KeyBound, key: &Item) -> Result<(), Error> {
    let differs =
        |attribute: &KeyAttribute| key.get(&attribute.name) != bound.partition.get(&attribute.name);
    let Some((last, leading)) = schema.partition.split_last() else {
        return Ok(());
    };
    if leading.iter().any(differs) {
        return Err(ParameterError::StartKeyOneRow.into());
    }
    let mut sort = schema.sort.iter().zip(&bound.sort);
    let is_met = sort.all(|(attribute, condition)| {
        key.get(&attribute.name)
            .is_some_and(|value| condition.holds(value))
    });
    if !is_met {
        return Err(ParameterError::StartKeyPredicate.into());
    }
    if !differs(last) {
        return Ok(());
    }
    Err(match bound.sort.is_empty() {
        false => ParameterError::StartKeyOneRow,
        true => ParameterError::StartKeyOutside,
    }
    .into())
}

/// Where a checked starting key stands.
pub fn start_position(table: &Table, index: Option<&Index>, key: &Item) -> Option<Bytes> {
    match index {
        Some(index) => table.entry_key(index, key),
        None => table.item_key(key),
    }
}
