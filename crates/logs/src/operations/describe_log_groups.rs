//! DescribeLogGroups.

use crate::page::{decode_name, encode_name};
use crate::record::{Group, groups_range, name_of};
use crate::{Logs, LogsError, group_arn, on_group};
use kv::{Order, record};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::logs::{DescribeLogGroupsInput, DescribeLogGroupsOutput, LogGroup, LogGroupClass};

const DEFAULT_LIMIT: usize = 50;

impl Operate<Logs> for DescribeLogGroupsInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let prefix = self.log_group_name_prefix.as_deref().unwrap_or_default();
        Ok(on_group("logs:DescribeLogGroups", caller, prefix))
    }

    async fn operate(
        self,
        logs: &Logs,
        permit: &Permit,
    ) -> Result<DescribeLogGroupsOutput, LogsError> {
        if self.log_group_name_prefix.is_some() && self.log_group_name_pattern.is_some() {
            return Err(LogsError::invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        let caller = permit.caller();
        let limit = self
            .limit
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(DEFAULT_LIMIT);
        let after = self.next_token.as_deref().map(decode_name).transpose()?;
        let prefix = self.log_group_name_prefix.as_deref().unwrap_or_default();
        let mut scan = logs
            .store
            .snapshot()
            .scan(groups_range(caller, prefix), Order::Ascending);
        let mut groups = Vec::new();
        let mut more = None;
        while let Some((key, value)) = scan.next().await? {
            let name = name_of(&key)?;
            let group: Group = record::decode(&value)?;
            if after.as_ref().is_some_and(|after| name <= *after) || !self.wants(&name, &group) {
                continue;
            }
            if groups.len() == limit {
                more = groups
                    .last()
                    .and_then(|last: &LogGroup| last.log_group_name.clone());
                break;
            }
            let mut shown = shown(caller, name, &group);
            if self.log_group_name_pattern.is_some() {
                // As recorded.
                shown.stored_bytes = None;
                shown.deletion_protection_enabled = None;
            }
            groups.push(shown);
        }
        let next_token = more.as_deref().map(encode_name);
        Ok(DescribeLogGroupsOutput {
            log_groups: Some(groups),
            next_token,
        })
    }
}

/// The filters besides the prefix.
trait Wanted {
    fn wants(&self, name: &str, group: &Group) -> bool;
}

impl Wanted for DescribeLogGroupsInput {
    fn wants(&self, name: &str, group: &Group) -> bool {
        let lower = name.to_lowercase();
        let pattern = self.log_group_name_pattern.as_ref();
        pattern.is_none_or(|pattern| lower.contains(&pattern.to_lowercase()))
            && self
                .log_group_class
                .is_none_or(|class| class.as_str() == group.class)
    }
}

fn shown(caller: &Caller, name: String, group: &Group) -> LogGroup {
    let arn = group_arn(caller, &name);
    LogGroup {
        log_group_name: Some(name),
        creation_time: Some(group.created_ms),
        retention_in_days: group.retention_days,
        metric_filter_count: Some(0),
        arn: Some(format!("{arn}:*")),
        stored_bytes: Some(0),
        kms_key_id: group.kms_key_id.clone(),
        log_group_class: LogGroupClass::from_name(&group.class),
        log_group_arn: Some(arn),
        deletion_protection_enabled: Some(group.deletion_protected),
        ..LogGroup::default()
    }
}
