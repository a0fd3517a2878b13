//! The operations, one file each.

mod create_log_group;
mod create_log_stream;
mod delete_log_group;
mod delete_log_stream;
mod describe_log_groups;
mod describe_log_streams;
mod filter_log_events;
mod get_log_events;
mod kms_key;
mod list_log_groups;
mod put_log_events;
mod resource_policies;
mod retention;
mod subscription_filters;
mod tags;
mod test_metric_filter;

use crate::{Logs, LogsError};
use service::{Caller, Handler};
use wire::logs::*;

pub fn handlers() -> Vec<Handler<Logs>> {
    vec![
        Handler::of::<AssociateKmsKeyInput>(),
        Handler::of::<CreateLogGroupInput>(),
        Handler::of::<CreateLogStreamInput>(),
        Handler::of::<DeleteLogGroupInput>(),
        Handler::of::<DeleteLogStreamInput>(),
        Handler::of::<DeleteResourcePolicyInput>(),
        Handler::of::<DeleteRetentionPolicyInput>(),
        Handler::of::<DeleteSubscriptionFilterInput>(),
        Handler::of::<DescribeLogGroupsInput>(),
        Handler::of::<DescribeLogStreamsInput>(),
        Handler::of::<DescribeResourcePoliciesInput>(),
        Handler::of::<DescribeSubscriptionFiltersInput>(),
        Handler::of::<DisassociateKmsKeyInput>(),
        Handler::of::<FilterLogEventsInput>(),
        Handler::of::<GetLogEventsInput>(),
        Handler::of::<ListLogGroupsInput>(),
        Handler::of::<ListTagsForResourceInput>(),
        Handler::of::<ListTagsLogGroupInput>(),
        Handler::of::<PutLogEventsInput>(),
        Handler::of::<PutResourcePolicyInput>(),
        Handler::of::<PutRetentionPolicyInput>(),
        Handler::of::<PutSubscriptionFilterInput>(),
        Handler::of::<TagLogGroupInput>(),
        Handler::of::<TagResourceInput>(),
        Handler::of::<TestMetricFilterInput>(),
        Handler::of::<UntagLogGroupInput>(),
        Handler::of::<UntagResourceInput>(),
    ]
}

/// The group meant by a name or by an identifier, which may be the group's ARN.
fn group_meant(
    name: Option<&String>,
    identifier: Option<&String>,
    caller: &Caller,
) -> Result<String, LogsError> {
    match (name, identifier) {
        (Some(name), None) => Ok(name.clone()),
        (None, Some(identifier)) => group_of_identifier(identifier, caller),
        (None, None) => Err(LogsError::invalid(
            "Either logGroupName or logGroupIdentifier must be provided.",
        )),
        (Some(_), Some(_)) => Err(LogsError::NameAndArn),
    }
}

/// The name in a group's identifier: a name, or an ARN with or without `:*`.
fn group_of_identifier(identifier: &str, caller: &Caller) -> Result<String, LogsError> {
    if !identifier.starts_with("arn:") {
        return Ok(identifier.to_owned());
    }
    let invalid = || LogsError::invalid("The specified resource ARN is invalid.");
    let arn: base::Arn = identifier.parse().map_err(|_| invalid())?;
    let is_ours = arn.service() == "logs"
        && arn.region() == caller.region.as_str()
        && arn.account() == caller.account.as_str();
    let name = arn
        .resource()
        .strip_prefix("log-group:")
        .ok_or_else(invalid)?;
    if is_ours {
        Ok(name.trim_end_matches(":*").to_owned())
    } else {
        Err(LogsError::NoSuchGroup)
    }
}
