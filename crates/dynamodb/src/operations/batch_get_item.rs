//! BatchGetItem.

use crate::Dynamodb;
use crate::access::Access;
use crate::capacity::{Consistency, Consumed, Shown, read_units};
use crate::error::{Error, ParameterError};
use crate::item::{Item, record};
use crate::key::KeyError;
use crate::legacy;
use crate::read::Wanted;
use crate::request::{Given, placeholders};
use crate::table::Table;
use crate::tables::TableName;
use crate::values::{typed_item, wire_item};
use crate::write::size_bytes;
use kv::Snapshot;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::Attributes;
use wire::dynamodb::{BatchGetItemInput, BatchGetItemOutput, KeysAndAttributes};

const MAX_KEYS: usize = 100;
/// An answer ends before it would get longer than this.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

impl Operate<Dynamodb> for BatchGetItemInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let mut requirements = Vec::new();
        for (table, wanted) in &self.request_items {
            let name = TableName::in_batch(caller, table)?;
            let access = Access::to("dynamodb:BatchGetItem", &name)
                .attributes(wanted.keys.iter().flat_map(|key| key.keys()))
                .attributes(wanted.attributes_to_get.iter().flatten())
                .expressions(
                    [wanted.projection_expression.as_ref()],
                    wanted.expression_attribute_names.as_ref(),
                )
                .reads(
                    None,
                    wanted.projection_expression.as_ref(),
                    wanted.attributes_to_get.as_ref(),
                )
                .return_capacity(self.return_consumed_capacity)
                .keys(service, &wanted.keys)
                .await?;
            requirements.push(access.require(service).await?);
        }
        Ok(requirements)
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<BatchGetItemOutput, Error> {
        check_counts(&self.request_items)?;
        check_unmixed(&self.request_items)?;
        let requests = self.request_items.into_iter().map(|(table, wanted)| {
            let name = TableName::in_batch(permit.caller(), &table)?;
            Batch::read(table, name, wanted)
        });
        let requests = requests.collect::<Result<Vec<_>, Error>>()?;
        let snapshot = service.store.snapshot();
        let mut batches: Vec<(Batch, Arc<Table>)> = Vec::new();
        for batch in requests {
            let table = service.table_at(&snapshot, &batch.name).await?;
            let table = table.ok_or_else(|| batch.name.not_found())?;
            batch.check(&table)?;
            batches.push((batch, table));
        }
        let mut answer_bytes = 0;
        let (mut responses, mut unprocessed, mut capacity) =
            (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let (mut refused, mut processed) = (None, 0);
        for (batch, table) in batches {
            let found = batch
                .get(service, &snapshot, &table, &mut answer_bytes)
                .await?;
            processed += found.processed;
            refused = refused.or(found.refused);
            capacity.extend(found.consumed.report(
                &table,
                self.return_consumed_capacity,
                Shown::Plain,
            ));
            responses.insert(batch.given_name.clone(), found.items);
            if found.processed < batch.keys.len() {
                unprocessed.insert(batch.given_name.clone(), batch.rest(found.processed));
            }
        }
        if let Some(refused) = refused.filter(|_| processed == 0) {
            return Err(refused);
        }
        Ok(BatchGetItemOutput {
            responses: Some(responses),
            unprocessed_keys: Some(unprocessed),
            consumed_capacity: (!capacity.is_empty()).then_some(capacity),
        })
    }
}

/// # Errors
/// [`ParameterError::BatchKeys`] or [`ParameterError::BatchItems`].
fn check_counts(items: &BTreeMap<String, KeysAndAttributes>) -> Result<(), Error> {
    if items.is_empty() {
        return Err(ParameterError::EmptyBatchGet.into());
    }
    if let Some((table, _)) = items.iter().find(|(_, wanted)| wanted.keys.is_empty()) {
        return Err(ParameterError::BatchKeys {
            table: table.clone(),
            is_empty: true,
        }
        .into());
    }
    let count: usize = items.values().map(|wanted| wanted.keys.len()).sum();
    let longest = items.iter().max_by_key(|(_, wanted)| wanted.keys.len());
    match longest {
        Some((table, wanted)) if wanted.keys.len() > MAX_KEYS => Err(ParameterError::BatchKeys {
            table: table.clone(),
            is_empty: false,
        }
        .into()),
        _ if count > MAX_KEYS => Err(ParameterError::BatchItems("BatchGetItem").into()),
        _ => Ok(()),
    }
}

/// Refuses expressions beside legacy parameters, also for another table.
///
/// # Errors
/// [`ParameterError::Mixed`]
fn check_unmixed(items: &BTreeMap<String, KeysAndAttributes>) -> Result<(), Error> {
    let has_expression = items
        .values()
        .any(|wanted| wanted.projection_expression.is_some());
    let has_list = items
        .values()
        .any(|wanted| wanted.attributes_to_get.is_some());
    Ok(given(has_expression, has_list).check(None, None)?)
}

fn given(has_expression: bool, has_list: bool) -> Given {
    Given {
        expressions: Given::of([("ProjectionExpression", has_expression)]),
        legacy: Given::of([("AttributesToGet", has_list)]),
        value_users: &[],
    }
}

/// What is asked of one table.
struct Batch {
    name: TableName,
    /// The name or ARN by which the request and the answer call the table.
    given_name: String,
    keys: Vec<Item>,
    wanted: Wanted,
    consistency: Consistency,
    /// The request, without its keys.
    request: KeysAndAttributes,
}

/// What one table has had.
struct Found {
    items: Vec<Attributes>,
    /// How many keys have been looked up.
    processed: usize,
    consumed: Consumed,
    /// Why there were no more, if they were throttled.
    refused: Option<Error>,
}

impl Batch {
    fn read(
        given_name: String,
        name: TableName,
        mut request: KeysAndAttributes,
    ) -> Result<Batch, Error> {
        let keys = std::mem::take(&mut request.keys);
        let (expression, listed) = (
            request.projection_expression.clone(),
            request.attributes_to_get.clone(),
        );
        let names = request.expression_attribute_names.clone();
        given(expression.is_some(), listed.is_some()).check(names.as_ref(), None)?;
        let listed = listed.map(legacy::projection).transpose()?;
        let mut placeholders = placeholders(names, None)?;
        let wanted = Wanted::read(expression, listed, &mut placeholders)?;
        placeholders.check_used()?;
        let keys = keys
            .into_iter()
            .map(typed_item)
            .collect::<Result<Vec<Item>, _>>()?;
        let mut seen = BTreeSet::new();
        if !keys.iter().all(|key| seen.insert(record::encode(key))) {
            return Err(ParameterError::RepeatedKeys.into());
        }
        let consistency = Consistency::of(request.consistent_read);
        Ok(Batch {
            name,
            given_name,
            keys,
            wanted,
            consistency,
            request,
        })
    }

    fn check(&self, table: &Table) -> Result<(), Error> {
        self.keys
            .iter()
            .try_for_each(|key| table.key.check_key(key))?;
        self.wanted.check(table)
    }

    async fn get(
        &self,
        service: &Dynamodb,
        snapshot: &Snapshot,
        table: &Table,
        answer_bytes: &mut usize,
    ) -> Result<Found, Error> {
        let mut found = Found {
            items: Vec::new(),
            processed: 0,
            consumed: Consumed::default(),
            refused: None,
        };
        for key in &self.keys {
            let at = table.item_key(key).ok_or(KeyError::Schema)?;
            if let Err(error) = service.admit_read(table, None, Some(&at)) {
                found.refused = Some(error);
                break;
            }
            let record = snapshot.get(&at).await?;
            let item_bytes = record.as_ref().map_or(Ok(0), size_bytes)?;
            if *answer_bytes + item_bytes > MAX_ANSWER_BYTES {
                break;
            }
            *answer_bytes += item_bytes;
            found.processed += 1;
            let consumed = Consumed::of_table(read_units(item_bytes, self.consistency));
            service.charge_read(table, &consumed, Some(&at));
            found.consumed.add(consumed);
            if let Some(record) = record {
                found.items.push(self.wanted.answer(&record)?);
            }
        }
        Ok(found)
    }

    /// The request for what has not been processed.
    fn rest(self, processed: usize) -> KeysAndAttributes {
        let keys = self
            .keys
            .into_iter()
            .skip(processed)
            .map(wire_item)
            .collect();
        KeysAndAttributes {
            keys,
            ..self.request
        }
    }
}
