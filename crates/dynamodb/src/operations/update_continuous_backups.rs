//! UpdateContinuousBackups: point-in-time recovery on and off.

use super::describe_continuous_backups::describe;
use crate::Dynamodb;
use crate::access::Access;
use crate::error::{BackupError, Error, TableError};
use crate::history::{History, Recovery};
use crate::table::Table;
use crate::tables::{TableName, next_id};
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    PointInTimeRecoverySpecification, UpdateContinuousBackupsInput, UpdateContinuousBackupsOutput,
};

/// How many days can be gone back, unless said otherwise.
const DEFAULT_DAYS: i32 = 35;

impl Operate<Dynamodb> for UpdateContinuousBackupsInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        Ok(vec![
            Access::to("dynamodb:UpdateContinuousBackups", &name)
                .require(service)
                .await?,
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<UpdateContinuousBackupsOutput, Error> {
        let name = &TableName::of_table(permit.caller(), &self.table_name)?;
        let wanted = &self.point_in_time_recovery_specification;
        if !wanted.point_in_time_recovery_enabled && wanted.recovery_period_in_days.is_some() {
            return Err(BackupError::PeriodWithoutRecovery.into());
        }
        let table = service
            .store
            .transact(|txn| change(service, txn, name, wanted))
            .await?;
        service.work.notify_one();
        Ok(UpdateContinuousBackupsOutput {
            continuous_backups_description: Some(describe(&table, service.clock.now())),
        })
    }
}

async fn change(
    service: &Dynamodb,
    txn: Txn,
    name: &TableName,
    wanted: &PointInTimeRecoverySpecification,
) -> Result<Table, Error> {
    let table = service.table_in(&txn, name).await?;
    let not_found = || TableError::NoTableToBackUp(name.name.clone());
    let mut table = Table::clone(&*table.ok_or_else(not_found)?);
    if wanted.point_in_time_recovery_enabled {
        let history = match &mut table.history {
            Some(history) => history,
            none => none.insert(History::new(next_id(&txn).await?)),
        };
        let current = history.recovery;
        let days = wanted.recovery_period_in_days;
        history.recovery = Some(Recovery {
            days: days
                .or(current.map(|recovery| recovery.days))
                .unwrap_or(DEFAULT_DAYS),
            since_ms: current.map_or(service.clock.now().as_millis(), |r| r.since_ms),
        });
    } else if let Some(history) = &mut table.history {
        history.recovery = None;
    }
    table.drop_idle_history(&txn);
    txn.put(name.key(), kv::record::encode(&table));
    Ok(table)
}
