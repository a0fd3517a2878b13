//! DeleteBackup.

use crate::Dynamodb;
use crate::backup::{self, BackupState};
use crate::copy::Copy;
use crate::error::{BackupError, Error};
use crate::sweep::Dropped;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{BackupStatus, DeleteBackupInput, DeleteBackupOutput};

impl Operate<Dynamodb> for DeleteBackupInput {
    async fn requirements(&self, _: &Dynamodb, _: &Caller) -> Result<Vec<Requirement>, Error> {
        let arn = backup::named(&self.backup_arn)?.arn();
        Ok(vec![Requirement::new("dynamodb:DeleteBackup", arn)])
    }

    async fn operate(self, service: &Dynamodb, _: &Permit) -> Result<DeleteBackupOutput, Error> {
        let name = &backup::named(&self.backup_arn)?;
        let backup = service
            .store
            .transact(|txn| async move {
                let backup = backup::read(&txn, name).await?;
                let copies = Copy::under_way(&txn).await?;
                let is_read = copies.iter().any(|copy| copy.source.is_in(backup.id));
                if backup.state == BackupState::Creating || is_read {
                    return Err(Error::from(BackupError::InUse(name.arn())));
                }
                txn.delete(name.key());
                Dropped {
                    table: backup.id,
                    index: None,
                }
                .note(&txn);
                Ok(backup)
            })
            .await?;
        service.work.notify_one();
        let mut description = backup.describe();
        if let Some(details) = &mut description.backup_details {
            details.backup_status = BackupStatus::Deleted;
        }
        Ok(DeleteBackupOutput {
            backup_description: Some(description),
        })
    }
}
