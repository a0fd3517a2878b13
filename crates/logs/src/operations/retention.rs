//! PutRetentionPolicy and DeleteRetentionPolicy.

use crate::record::GroupPath;
use crate::{Logs, LogsError, on_group};
use service::{Caller, Operate, Permit, Requirement};
use wire::logs::{DeleteRetentionPolicyInput, PutRetentionPolicyInput};

/// The numbers of days that AWS takes.
const ALLOWED_DAYS: [i32; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

impl Operate<Logs> for PutRetentionPolicyInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        Ok(on_group(
            "logs:PutRetentionPolicy",
            caller,
            &self.log_group_name,
        ))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let days = self.retention_in_days;
        if !ALLOWED_DAYS.contains(&days) {
            let allowed = ALLOWED_DAYS.map(|days| days.to_string()).join(", ");
            return Err(LogsError::invalid(format!(
                "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy \
                 constraint: Member must satisfy enum value set: [{allowed}]"
            )));
        }
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        set_retention(logs, path, Some(days)).await
    }
}

impl Operate<Logs> for DeleteRetentionPolicyInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        Ok(on_group(
            "logs:DeleteRetentionPolicy",
            caller,
            &self.log_group_name,
        ))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        set_retention(logs, path, None).await
    }
}

async fn set_retention(
    logs: &Logs,
    path: GroupPath<'_>,
    days: Option<i32>,
) -> Result<(), LogsError> {
    logs.store
        .transact(|txn| async move {
            let mut group = path.load(&txn).await?;
            group.retention_days = days;
            path.save(&txn, &group);
            Ok(())
        })
        .await
}
