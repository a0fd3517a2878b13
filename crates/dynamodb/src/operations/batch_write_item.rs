//! BatchWriteItem: puts and deletes, each by itself. Here all of them happen or none does, as long
//! as one transaction can hold them; that is more than the operation promises, and costs one sync.

use super::put_item::shows_capacity;
use crate::Dynamodb;
use crate::access::Access;
use crate::capacity::{Consumed, Shown};
use crate::change::{Change, Effect, Look, metrics};
use crate::error::{Error, ErrorKind, ParameterError, Wording};
use crate::key::KeyError;
use crate::request::{Guard, check_size};
use crate::table::Table;
use crate::tables::TableName;
use crate::values::{WireItem, typed_item, wire_item};
use crate::write::{Author, Writer};
use bytes::Bytes;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::dynamodb::{
    BatchWriteItemInput, BatchWriteItemOutput, DeleteRequest, ItemCollectionMetrics, PutRequest,
    ReturnItemCollectionMetrics, WriteRequest,
};

const MAX_REQUESTS: usize = 25;
const MAX_BYTES: usize = 16 * 1024 * 1024;

impl Operate<Dynamodb> for BatchWriteItemInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let mut requirements = Vec::new();
        for (table, requests) in &self.request_items {
            let name = TableName::in_batch(caller, table)?;
            let items: Vec<&WireItem> = requests.iter().filter_map(item_or_key).collect();
            let access = Access::to("dynamodb:BatchWriteItem", &name)
                .attributes(items.iter().flat_map(|item| item.keys()))
                .return_capacity(self.return_consumed_capacity)
                .keys(service, items.iter().copied())
                .await?;
            requirements.push(access.require(service).await?);
        }
        Ok(requirements)
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<BatchWriteItemOutput, Error> {
        let answer = write(service, permit.caller(), self).await;
        answer.map_err(|error| error.worded(Wording::Older))
    }
}

fn item_or_key(request: &WriteRequest) -> Option<&WireItem> {
    let put = request.put_request.as_ref().map(|put| &put.item);
    put.or_else(|| request.delete_request.as_ref().map(|delete| &delete.key))
}

async fn write(
    service: &Dynamodb,
    caller: &Caller,
    input: BatchWriteItemInput,
) -> Result<BatchWriteItemOutput, Error> {
    check_counts(&input.request_items)?;
    let batches = input.request_items.into_iter().map(|(table, requests)| {
        let name = TableName::in_batch(caller, &table)?;
        let changes = requests
            .into_iter()
            .map(change)
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(Batch {
            name,
            given_name: table,
            changes,
        })
    });
    let batches = &batches.collect::<Result<Vec<_>, Error>>()?;
    check_total(batches)?;
    let look = Look::always_if(shows_capacity(input.return_consumed_capacity));
    let written = service
        .transact(Author::Caller, |writer| async move {
            write_all(service, &writer, batches, look).await
        })
        .await;
    let written = match written {
        Err(Error {
            kind: ErrorKind::Store(kv::Error::TooLarge { .. }) | ErrorKind::Throttled(_),
            ..
        }) => write_each(service, batches, look).await?,
        written => Done {
            written: written?,
            unprocessed: BTreeMap::new(),
        },
    };
    let Done {
        written,
        unprocessed,
    } = written;
    let capacity = written.iter().filter_map(|(table, consumed)| {
        consumed.report(table, input.return_consumed_capacity, Shown::Plain)
    });
    let capacity: Vec<_> = capacity.collect();
    Ok(BatchWriteItemOutput {
        unprocessed_items: Some(unprocessed),
        item_collection_metrics: all_metrics(
            batches
                .iter()
                .zip(&written)
                .map(|(batch, (table, _))| (batch, table)),
            input.return_item_collection_metrics,
        ),
        consumed_capacity: (!capacity.is_empty()).then_some(capacity),
    })
}

/// What has been written to a table.
type Written = (Arc<Table>, Consumed);

async fn write_all(
    service: &Dynamodb,
    writer: &Writer,
    batches: &[Batch],
    look: Look,
) -> Result<Vec<Written>, Error> {
    let mut located = Vec::with_capacity(batches.len());
    for batch in batches {
        let table = service.table_in(&writer.txn, &batch.name).await?;
        let table = table.ok_or_else(|| batch.name.not_found())?;
        located.push((batch, batch.locate(&table)?, table));
    }
    let mut written = Vec::with_capacity(located.len());
    for (batch, keys, table) in located {
        let consumed = batch.write(writer, &table, keys, look).await?;
        written.push((table, consumed));
    }
    Ok(written)
}

/// What has become of a batch.
struct Done {
    written: Vec<Written>,
    /// What was throttled, by the tables' names as they were given.
    unprocessed: BTreeMap<String, Vec<WriteRequest>>,
}

/// For batches that are too large for one transaction, with all the indexes that they change, and
/// for those that are throttled in part.
async fn write_each(service: &Dynamodb, batches: &[Batch], look: Look) -> Result<Done, Error> {
    let mut done = Done {
        written: Vec::with_capacity(batches.len()),
        unprocessed: BTreeMap::new(),
    };
    let (mut processed, mut refused) = (0, None);
    for batch in batches {
        let table = service
            .table_at(&service.store.snapshot(), &batch.name)
            .await?;
        let mut sum: Written = (
            table.ok_or_else(|| batch.name.not_found())?,
            Consumed::default(),
        );
        for change in &batch.changes {
            match service.change(&batch.name, change, look).await {
                Ok((_, outcome)) => {
                    processed += 1;
                    sum.1.add(outcome.consumed);
                }
                Err(error) if matches!(error.kind, ErrorKind::Throttled(_)) => {
                    let rest = done.unprocessed.entry(batch.given_name.clone());
                    rest.or_default().push(request(change));
                    refused = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        done.written.push(sum);
    }
    match refused.filter(|_| processed == 0) {
        Some(refused) => Err(refused),
        None => Ok(done),
    }
}

/// The request for a change, as it came.
fn request(change: &Change) -> WriteRequest {
    let item = wire_item(change.key().clone());
    match change.effect {
        Effect::Put(_) => WriteRequest {
            put_request: Some(PutRequest { item }),
            ..WriteRequest::default()
        },
        _ => WriteRequest {
            delete_request: Some(DeleteRequest { key: item }),
            ..WriteRequest::default()
        },
    }
}

/// # Errors
/// [`ParameterError`]
fn check_counts(items: &BTreeMap<String, Vec<WriteRequest>>) -> Result<(), Error> {
    if items.is_empty() {
        return Err(ParameterError::EmptyBatchWrite.into());
    }
    let count: usize = items.values().map(Vec::len).sum();
    let wrong = items
        .iter()
        .find(|(_, requests)| requests.is_empty() || requests.len() > MAX_REQUESTS);
    match wrong {
        Some((table, _)) => {
            let shown = String::new();
            Err(ParameterError::BatchRequests {
                table: table.clone(),
                shown,
            }
            .into())
        }
        None if count > MAX_REQUESTS => Err(ParameterError::BatchItems("BatchWriteItem").into()),
        None => Ok(()),
    }
}

fn change(request: WriteRequest) -> Result<Change, Error> {
    let effect = match (request.put_request, request.delete_request) {
        (Some(put), None) => {
            let item = typed_item(put.item)?;
            check_size(&item)?;
            Effect::Put(item)
        }
        (None, Some(delete)) => Effect::Delete {
            key: typed_item(delete.key)?,
        },
        _ => return Err(ParameterError::EmptyWriteRequest.into()),
    };
    Ok(Change {
        guard: Guard::default(),
        effect,
    })
}

/// # Errors
/// [`ParameterError::BatchSize`]
fn check_total(batches: &[Batch]) -> Result<(), Error> {
    let changes = batches.iter().flat_map(|batch| &batch.changes);
    if changes
        .map(|change| change.key().size_bytes())
        .sum::<usize>()
        > MAX_BYTES
    {
        return Err(ParameterError::BatchSize.into());
    }
    Ok(())
}

/// What is to be written to one table.
struct Batch {
    name: TableName,
    given_name: String,
    changes: Vec<Change>,
}

impl Batch {
    /// Where the items are, which all must be different ones.
    fn locate(&self, table: &Table) -> Result<Vec<Bytes>, Error> {
        let mut seen = BTreeSet::new();
        let keys = self.changes.iter().map(|change| {
            let key = change.locate(table).map_err(as_mismatch)?;
            if !seen.insert(key.clone()) {
                return Err(ParameterError::RepeatedKeys.into());
            }
            Ok(key)
        });
        keys.collect()
    }

    async fn write(
        &self,
        writer: &Writer,
        table: &Table,
        keys: Vec<Bytes>,
        look: Look,
    ) -> Result<Consumed, Error> {
        let mut consumed = Consumed::default();
        for (change, key) in self.changes.iter().zip(keys) {
            consumed.add(change.make(writer, table, key, look).await?.consumed);
        }
        Ok(consumed)
    }
}

/// Puts are told of a wrong key as deletes are.
fn as_mismatch(error: Error) -> Error {
    match error.kind {
        ErrorKind::Key(KeyError::Missing { .. } | KeyError::TypeMismatch { .. }) => {
            KeyError::Schema.into()
        }
        _ => error,
    }
}

/// What the answer tells of the item collections, each of them once.
fn all_metrics<'a>(
    batches: impl Iterator<Item = (&'a Batch, &'a Arc<Table>)>,
    wanted: Option<ReturnItemCollectionMetrics>,
) -> Option<BTreeMap<String, Vec<ItemCollectionMetrics>>> {
    let mut all = BTreeMap::new();
    for (batch, table) in batches {
        let mut of_table: Vec<ItemCollectionMetrics> = Vec::new();
        for metrics in batch
            .changes
            .iter()
            .filter_map(|c| metrics(table, wanted, c.key()))
        {
            if !of_table.contains(&metrics) {
                of_table.push(metrics);
            }
        }
        if !of_table.is_empty() {
            all.insert(batch.given_name.clone(), of_table);
        }
    }
    (!all.is_empty()).then_some(all)
}
