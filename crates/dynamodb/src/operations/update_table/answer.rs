//! The answer of UpdateTable.

use super::concerns::Concerns;
use crate::describe::some;
use crate::table::{BillingMode, Table};
use base::Timestamp;
use wire::dynamodb::{
    BillingMode as WireBillingMode, GlobalSecondaryIndexDescription, IndexStatus, SSEStatus,
    TableDescription, TableStatus, TableWarmThroughputDescription, UpdateTableInput,
};

/// The answer comes before the change: it shows what was, and what is changing.
pub fn as_before(
    mut description: TableDescription,
    before: &Table,
    old: TableDescription,
    input: &UpdateTableInput,
    now: Timestamp,
) -> TableDescription {
    let is_switched = input.billing_mode == Some(WireBillingMode::Provisioned)
        && before.billing.mode == BillingMode::PayPerRequest;
    if !is_switched {
        keep_throughput(&mut description, before, now);
    }
    if input.table_class.is_some() {
        description.table_class_summary = old.table_class_summary;
    }
    if let Some(encryption) = &mut description.sse_description
        && input.sse_specification.is_some()
    {
        encryption.status = Some(SSEStatus::Updating);
    }
    if Concerns::of(input).warms() {
        description.warm_throughput = old.warm_throughput.map(|warm| {
            let status = Some(TableStatus::Updating);
            TableWarmThroughputDescription { status, ..warm }
        });
    }
    let old = old.global_secondary_indexes.unwrap_or_default();
    let indexes = description.global_secondary_indexes.take();
    let indexes = changing(indexes.unwrap_or_default(), old, input);
    description.global_secondary_indexes = some(indexes);
    description
}

fn keep_throughput(description: &mut TableDescription, before: &Table, now: Timestamp) {
    if let Some(throughput) = &mut description.provisioned_throughput {
        throughput.read_capacity_units = Some(before.throughput.read);
        throughput.write_capacity_units = Some(before.throughput.write);
        throughput.number_of_decreases_today = Some(before.throughput.decreases);
        let times = [
            &mut throughput.last_increase_date_time,
            &mut throughput.last_decrease_date_time,
        ];
        for time in times.into_iter().flatten() {
            *time = now.min(*time);
        }
    }
}

/// Indexes while they change: those that are dropped are still there, new ones are not filled yet.
fn changing(
    mut indexes: Vec<GlobalSecondaryIndexDescription>,
    old: Vec<GlobalSecondaryIndexDescription>,
    input: &UpdateTableInput,
) -> Vec<GlobalSecondaryIndexDescription> {
    let updates = input.global_secondary_index_updates.iter().flatten();
    let updated: Vec<&String> = updates
        .filter_map(|update| update.update.as_ref())
        .map(|update| &update.index_name)
        .collect();
    for index in &mut indexes {
        let before = old.iter().find(|old| old.index_name == index.index_name);
        match before {
            None => index.backfilling = Some(false),
            Some(before)
                if index
                    .index_name
                    .as_ref()
                    .is_some_and(|n| updated.contains(&n)) =>
            {
                index.index_status = Some(IndexStatus::Updating);
                if input.billing_mode.is_none() {
                    index.provisioned_throughput = before.provisioned_throughput.clone();
                }
            }
            Some(_) => {}
        }
    }
    for (at, mut dropped) in old.into_iter().enumerate() {
        if indexes
            .iter()
            .all(|index| index.index_name != dropped.index_name)
        {
            dropped.index_status = Some(IndexStatus::Deleting);
            indexes.insert(at.min(indexes.len()), dropped);
        }
    }
    indexes
}
