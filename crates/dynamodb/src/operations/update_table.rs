//! UpdateTable.

mod answer;
mod concerns;

use super::create_table::new_stream;
use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, ErrorKind, ParameterError, SchemaError, TableError};
use crate::schema::{self, Definitions};
use crate::stream::Stream;
use crate::sweep::Dropped;
use crate::table::{
    BillingMode, Class, Index, OnDemand, Reach, StreamView, Table, Throughput, Warm,
};
use crate::tables::TableName;
use answer::as_before;
use base::Timestamp;
use concerns::Concerns;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeSet;
use std::time::Duration;
use wire::dynamodb::{
    BillingMode as WireBillingMode, GlobalSecondaryIndexUpdate, OnDemandThroughput,
    ProvisionedThroughput, TableClass, UpdateGlobalSecondaryIndexAction, UpdateTableInput,
    UpdateTableOutput, WarmThroughput,
};

/// How many indexes one request may change the throughput of.
const MAX_INDEX_UPDATES: usize = 5;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Operate<Dynamodb> for UpdateTableInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        Ok(vec![
            Access::to("dynamodb:UpdateTable", &name)
                .require(service)
                .await?,
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<UpdateTableOutput, Error> {
        let name = &TableName::of_table(permit.caller(), &self.table_name)?;
        check(&self)?;
        let update = &Update {
            input: &self,
            service,
            name,
            now: service.clock.now(),
        };
        let (before, after) = service
            .store
            .transact(|txn| async move {
                let before = service.own_table(&txn, name).await?;
                let mut after = update.apply(&before)?;
                match update.stream(&before)? {
                    Some(StreamChange::Open(view)) => {
                        Stream::open(&txn, name, &mut after, view, update.now).await?;
                    }
                    Some(StreamChange::Close) => {
                        Stream::close(&txn, name, &mut after, update.now).await?;
                    }
                    None => {}
                }
                for index in before
                    .indexes
                    .iter()
                    .filter(|index| after.index(&index.name).is_none())
                {
                    Dropped {
                        table: before.id,
                        index: Some(index.id),
                    }
                    .note(&txn);
                }
                txn.put(name.key(), kv::record::encode(&after));
                Ok::<_, Error>((before, after))
            })
            .await?;
        service.work.notify_one();
        let counts = service
            .statistics
            .of(&service.store, &service.clock, &before)
            .await;
        let status = Concerns::of(update.input).status();
        let old = before.describe(status, &counts);
        let description = after.describe(status, &counts);
        Ok(UpdateTableOutput {
            table_description: Some(as_before(
                description,
                &before,
                old,
                update.input,
                update.now,
            )),
        })
    }
}

/// What is wrong with a request, whatever the table.
fn check(input: &UpdateTableInput) -> Result<(), Error> {
    let not_built = [
        (
            "UpdateTable with VectorIndexUpdates",
            input.vector_index_updates.is_some(),
        ),
        (
            "UpdateTable with ReplicaUpdates",
            input.replica_updates.is_some(),
        ),
        (
            "UpdateTable with GlobalTableWitnessUpdates",
            input.global_table_witness_updates.is_some(),
        ),
        (
            "UpdateTable with MultiRegionConsistency",
            input.multi_region_consistency.is_some(),
        ),
    ];
    if let Some((what, _)) = not_built.into_iter().find(|(_, is_given)| *is_given) {
        return Err(ErrorKind::NotImplemented(what).into());
    }
    let throughput = input.provisioned_throughput.as_ref();
    if input.billing_mode == Some(WireBillingMode::PayPerRequest) && throughput.is_some() {
        return Err(SchemaError::ThroughputOnDemand.into());
    }
    schema::throughput(throughput)?;
    let concerns = Concerns::of(input);
    let updates = input.global_secondary_index_updates.as_deref();
    if updates.is_some_and(<[_]>::is_empty) && !concerns.is_empty() {
        return Err(SchemaError::EmptyIndexes("GlobalSecondaryIndexUpdates").into());
    }
    concerns.check()?;
    check_index_updates(updates.unwrap_or_default())
}

fn check_index_updates(updates: &[GlobalSecondaryIndexUpdate]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    for update in updates {
        let names = [
            update.update.as_ref().map(|update| &update.index_name),
            update.create.as_ref().map(|create| &create.index_name),
            update.delete.as_ref().map(|delete| &delete.index_name),
        ];
        let mut names = names.into_iter().flatten();
        let name = match (names.next(), names.next()) {
            (None, _) => return Err(SchemaError::EmptyIndexUpdate.into()),
            (Some(_), Some(_)) => return Err(SchemaError::SeveralIndexUpdates.into()),
            (Some(name), None) => name,
        };
        if !seen.insert(name) {
            return Err(SchemaError::RepeatedIndexUpdate(name.clone()).into());
        }
        let warm = update
            .update
            .as_ref()
            .and_then(|u| u.warm_throughput.as_ref());
        if warm.is_some_and(|warm| *warm == WarmThroughput::default()) {
            return Err(SchemaError::EmptyIndexWarm(name.clone()).into());
        }
    }
    Ok(())
}

/// A change of a table.
struct Update<'a> {
    input: &'a UpdateTableInput,
    service: &'a Dynamodb,
    name: &'a TableName,
    now: Timestamp,
}

impl Update<'_> {
    /// The table as it is to be.
    fn apply(&self, before: &Table) -> Result<Table, Error> {
        let input = self.input;
        let mut table = before.clone();
        self.apply_billing(&mut table)?;
        self.apply_indexes(&mut table)?;
        if let Some(given) = &input.sse_specification {
            let current = before.encryption.as_ref();
            let entropy = &self.service.entropy;
            table.encryption = schema::updated_encryption(given, current, entropy, self.name)?;
        }
        if let Some(class) = input.table_class {
            table.class = Some(Class {
                infrequent_access: class == TableClass::StandardInfrequentAccess,
                changed_at_ms: Some(self.now.as_millis()),
            });
        }
        if let Some(is_protected) = input.deletion_protection_enabled {
            table.deletion_protection = is_protected;
        }
        let warm = input.warm_throughput.as_ref();
        if let Some(given) = warm.filter(|_| Concerns::of(input).warms()) {
            table.warm = Some(schema::updated_warm(given, before.warmth(), None)?);
        }
        keep_warm(before, &mut table);
        Ok(table)
    }

    fn apply_billing(&self, table: &mut Table) -> Result<(), Error> {
        let given = self.input.provisioned_throughput.as_ref();
        let mode = match self.input.billing_mode {
            Some(WireBillingMode::PayPerRequest) => BillingMode::PayPerRequest,
            Some(WireBillingMode::Provisioned) => BillingMode::Provisioned,
            None => table.billing.mode,
        };
        match (mode, given) {
            (BillingMode::PayPerRequest, Some(_)) => {
                return Err(SchemaError::ThroughputOnDemand.into());
            }
            (BillingMode::Provisioned, None)
                if self.input.billing_mode == Some(WireBillingMode::Provisioned) =>
            {
                return Err(SchemaError::NoUpdatedThroughput.into());
            }
            _ => {}
        }
        let is_switched = mode != table.billing.mode;
        if is_switched {
            if mode == BillingMode::Provisioned {
                self.check_index_throughput(table)?;
            }
            self.switch(table, mode);
        }
        if let Some(given) = &self.input.on_demand_throughput {
            table.on_demand = schema::updated_on_demand(table.on_demand, given, mode, None)?;
        }
        let Some(given) = given else { return Ok(()) };
        let (read, write) = (given.read_capacity_units, given.write_capacity_units);
        if !is_switched && (table.throughput.read, table.throughput.write) == (read, write) {
            return Err(SchemaError::SameThroughput { read, write }.into());
        }
        table.throughput = self.changed(table.throughput, given);
        Ok(())
    }

    fn switch(&self, table: &mut Table, mode: BillingMode) {
        table.billing.mode = mode;
        match mode {
            BillingMode::PayPerRequest => {
                table.billing.on_demand_since_ms = Some(self.now.as_millis());
                table.throughput = Throughput::default();
                for index in &mut table.indexes {
                    index.throughput = Throughput::default();
                }
            }
            BillingMode::Provisioned => {
                table.on_demand = OnDemand::default();
                for index in &mut table.indexes {
                    index.on_demand = OnDemand::default();
                }
            }
        }
    }

    /// A table that is to be provisioned from now on has to say so for each of its indexes.
    fn check_index_throughput(&self, table: &Table) -> Result<(), Error> {
        let updates = self.input.global_secondary_index_updates.as_deref();
        let updates = updates.unwrap_or_default();
        let is_told = |index: &Index| {
            updates.iter().any(|update| {
                let update = update.update.as_ref();
                update.is_some_and(|update| {
                    update.index_name == index.name && update.provisioned_throughput.is_some()
                })
            })
        };
        let mut indexes = table.global_indexes();
        match indexes.find(|index| !is_told(index)) {
            Some(index) => Err(SchemaError::NoSwitchedIndexThroughput(index.name.clone()).into()),
            None => Ok(()),
        }
    }

    fn changed(&self, current: Throughput, given: &ProvisionedThroughput) -> Throughput {
        // A change takes its time: it ends after the answer, and after the change before it.
        let last_ms = current.increased_at_ms.max(current.decreased_at_ms);
        let now_ms = self.now.as_millis().max(last_ms.unwrap_or(0)) + 1;
        let (read, write) = (given.read_capacity_units, given.write_capacity_units);
        let mut changed = Throughput {
            read,
            write,
            ..current
        };
        if read > current.read || write > current.write {
            changed.increased_at_ms = Some(now_ms);
        }
        if read < current.read || write < current.write {
            let day_ago = self.now.saturating_sub(DAY).as_millis();
            let is_today = current.decreased_at_ms.is_some_and(|at| at > day_ago);
            changed.decreases = if is_today { current.decreases + 1 } else { 1 };
            changed.decreased_at_ms = Some(now_ms);
        }
        changed
    }

    fn apply_indexes(&self, table: &mut Table) -> Result<(), Error> {
        let updates = self
            .input
            .global_secondary_index_updates
            .as_deref()
            .unwrap_or_default();
        let online = updates
            .iter()
            .filter(|u| u.create.is_some() || u.delete.is_some())
            .count();
        if online > 1 || updates.len() > MAX_INDEX_UPDATES {
            return Err(ParameterError::IndexesAtOnce.into());
        }
        let definitions = self.input.attribute_definitions.clone().unwrap_or_default();
        let definitions = Definitions::new(definitions);
        for update in updates {
            if let Some(create) = &update.create {
                if table.index(&create.index_name).is_some() {
                    return Err(SchemaError::IndexExists.into());
                }
                check_idle(table, None)?;
                if definitions.is_empty() {
                    return Err(SchemaError::NoDefinitions(create.index_name.clone()).into());
                }
                let mode = table.billing.mode;
                let index = schema::new_global_index(create.clone(), &definitions, mode)?;
                schema::check_redefined(&table.attributes, &index.key)?;
                add(table, index)?;
            }
            if let Some(delete) = &update.delete {
                check_idle(table, Some(&delete.index_name))?;
                self.global(table, "delete", &delete.index_name)?;
                table
                    .indexes
                    .retain(|index| index.name != delete.index_name);
            }
            if let Some(update) = &update.update {
                self.apply_index(table, update)?;
            }
        }
        table.define(definitions.into_vec());
        Ok(())
    }

    fn apply_index(
        &self,
        table: &mut Table,
        update: &UpdateGlobalSecondaryIndexAction,
    ) -> Result<(), Error> {
        let mode = table.billing.mode;
        let name = &update.index_name;
        let current = table.index(name).map(|index| table.warmth_of(index));
        let index = self.global(table, "update", name)?;
        let ceilings = update.on_demand_throughput.as_ref();
        let ceilings = ceilings.filter(|given| **given != OnDemandThroughput::default());
        let changes_nothing = ceilings.is_none() && update.warm_throughput.is_none();
        let is_provisioned = update.provisioned_throughput.is_some();
        if mode == BillingMode::PayPerRequest && (is_provisioned || changes_nothing) {
            return Err(SchemaError::IndexUpdateOnDemand(name.clone()).into());
        }
        if let Some(given) = &update.provisioned_throughput {
            schema::throughput(Some(given))?;
            let (read, write) = (given.read_capacity_units, given.write_capacity_units);
            if (index.throughput.read, index.throughput.write) == (read, write) {
                return Err(SchemaError::SameIndexThroughput {
                    index: name.clone(),
                    read,
                    write,
                }
                .into());
            }
            index.throughput = self.changed(index.throughput, given);
        }
        if let Some(given) = ceilings {
            index.on_demand = schema::updated_on_demand(index.on_demand, given, mode, Some(name))?;
        }
        if let (Some(given), Some(current)) = (&update.warm_throughput, current) {
            index.warm = Some(schema::updated_warm(given, current, Some(name))?);
        }
        Ok(())
    }

    fn global<'t>(
        &self,
        table: &'t mut Table,
        action: &'static str,
        name: &str,
    ) -> Result<&'t mut Index, Error> {
        let mut indexes = table.indexes.iter_mut();
        match indexes.find(|index| index.name == name) {
            Some(index) if index.reach == Reach::Global => Ok(index),
            Some(_) => {
                let index = name.to_owned();
                Err(SchemaError::LocalIndex { action, index }.into())
            }
            None => Err(TableError::NoSuchIndex {
                index: name.to_owned(),
                table: self.name.name.clone(),
            }
            .into()),
        }
    }

    /// What becomes of the table's stream.
    fn stream(&self, table: &Table) -> Result<Option<StreamChange>, Error> {
        let Some(given) = &self.input.stream_specification else {
            return Ok(None);
        };
        let is_enabled = table.stream.as_ref().is_some_and(|stream| stream.enabled);
        match (given.stream_enabled, given.stream_view_type) {
            (false, Some(_)) => return Err(SchemaError::ViewTypeOfDisabled.into()),
            (true, None) => return Err(SchemaError::EnabledWithoutViewType.into()),
            _ => {}
        }
        match (new_stream(given)?, is_enabled) {
            (Some(_), true) => Err(SchemaError::StreamEnabled(table.name.clone()).into()),
            (Some(view), false) => Ok(Some(StreamChange::Open(view))),
            (None, true) => Ok(Some(StreamChange::Close)),
            (None, false) => Err(SchemaError::StreamDisabled(table.name.clone()).into()),
        }
    }
}

/// A stream begins or ends.
enum StreamChange {
    Open(StreamView),
    Close,
}

/// Only one index is created or dropped at a time; one that is being created may be dropped.
fn check_idle(table: &Table, dropped: Option<&str>) -> Result<(), Error> {
    let mut busy = table
        .indexes
        .iter()
        .filter(|index| index.state == crate::table::IndexState::Backfilling);
    if busy.any(|index| Some(index.name.as_str()) != dropped) {
        return Err(ParameterError::IndexesAtOnce.into());
    }
    Ok(())
}

fn add(table: &mut Table, index: Index) -> Result<(), Error> {
    if table.global_indexes().count() >= schema::MAX_GLOBAL {
        return Err(ParameterError::TooManyIndexes.into());
    }
    let id = table.new_index_id();
    table.indexes.push(Index { id, ..index });
    Ok(())
}

/// What a table and its indexes were prepared for once, they stay prepared for.
fn keep_warm(before: &Table, table: &mut Table) {
    let kept = |was: Warm, is: Warm| (was.max(is) != is).then(|| was.max(is));
    table.warm = kept(before.warmth(), table.warmth()).or(table.warm);
    let indexes = table.indexes.iter().map(|index| {
        let was = before.index(&index.name)?;
        kept(before.warmth_of(was), table.warmth_of(index))
    });
    let indexes: Vec<_> = indexes.collect();
    for (index, kept) in table.indexes.iter_mut().zip(indexes) {
        index.warm = kept.or(index.warm);
    }
}
