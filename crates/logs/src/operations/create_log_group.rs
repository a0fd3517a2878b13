//! CreateLogGroup.

use crate::record::{Group, GroupPath};
use crate::{Logs, LogsError, group_arn, on_group};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::logs::CreateLogGroupInput;

impl Operate<Logs> for CreateLogGroupInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let tags = self.tags.clone().unwrap_or_default();
        let mut needed = on_group("logs:CreateLogGroup", caller, &self.log_group_name);
        if !tags.is_empty() {
            let arn = group_arn(caller, &self.log_group_name);
            needed.push(Requirement::new("logs:TagResource", arn));
        }
        let tags = tags
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()));
        let needed = needed.into_iter();
        Ok(needed
            .map(|requirement| requirement.request_tags(tags.clone()))
            .collect())
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        let group = Group {
            created_ms: logs.clock.now().as_millis(),
            retention_days: None,
            kms_key_id: self.kms_key_id.clone(),
            class: self.log_group_class.unwrap_or_default().as_str().to_owned(),
            deletion_protected: self.deletion_protection_enabled.unwrap_or(false),
            tags: self.tags.clone().unwrap_or_default(),
            subscriptions: Vec::new(),
        };
        let group = &group;
        logs.store
            .transact(|txn| async move {
                if txn.get(&path.key()).await?.is_some() {
                    return Err(LogsError::GroupExists);
                }
                path.save(&txn, group);
                Ok(())
            })
            .await
    }
}
