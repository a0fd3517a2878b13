//! ListPolicies.

use super::uses;
use crate::Iam;
use crate::aws_managed;
use crate::error::Error;
use crate::gate::on_all;
use crate::keys;
use crate::page::Page;
use crate::record::{Entity, Kind, ManagedPolicy};
use crate::shape::{self, Detail, Uses};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListPoliciesInput, ListPoliciesOutput, Policy, PolicyScopeType, PolicyUsageType};

impl Operate<Iam> for ListPoliciesInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_all(
            caller,
            "iam:ListPolicies",
            Kind::Policy,
            self.path_prefix.as_deref(),
        ))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListPoliciesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let caller = permit.caller();
        let records = iam.records(caller);
        let scope = self.scope.unwrap_or(PolicyScopeType::All);
        let mut found = Vec::new();
        if scope != PolicyScopeType::Aws {
            let own = keys::entities(Kind::Policy, caller.account);
            for policy in records.all::<ManagedPolicy>(&own).await? {
                let uses = uses(&records, policy.arn(caller.account).as_str()).await?;
                if wanted(&self, &policy.head.path, uses) {
                    found.push(shape::policy(&policy, caller.account, uses, Detail::Listed));
                }
            }
        }
        if scope != PolicyScopeType::Local {
            for policy in aws_managed::ALL {
                let uses = uses(&records, &policy.arn()).await?;
                if wanted(&self, policy.path, uses) {
                    found.push(shape::aws_policy(policy, uses, Detail::Listed));
                }
            }
        }
        let listing = page.cut(found, |policy: &Policy| {
            let name = policy.policy_name.as_deref().unwrap_or_default();
            // An account may have a policy of the same name as one of AWS's.
            format!(
                "{} {}",
                keys::fold(name),
                policy.arn.as_deref().unwrap_or_default()
            )
        });
        Ok(ListPoliciesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            policies: Some(listing.items),
        })
    }
}

/// Whether a policy with this path and these uses passes the request's filters.
fn wanted(input: &ListPoliciesInput, path: &str, uses: Uses) -> bool {
    let used = match input.policy_usage_filter {
        Some(PolicyUsageType::PermissionsPolicy) => uses.attached > 0,
        Some(PolicyUsageType::PermissionsBoundary) => uses.as_boundary > 0,
        None if input.only_attached == Some(true) => uses.attached > 0 || uses.as_boundary > 0,
        None => true,
    };
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    used && path.starts_with(prefix)
}
