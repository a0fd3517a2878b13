//! Tags of groups, by the older operations that name the group and the newer ones that take ARNs.

use super::group_of_identifier;
use crate::record::GroupPath;
use crate::{Logs, LogsError, group_arn};
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::logs::{
    ListTagsForResourceInput, ListTagsForResourceOutput, ListTagsLogGroupInput,
    ListTagsLogGroupOutput, TagLogGroupInput, TagResourceInput, UntagLogGroupInput,
    UntagResourceInput,
};

const MAX_TAGS: usize = 50;

/// Tagging is the one family that is evaluated against the group's ARN as it stands.
fn needed(action: &'static str, caller: &Caller, group: &str) -> Vec<Requirement> {
    vec![Requirement::new(action, group_arn(caller, group))]
}

fn tagging(
    action: &'static str,
    caller: &Caller,
    group: &str,
    tags: &BTreeMap<String, String>,
) -> Vec<Requirement> {
    let tags = tags
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()));
    let needed = needed(action, caller, group).into_iter();
    needed
        .map(|requirement| requirement.request_tags(tags.clone()))
        .collect()
}

fn untagging(
    action: &'static str,
    caller: &Caller,
    group: &str,
    keys: &[String],
) -> Vec<Requirement> {
    let needed = needed(action, caller, group).into_iter();
    needed
        .map(|requirement| requirement.with("aws:TagKeys", keys))
        .collect()
}

async fn change(
    logs: &Logs,
    path: GroupPath<'_>,
    edit: impl Fn(&mut BTreeMap<String, String>) + Send + Sync,
) -> Result<(), LogsError> {
    let edit = &edit;
    logs.store
        .transact(|txn| async move {
            let mut group = path.load(&txn).await?;
            edit(&mut group.tags);
            if group.tags.len() > MAX_TAGS {
                return Err(LogsError::invalid("The maximum number of tags is 50."));
            }
            path.save(&txn, &group);
            Ok(())
        })
        .await
}

async fn list(logs: &Logs, path: GroupPath<'_>) -> Result<BTreeMap<String, String>, LogsError> {
    Ok(path.read(&logs.store.snapshot()).await?.tags)
}

impl Operate<Logs> for TagLogGroupInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        Ok(tagging(
            "logs:TagLogGroup",
            caller,
            &self.log_group_name,
            &self.tags,
        ))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        change(logs, path, |tags| tags.extend(self.tags.clone())).await
    }
}

impl Operate<Logs> for TagResourceInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let group = group_of_identifier(&self.resource_arn, caller)?;
        Ok(tagging("logs:TagResource", caller, &group, &self.tags))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let group = group_of_identifier(&self.resource_arn, permit.caller())?;
        let path = GroupPath {
            caller: permit.caller(),
            group: &group,
        };
        change(logs, path, |tags| tags.extend(self.tags.clone())).await
    }
}

impl Operate<Logs> for UntagLogGroupInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        Ok(untagging(
            "logs:UntagLogGroup",
            caller,
            &self.log_group_name,
            &self.tags,
        ))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        change(logs, path, |tags| {
            tags.retain(|key, _| !self.tags.contains(key))
        })
        .await
    }
}

impl Operate<Logs> for UntagResourceInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let group = group_of_identifier(&self.resource_arn, caller)?;
        Ok(untagging(
            "logs:UntagResource",
            caller,
            &group,
            &self.tag_keys,
        ))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let group = group_of_identifier(&self.resource_arn, permit.caller())?;
        let path = GroupPath {
            caller: permit.caller(),
            group: &group,
        };
        change(logs, path, |tags| {
            tags.retain(|key, _| !self.tag_keys.contains(key))
        })
        .await
    }
}

impl Operate<Logs> for ListTagsLogGroupInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        Ok(needed(
            "logs:ListTagsLogGroup",
            caller,
            &self.log_group_name,
        ))
    }

    async fn operate(
        self,
        logs: &Logs,
        permit: &Permit,
    ) -> Result<ListTagsLogGroupOutput, LogsError> {
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        Ok(ListTagsLogGroupOutput {
            tags: Some(list(logs, path).await?),
        })
    }
}

impl Operate<Logs> for ListTagsForResourceInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let group = group_of_identifier(&self.resource_arn, caller)?;
        Ok(needed("logs:ListTagsForResource", caller, &group))
    }

    async fn operate(
        self,
        logs: &Logs,
        permit: &Permit,
    ) -> Result<ListTagsForResourceOutput, LogsError> {
        let group = group_of_identifier(&self.resource_arn, permit.caller())?;
        let path = GroupPath {
            caller: permit.caller(),
            group: &group,
        };
        Ok(ListTagsForResourceOutput {
            tags: Some(list(logs, path).await?),
        })
    }
}
