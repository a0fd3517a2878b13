//! TransactGetItems: items as they are at one moment.

use super::transact_write_items::MAX_BYTES;
use crate::Dynamodb;
use crate::access::Access;
use crate::capacity::{Consistency, Consumed, Shown, read_units};
use crate::error::{Error, ErrorKind, ParameterError, Reason, Wording};
use crate::item::Item;
use crate::item::answered;
use crate::read::Wanted;
use crate::request::{Given, placeholders};
use crate::table::Table;
use crate::tables::TableName;
use crate::values::typed_item;
use crate::write::{decode, size_bytes};
use bytes::Bytes;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wire::dynamodb::{
    ConsumedCapacity, Get, ItemResponse, ReturnConsumedCapacity, TransactGetItemsInput,
    TransactGetItemsOutput,
};

/// What a transaction costs more than single reads and writes.
pub const TRANSACTION_FACTOR: f64 = 2.0;

impl Operate<Dynamodb> for TransactGetItemsInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let mut requirements = Vec::with_capacity(self.transact_items.len());
        for (position, item) in (1..).zip(&self.transact_items) {
            let get = &item.get;
            let name = table_name(caller, position, get)?;
            let names = get.expression_attribute_names.as_ref();
            let access = Access::to("dynamodb:GetItem", &name)
                .attributes(get.key.keys())
                .expressions([get.projection_expression.as_ref()], names)
                .reads(None, get.projection_expression.as_ref(), None)
                .return_capacity(self.return_consumed_capacity)
                .within("TransactGetItems")
                .keys(service, [&get.key])
                .await?;
            requirements.push(access.require(service).await?);
        }
        Ok(requirements)
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<TransactGetItemsOutput, Error> {
        let answer = get(service, permit.caller(), self).await;
        answer.map_err(|error| error.worded(Wording::Older))
    }
}

/// One item that is asked for.
pub(super) struct Action {
    pub name: TableName,
    pub key: Item,
    pub wanted: Wanted,
}

/// The items, and what reading them cost.
pub(super) struct Answer {
    pub responses: Vec<ItemResponse>,
    pub consumed_capacity: Option<Vec<ConsumedCapacity>>,
}

async fn get(
    service: &Dynamodb,
    caller: &Caller,
    input: TransactGetItemsInput,
) -> Result<TransactGetItemsOutput, Error> {
    let items = (1..).zip(input.transact_items);
    let actions = items.map(|(position, item)| action(caller, position, item.get));
    let actions = actions.collect::<Result<Vec<_>, Error>>()?;
    let answer = read(service, &actions, input.return_consumed_capacity).await?;
    Ok(TransactGetItemsOutput {
        consumed_capacity: answer.consumed_capacity,
        responses: Some(answer.responses),
    })
}

/// Reads items as they are at one moment.
///
/// # Errors
/// [`Error`] with what AWS reports first.
pub(super) async fn read(
    service: &Dynamodb,
    actions: &[Action],
    wanted: Option<ReturnConsumedCapacity>,
) -> Result<Answer, Error> {
    let snapshot = service.store.snapshot();
    let mut tables: Vec<Arc<Table>> = Vec::with_capacity(actions.len());
    for action in actions {
        let table = service.table_at(&snapshot, &action.name).await?;
        tables.push(table.ok_or_else(|| action.name.not_found())?);
    }
    let keys = locate(actions.iter().zip(&tables))?;
    let mut bytes = 0;
    let mut responses = Vec::with_capacity(actions.len());
    let mut consumed: BTreeMap<&str, (&Table, Consumed)> = BTreeMap::new();
    for ((action, table), key) in actions.iter().zip(&tables).zip(keys) {
        service.admit_read(table, None, Some(&key))?;
        let record = snapshot.get(&key).await?;
        let item_bytes = record.as_ref().map_or(Ok(0), size_bytes)?;
        bytes += item_bytes;
        if bytes > MAX_BYTES {
            return Err(ParameterError::TransactionSize(bytes).into());
        }
        let units = read_units(item_bytes, Consistency::Strong) * TRANSACTION_FACTOR;
        let (_, sum) = consumed
            .entry(&table.arn)
            .or_insert_with(|| (table, Consumed::default()));
        let charged = Consumed::of_table(units);
        service.charge_read(table, &charged, Some(&key));
        sum.add(charged);
        let item = record.as_ref().map(decode).transpose()?;
        let item = item
            .map(|item| action.wanted.of(item))
            .filter(|item| !item.is_empty());
        responses.push(ItemResponse {
            item: item.as_ref().map(answered),
        });
    }
    let capacity = consumed
        .values()
        .filter_map(|(table, consumed)| consumed.report(table, wanted, Shown::Read));
    let capacity: Vec<_> = capacity.collect();
    Ok(Answer {
        consumed_capacity: (!capacity.is_empty()).then_some(capacity),
        responses,
    })
}

fn action(caller: &Caller, position: usize, get: Get) -> Result<Action, Error> {
    let name = table_name(caller, position, &get)?;
    let key = typed_item(get.key)?;
    let given = Given {
        expressions: Given::of([("ProjectionExpression", get.projection_expression.is_some())]),
        ..Given::default()
    };
    given.check(get.expression_attribute_names.as_ref(), None)?;
    let mut placeholders = placeholders(get.expression_attribute_names, None)?;
    let wanted = Wanted::read(get.projection_expression, None, &mut placeholders)?;
    placeholders.check_used()?;
    Ok(Action { name, key, wanted })
}

fn table_name(caller: &Caller, position: usize, get: &Get) -> Result<TableName, Error> {
    let path = format!("transactItems.{position}.member.get.tableName");
    TableName::in_transaction(caller, &get.table_name, &path)
}

/// Where the items are, which all must be different ones.
fn locate<'a>(
    actions: impl Iterator<Item = (&'a Action, &'a Arc<Table>)>,
) -> Result<Vec<Bytes>, Error> {
    let (mut keys, mut reasons) = (Vec::new(), Vec::new());
    for (action, table) in actions {
        let checked = table.key.check_key(&action.key).map_err(Error::from);
        match checked.and_then(|()| action.wanted.check(table)) {
            Ok(()) => reasons.push(Reason::None),
            Err(error) => reasons.push(Reason::of(error)?),
        }
        keys.extend(table.item_key(&action.key));
    }
    if reasons.iter().any(|reason| *reason != Reason::None) {
        return Err(ErrorKind::Canceled(reasons).into());
    }
    if keys.iter().collect::<BTreeSet<_>>().len() < keys.len() {
        return Err(ParameterError::RepeatedItem.into());
    }
    Ok(keys)
}
