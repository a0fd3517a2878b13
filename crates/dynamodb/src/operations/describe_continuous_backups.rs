//! DescribeContinuousBackups: as for any table whose point-in-time recovery was never switched
//! on.

use crate::Dynamodb;
use crate::access::Access;
use crate::error::{Error, TableError};
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{
    ContinuousBackupsDescription, ContinuousBackupsStatus, DescribeContinuousBackupsInput,
    DescribeContinuousBackupsOutput, PointInTimeRecoveryDescription, PointInTimeRecoveryStatus,
};

impl Operate<Dynamodb> for DescribeContinuousBackupsInput {
    async fn requirements(&self, _: &Dynamodb, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let name = TableName::of_table(caller, &self.table_name)?;
        Ok(vec![
            Access::to("dynamodb:DescribeContinuousBackups", &name).require(),
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<DescribeContinuousBackupsOutput, Error> {
        let name = TableName::of_table(permit.caller(), &self.table_name)?;
        if service
            .table_at(&service.store.snapshot(), &name)
            .await?
            .is_none()
        {
            return Err(TableError::NoTableToBackUp(name.name).into());
        }
        let recovery = PointInTimeRecoveryDescription {
            point_in_time_recovery_status: Some(PointInTimeRecoveryStatus::Disabled),
            ..PointInTimeRecoveryDescription::default()
        };
        Ok(DescribeContinuousBackupsOutput {
            continuous_backups_description: Some(ContinuousBackupsDescription {
                continuous_backups_status: ContinuousBackupsStatus::Enabled,
                point_in_time_recovery_description: Some(recovery),
            }),
        })
    }
}
