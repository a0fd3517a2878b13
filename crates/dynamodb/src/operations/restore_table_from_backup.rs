//! RestoreTableFromBackup.

use crate::Dynamodb;
use crate::backup::{self, BackupState};
use crate::error::{BackupError, Error, ErrorKind};
use crate::history::Source;
use crate::restore::{self, Overrides};
use crate::statistics::Counts;
use crate::table::Restore;
use crate::tables::TableName;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{RestoreTableFromBackupInput, RestoreTableFromBackupOutput, TableStatus};

impl Operate<Dynamodb> for RestoreTableFromBackupInput {
    async fn requirements(&self, _: &Dynamodb, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = TableName::read(caller, &self.target_table_name)?;
        let source = backup::named(&self.backup_arn)?.arn();
        let action = "dynamodb:RestoreTableFromBackup";
        let source = Requirement::new(action, source);
        Ok(restore::requirements(source, action, &target))
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<RestoreTableFromBackupOutput, Error> {
        if self.vector_index_override.is_some() {
            let what = "RestoreTableFromBackup with VectorIndexOverride";
            return Err(ErrorKind::NotImplemented(what).into());
        }
        let target = &TableName::read(permit.caller(), &self.target_table_name)?;
        let name = &backup::named(&self.backup_arn)?;
        let overrides = &Overrides {
            billing: self.billing_mode_override,
            throughput: self.provisioned_throughput_override,
            on_demand: self.on_demand_throughput_override,
            global: self.global_secondary_index_override,
            local: self.local_secondary_index_override,
            encryption: self.sse_specification_override,
        };
        let table = service
            .store
            .transact(|txn| async move {
                let backup = backup::read(&txn, name).await?;
                if backup.state == BackupState::Creating {
                    return Err(Error::from(BackupError::InUse(name.arn())));
                }
                let from = Restore {
                    backup_arn: Some(name.arn()),
                    table_arn: backup.table.arn.clone(),
                    at_ms: backup.created_at_ms,
                };
                let table = overrides
                    .clone()
                    .apply(service, &backup.table, target, from)?;
                let source = Source {
                    items: backup.id,
                    history: None,
                    moment: 0,
                };
                let (table, copy) = restore::begin(service, &txn, target, &table, source).await?;
                copy.note(&txn);
                Ok(table)
            })
            .await?;
        service.copies.notify_one();
        Ok(RestoreTableFromBackupOutput {
            table_description: Some(table.describe(TableStatus::Creating, &Counts::default())),
        })
    }
}
