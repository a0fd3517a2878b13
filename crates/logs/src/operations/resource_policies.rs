//! PutResourcePolicy, DescribeResourcePolicies and DeleteResourcePolicy: policies that let other
//! services write to the account's logs. They are kept and shown; the services of this stack write
//! as the account itself or as a role of it.

use crate::page::{decode_name, encode_name};
use crate::record::{ResourcePolicy, name_of, resource_policies_range, resource_policy_key};
use crate::{Logs, LogsError};
use kv::{Order, record};
use serde::de::IgnoredAny;
use service::{Caller, Operate, Permit, Requirement};
use std::collections::BTreeMap;
use wire::logs::{
    self as shapes, DeleteResourcePolicyInput, DescribeResourcePoliciesInput,
    DescribeResourcePoliciesOutput, PolicyScope, PutResourcePolicyInput, PutResourcePolicyOutput,
};

/// What an account may have in a region.
const MOST: usize = 10;
const DEFAULT_LIMIT: usize = 50;
const OF_GROUPS: LogsError = LogsError::NotBuilt("Policies of single log groups are not built");

impl Operate<Logs> for PutResourcePolicyInput {
    async fn requirements(&self, _: &Logs, _: &Caller) -> Result<Vec<Requirement>, LogsError> {
        Ok(vec![Requirement::new("logs:PutResourcePolicy", "*")])
    }

    async fn operate(
        self,
        logs: &Logs,
        permit: &Permit,
    ) -> Result<PutResourcePolicyOutput, LogsError> {
        if self.resource_arn.is_some() || self.expected_revision_id.is_some() {
            return Err(OF_GROUPS);
        }
        let name = named(self.policy_name)?;
        let document = self.policy_document.unwrap_or_default();
        if serde_json::from_str::<BTreeMap<String, IgnoredAny>>(&document).is_err() {
            return Err(LogsError::invalid("Policy document is not a JSON object."));
        }
        let policy = &ResourcePolicy {
            document,
            updated_ms: logs.clock.now().as_millis(),
        };
        let caller = permit.caller();
        let key = &resource_policy_key(caller, &name);
        let put = logs.store.transact(|txn| async move {
            let mut others = txn.scan(resource_policies_range(caller), Order::Ascending);
            let mut count = 0;
            while let Some((other, _)) = others.next().await? {
                count += usize::from(other != *key);
            }
            if count >= MOST {
                return Err(LogsError::LimitExceeded);
            }
            txn.put(key.clone(), record::encode(policy));
            Ok(())
        });
        put.await?;
        Ok(PutResourcePolicyOutput {
            resource_policy: Some(shown(name, policy.clone())),
            ..PutResourcePolicyOutput::default()
        })
    }
}

fn named(name: Option<String>) -> Result<String, LogsError> {
    let name = name.filter(|name| !name.is_empty());
    name.ok_or_else(|| LogsError::invalid("policyName is required."))
}

fn shown(name: String, policy: ResourcePolicy) -> shapes::ResourcePolicy {
    shapes::ResourcePolicy {
        policy_name: Some(name),
        policy_document: Some(policy.document),
        last_updated_time: Some(policy.updated_ms),
        policy_scope: Some(PolicyScope::Account),
        ..shapes::ResourcePolicy::default()
    }
}

impl Operate<Logs> for DescribeResourcePoliciesInput {
    async fn requirements(&self, _: &Logs, _: &Caller) -> Result<Vec<Requirement>, LogsError> {
        Ok(vec![Requirement::new("logs:DescribeResourcePolicies", "*")])
    }

    async fn operate(
        self,
        logs: &Logs,
        permit: &Permit,
    ) -> Result<DescribeResourcePoliciesOutput, LogsError> {
        if self.resource_arn.is_some() || self.policy_scope == Some(PolicyScope::Resource) {
            return Err(OF_GROUPS);
        }
        let after = self.next_token.as_deref().map(decode_name).transpose()?;
        let limit = self.limit.and_then(|n| usize::try_from(n).ok());
        let limit = limit.unwrap_or(DEFAULT_LIMIT);
        let range = resource_policies_range(permit.caller());
        let mut scan = logs.store.snapshot().scan(range, Order::Ascending);
        let (mut policies, mut last) = (Vec::new(), None);
        let mut next_token = None;
        while let Some((key, value)) = scan.next().await? {
            let name = name_of(&key)?;
            if after.as_ref().is_some_and(|after| name <= *after) {
                continue;
            }
            if policies.len() == limit {
                next_token = last.map(|name: String| encode_name(&name));
                break;
            }
            last = Some(name.clone());
            policies.push(shown(name, record::decode(&value)?));
        }
        Ok(DescribeResourcePoliciesOutput {
            resource_policies: Some(policies),
            next_token,
        })
    }
}

impl Operate<Logs> for DeleteResourcePolicyInput {
    async fn requirements(&self, _: &Logs, _: &Caller) -> Result<Vec<Requirement>, LogsError> {
        Ok(vec![Requirement::new("logs:DeleteResourcePolicy", "*")])
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        if self.resource_arn.is_some() || self.expected_revision_id.is_some() {
            return Err(OF_GROUPS);
        }
        let name = &named(self.policy_name)?;
        let key = &resource_policy_key(permit.caller(), name);
        logs.store
            .transact(|txn| async move {
                if txn.get(key).await?.is_none() {
                    return Err(LogsError::NoSuchPolicy(name.clone()));
                }
                txn.delete(key.clone());
                Ok(())
            })
            .await
    }
}
