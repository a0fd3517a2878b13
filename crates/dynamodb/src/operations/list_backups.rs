//! ListBackups.

use crate::Dynamodb;
use crate::backup::{self, Backup, BackupKind};
use crate::error::{BackupError, Error};
use crate::labelled::Kind;
use crate::tables::TableName;
use kv::Order;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{BackupTypeFilter, ListBackupsInput, ListBackupsOutput};

const MAX_BACKUPS: usize = 100;

impl Operate<Dynamodb> for ListBackupsInput {
    async fn requirements(&self, _: &Dynamodb, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![Requirement::new("dynamodb:ListBackups", "*")])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<ListBackupsOutput, Error> {
        let caller = permit.caller();
        if let (Some(lower), Some(upper)) =
            (self.time_range_lower_bound, self.time_range_upper_bound)
            && lower > upper
        {
            return Err(BackupError::TimeRange.into());
        }
        let mut range = match &self.table_name {
            Some(table) => Kind::Backup.of_table(&TableName::of_table(caller, table)?),
            None => Kind::Backup.of_account(caller.account, &caller.region),
        }
        .range();
        if let Some(start) = &self.exclusive_start_backup_arn {
            range.pass(Some(&backup::named(start)?.key()), Order::Ascending);
        }
        let limit = self.limit.and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or(MAX_BACKUPS).min(MAX_BACKUPS);
        let mut found: Vec<Backup> = Vec::new();
        let mut last = None;
        let mut backups = service.store.snapshot().scan(range, Order::Ascending);
        while let Some((_, record)) = backups.next().await? {
            let backup: Backup = kv::record::decode(&record)?;
            if !is_wanted(&self, &backup) {
                continue;
            }
            if found.len() == limit {
                last = found.last().map(|backup| backup.arn.clone());
                break;
            }
            found.push(backup);
        }
        Ok(ListBackupsOutput {
            backup_summaries: Some(found.iter().map(Backup::summary).collect()),
            last_evaluated_backup_arn: last,
        })
    }
}

/// The lower bound counts, the upper one does not.
fn is_wanted(input: &ListBackupsInput, backup: &Backup) -> bool {
    let is_of_type = match input.backup_type {
        None | Some(BackupTypeFilter::All) => true,
        Some(BackupTypeFilter::User) => backup.kind == BackupKind::User,
        Some(BackupTypeFilter::System) => backup.kind == BackupKind::System,
        Some(BackupTypeFilter::AwsBackup) => false,
    };
    let created = base::Timestamp::from_millis(backup.created_at_ms);
    let is_late_enough = input
        .time_range_lower_bound
        .is_none_or(|bound| bound <= created);
    let is_early_enough = input
        .time_range_upper_bound
        .is_none_or(|bound| created < bound);
    is_of_type && is_late_enough && is_early_enough
}
