//! Answers as boto3's resource API gives them, without what belongs to the HTTP response.

use crate::error::Failure;
use crate::plain::{Attributes, from_attributes};
use aws_sdk_dynamodb::types::{Capacity, ConsumedCapacity};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// An answer while it is put together; members that are not there are left out.
#[derive(Default)]
pub struct Answer(Map<String, Value>);

impl Answer {
    pub fn attributes(mut self, name: &str, given: Option<Attributes>) -> Result<Answer, Failure> {
        if let Some(attributes) = given {
            self.0.insert(name.to_owned(), from_attributes(attributes)?);
        }
        Ok(self)
    }

    pub fn items(mut self, name: &str, given: Option<Vec<Attributes>>) -> Result<Answer, Failure> {
        if let Some(items) = given {
            let items = items.into_iter().map(from_attributes);
            let items = items.collect::<Result<_, _>>()?;
            self.0.insert(name.to_owned(), Value::Array(items));
        }
        Ok(self)
    }

    pub fn count(mut self, name: &str, count: i32) -> Answer {
        self.0.insert(name.to_owned(), count.into());
        self
    }

    pub fn capacity(mut self, given: Option<ConsumedCapacity>) -> Answer {
        let Some(given) = given else {
            return self;
        };
        let mut capacity = units(
            given.capacity_units,
            given.read_capacity_units,
            given.write_capacity_units,
        );
        if let Some(name) = given.table_name {
            capacity.insert("TableName".to_owned(), name.into());
        }
        if let Some(table) = given.table {
            capacity.insert("Table".to_owned(), of_part(&table));
        }
        for (name, parts) in [
            ("LocalSecondaryIndexes", given.local_secondary_indexes),
            ("GlobalSecondaryIndexes", given.global_secondary_indexes),
        ] {
            if let Some(parts) = parts {
                capacity.insert(name.to_owned(), of_parts(&parts));
            }
        }
        self.0
            .insert("ConsumedCapacity".to_owned(), Value::Object(capacity));
        self
    }

    pub fn done(self) -> Result<Value, Failure> {
        Ok(Value::Object(self.0))
    }
}

fn units(all: Option<f64>, read: Option<f64>, write: Option<f64>) -> Map<String, Value> {
    let named = [
        ("CapacityUnits", all),
        ("ReadCapacityUnits", read),
        ("WriteCapacityUnits", write),
    ];
    let named = named
        .into_iter()
        .filter_map(|(name, units)| Some((name, units?)));
    named
        .map(|(name, units)| (name.to_owned(), units.into()))
        .collect()
}

fn of_part(part: &Capacity) -> Value {
    let (read, write) = (part.read_capacity_units, part.write_capacity_units);
    Value::Object(units(part.capacity_units, read, write))
}

fn of_parts(parts: &HashMap<String, Capacity>) -> Value {
    let parts = parts
        .iter()
        .map(|(name, part)| (name.clone(), of_part(part)));
    Value::Object(parts.collect())
}
