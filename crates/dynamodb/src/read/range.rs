//! Where the items of a table, or the entries of an index, are.

use crate::item::Item;
use crate::key::{Ending, KeySchema, Position};
use crate::table::{Index, Table};
use kv::KeyRange;
use kv::key::KeyWriter;

/// All of a table or index.
pub fn everything(table: &Table, index: Option<&Index>) -> KeyRange {
    let (prefix, _, _) = shape(table, index);
    prefix.range()
}

/// The place of the partition whose key attributes `key` has; nothing if it lacks some.
pub fn partition(table: &Table, index: Option<&Index>, key: &Item) -> Option<Position> {
    let (prefix, schema, ending) = shape(table, index);
    Position::partition(prefix, schema, key, ending)
}

fn shape<'t>(table: &'t Table, index: Option<&'t Index>) -> (KeyWriter, &'t KeySchema, Ending) {
    match index {
        Some(index) => (table.index_prefix(index), &index.key, Ending::Closed),
        None => (table.items_prefix(), &table.key, Ending::Open),
    }
}
