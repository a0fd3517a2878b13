//! RestoreTableToPointInTime.

use crate::Dynamodb;
use crate::access::Access;
use crate::copy::Copy;
use crate::error::{BackupError, Error, ErrorKind};
use crate::history::Source;
use crate::restore::{self, Overrides};
use crate::statistics::Counts;
use crate::stream::sequence_of;
use crate::table::{Restore, Table};
use crate::tables::TableName;
use crate::write::{Author, Writer};
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use std::time::Duration;
use wire::dynamodb::{
    RestoreTableToPointInTimeInput, RestoreTableToPointInTimeOutput, TableStatus,
};

impl Operate<Dynamodb> for RestoreTableToPointInTimeInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let target = TableName::read(caller, &self.target_table_name)?;
        let action = "dynamodb:RestoreTableToPointInTime";
        let source = source(self, caller)?;
        let source = Access::to(action, &source).require(service).await?;
        Ok(restore::requirements(source, action, &target))
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<RestoreTableToPointInTimeOutput, Error> {
        if self.vector_index_override.is_some() {
            let what = "RestoreTableToPointInTime with VectorIndexOverride";
            return Err(ErrorKind::NotImplemented(what).into());
        }
        let plan = &Plan {
            source: source(&self, permit.caller())?,
            target: TableName::read(permit.caller(), &self.target_table_name)?,
            time: wanted_time(&self)?,
            now: service.clock.now(),
            overrides: Overrides {
                billing: self.billing_mode_override,
                throughput: self.provisioned_throughput_override,
                on_demand: self.on_demand_throughput_override,
                global: self.global_secondary_index_override,
                local: self.local_secondary_index_override,
                encryption: self.sse_specification_override,
            },
        };
        let table = service
            .transact(Author::Caller, |writer| plan.begin(service, writer))
            .await?;
        service.copies.notify_one();
        Ok(RestoreTableToPointInTimeOutput {
            table_description: Some(table.describe(TableStatus::Creating, &Counts::default())),
        })
    }
}

/// The table that is to be restored.
fn source(input: &RestoreTableToPointInTimeInput, caller: &Caller) -> Result<TableName, Error> {
    match (&input.source_table_arn, &input.source_table_name) {
        (Some(text), None) | (None, Some(text)) => TableName::of_table(caller, text),
        (None, None) => Err(BackupError::SourceNotNamed.into()),
        (Some(_), Some(_)) => Err(BackupError::SourceNamedTwice.into()),
    }
}

/// The moment that is asked for; nothing for the latest.
fn wanted_time(input: &RestoreTableToPointInTimeInput) -> Result<Option<Timestamp>, BackupError> {
    match (input.use_latest_restorable_time, input.restore_date_time) {
        (Some(true), None) => Ok(None),
        (Some(true), Some(_)) => Err(BackupError::TwoTimes),
        (_, Some(time)) => Ok(Some(time)),
        (_, None) => Err(BackupError::NoTime),
    }
}

struct Plan {
    source: TableName,
    target: TableName,
    time: Option<Timestamp>,
    now: Timestamp,
    overrides: Overrides,
}

impl Plan {
    async fn begin(&self, service: &Dynamodb, writer: Writer) -> Result<Table, Error> {
        let txn = &writer.txn;
        let source = service.any_table_in(txn, &self.source).await?;
        let no_source = || BackupError::NoSource(self.source.name.clone());
        let mut source = Table::clone(&*source.ok_or_else(no_source)?);
        let (time, end) = self.moment(&source)?;
        let from = Restore {
            backup_arn: None,
            table_arn: source.arn.clone(),
            at_ms: time.as_millis(),
        };
        let table = self
            .overrides
            .clone()
            .apply(service, &source, &self.target, from)?;
        let nothing = Source {
            items: source.id,
            history: None,
            moment: 0,
        };
        let (table, copy) = restore::begin(service, txn, &self.target, &table, nothing).await?;
        let latest = service.read_past(&writer, &mut source, copy.id).await?;
        Copy {
            source: Source {
                moment: end.map_or(latest.moment, |end| latest.moment.min(end)),
                ..latest
            },
            reads: Some(source.arn.clone()),
            ..copy
        }
        .note(txn);
        txn.put(self.source.key(), kv::record::encode(&source));
        Ok(table)
    }

    /// The time that the table gets, and the last moment whose changes count; no moment for all
    /// that have happened.
    fn moment(&self, source: &Table) -> Result<(Timestamp, Option<u64>), BackupError> {
        let recovery = source.history.as_ref().and_then(|history| history.recovery);
        let no_recovery = || BackupError::NoRecovery(self.source.name.clone());
        let recovery = recovery.ok_or_else(no_recovery)?;
        let Some(time) = self.time else {
            return Ok((self.now, None));
        };
        let earliest = recovery.earliest(self.now);
        if time.as_secs() < earliest.as_secs() || time > self.now {
            return Err(BackupError::Time);
        }
        Ok((time, Some(sequence_of(end_of(time)).saturating_sub(1))))
    }
}

/// Clients mostly speak of whole seconds, cutting off the rest: such a second counts to its end.
fn end_of(time: Timestamp) -> Timestamp {
    match time.as_millis().rem_euclid(1000) {
        0 => time.saturating_add(Duration::from_secs(1)),
        _ => time.saturating_add(Duration::from_millis(1)),
    }
}
