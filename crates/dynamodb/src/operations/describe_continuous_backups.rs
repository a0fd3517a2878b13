//! DescribeContinuousBackups.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, TableError};
use crate::table::Table;
use crate::tables::TableName;
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    ContinuousBackupsDescription, ContinuousBackupsStatus, DescribeContinuousBackupsInput,
    DescribeContinuousBackupsOutput, PointInTimeRecoveryDescription, PointInTimeRecoveryStatus,
};

impl Operate<Dynamodb> for DescribeContinuousBackupsInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        Ok(vec![
            Access::to("dynamodb:DescribeContinuousBackups", &name)
                .require(service)
                .await?,
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<DescribeContinuousBackupsOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        let table = service
            .any_table_at(&service.store.snapshot(), &name)
            .await?;
        let table = table.ok_or(TableError::NoTableToBackUp(name.name))?;
        Ok(DescribeContinuousBackupsOutput {
            continuous_backups_description: Some(describe(&table, service.clock.now())),
        })
    }
}

/// What can be restored of a table, in whole seconds; each of them can be restored.
pub fn describe(table: &Table, now: Timestamp) -> ContinuousBackupsDescription {
    let recovery = table.history.as_ref().and_then(|history| history.recovery);
    let description = match recovery {
        None => PointInTimeRecoveryDescription {
            point_in_time_recovery_status: Some(PointInTimeRecoveryStatus::Disabled),
            ..PointInTimeRecoveryDescription::default()
        },
        Some(recovery) => PointInTimeRecoveryDescription {
            point_in_time_recovery_status: Some(PointInTimeRecoveryStatus::Enabled),
            recovery_period_in_days: Some(recovery.days),
            earliest_restorable_date_time: Some(whole(recovery.earliest(now))),
            latest_restorable_date_time: Some(whole(now)),
        },
    };
    ContinuousBackupsDescription {
        continuous_backups_status: ContinuousBackupsStatus::Enabled,
        point_in_time_recovery_description: Some(description),
    }
}

fn whole(time: Timestamp) -> Timestamp {
    Timestamp::from_secs(time.as_secs())
}
