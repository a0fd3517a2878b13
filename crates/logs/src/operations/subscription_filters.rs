//! PutSubscriptionFilter, DescribeSubscriptionFilters and DeleteSubscriptionFilter.

use crate::filter::Filter;
use crate::page::{decode_name, encode_name};
use crate::record::{GroupPath, Subscription};
use crate::{Logs, LogsError, on_group};
use base::Arn;
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration;
use wire::logs::{
    DeleteSubscriptionFilterInput, DescribeSubscriptionFiltersInput,
    DescribeSubscriptionFiltersOutput, Distribution, PutSubscriptionFilterInput,
    SubscriptionFilter,
};

/// What a group may have.
const MOST: usize = 2;
const DEFAULT_LIMIT: usize = 50;

impl Operate<Logs> for PutSubscriptionFilterInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let group = &self.log_group_name;
        let needed = on_group("logs:PutSubscriptionFilter", caller, group).into_iter();
        let destination = || [self.destination_arn.as_str()];
        let mut needed: Vec<Requirement> = needed
            .map(|requirement| requirement.with("logs:DestinationArn", destination()))
            .collect();
        if let Some(role) = &self.role_arn {
            let passed = Requirement::new("iam:PassRole", role);
            needed.push(passed.with("iam:PassedToService", ["logs.amazonaws.com"]));
        }
        Ok(needed)
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        check_destination(&self, permit.caller())?;
        if self.emit_system_fields.is_some() || self.field_selection_criteria.is_some() {
            return Err(LogsError::NotBuilt(
                "System fields of subscriptions are not built",
            ));
        }
        if self.apply_on_transformed_logs == Some(true) {
            return Err(LogsError::NotBuilt("Transformed logs are not built"));
        }
        Filter::parse(&self.filter_pattern)?;
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        path.read(&logs.store.snapshot()).await?;
        logs.check_function(path, &self.destination_arn).await?;
        let subscription = &Subscription {
            name: self.filter_name.clone(),
            pattern: self.filter_pattern.clone(),
            destination_arn: self.destination_arn.clone(),
            role_arn: self.role_arn.clone(),
            distribution: self
                .distribution
                .unwrap_or(Distribution::ByLogStream)
                .as_str()
                .to_owned(),
            created_ms: logs.clock.now().as_millis(),
        };
        logs.store
            .transact(|txn| async move {
                let mut group = path.load(&txn).await?;
                group
                    .subscriptions
                    .retain(|it| it.name != subscription.name);
                if group.subscriptions.len() >= MOST {
                    return Err(LogsError::LimitExceeded);
                }
                group.subscriptions.push(subscription.clone());
                path.save(&txn, &group);
                Ok(())
            })
            .await
    }
}

/// Functions of the same account can subscribe; of what is not here, AWS's own rules come first.
fn check_destination(input: &PutSubscriptionFilterInput, caller: &Caller) -> Result<(), LogsError> {
    let arn: Option<Arn> = input.destination_arn.parse().ok();
    let arn = arn.ok_or_else(|| LogsError::invalid("Invalid destinationArn"))?;
    match arn.service() {
        "lambda" if arn.account() == caller.account.as_str() => Ok(()),
        "lambda" => Err(LogsError::ForeignFunction),
        vendor @ ("kinesis" | "firehose") if input.role_arn.is_none() => {
            Err(LogsError::DestinationWithoutRole(vendor.to_owned()))
        }
        "kinesis" | "firehose" | "logs" => Err(LogsError::NotBuilt(
            "Subscriptions of anything but functions are not built",
        )),
        _ => Err(LogsError::invalid("Invalid destinationArn")),
    }
}

impl Operate<Logs> for DescribeSubscriptionFiltersInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let action = "logs:DescribeSubscriptionFilters";
        Ok(on_group(action, caller, &self.log_group_name))
    }

    async fn operate(
        self,
        logs: &Logs,
        permit: &Permit,
    ) -> Result<DescribeSubscriptionFiltersOutput, LogsError> {
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        let group = path.read(&logs.store.snapshot()).await?;
        let after = self.next_token.as_deref().map(decode_name).transpose()?;
        let prefix = self.filter_name_prefix.as_deref().unwrap_or_default();
        let limit = self.limit.and_then(|n| usize::try_from(n).ok());
        let mut found = group.subscriptions;
        found.retain(|it| {
            it.name.starts_with(prefix) && after.as_ref().is_none_or(|after| it.name > *after)
        });
        found.sort_by(|a, b| a.name.cmp(&b.name));
        let all = found.len();
        found.truncate(limit.unwrap_or(DEFAULT_LIMIT));
        let last = found.last().filter(|_| found.len() < all);
        let next_token = last.map(|last| encode_name(&last.name));
        let shown = found.into_iter().map(|it| shown(&self.log_group_name, it));
        Ok(DescribeSubscriptionFiltersOutput {
            subscription_filters: Some(shown.collect()),
            next_token,
        })
    }
}

fn shown(group: &str, subscription: Subscription) -> SubscriptionFilter {
    SubscriptionFilter {
        filter_name: Some(subscription.name),
        log_group_name: Some(group.to_owned()),
        filter_pattern: Some(subscription.pattern),
        destination_arn: Some(subscription.destination_arn),
        role_arn: subscription.role_arn,
        distribution: Distribution::from_name(&subscription.distribution),
        apply_on_transformed_logs: Some(false),
        creation_time: Some(subscription.created_ms),
        ..SubscriptionFilter::default()
    }
}

impl Operate<Logs> for DeleteSubscriptionFilterInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let action = "logs:DeleteSubscriptionFilter";
        Ok(on_group(action, caller, &self.log_group_name))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        let name = &self.filter_name;
        logs.store
            .transact(|txn| async move {
                let mut group = path.load(&txn).await?;
                let before = group.subscriptions.len();
                group.subscriptions.retain(|it| it.name != *name);
                if group.subscriptions.len() == before {
                    return Err(LogsError::NoSuchSubscription);
                }
                path.save(&txn, &group);
                Ok(())
            })
            .await
    }
}
