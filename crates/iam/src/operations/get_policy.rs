//! GetPolicy.

use super::uses;
use crate::Iam;
use crate::error::Error;
use crate::policy_arn::Managed;
use crate::shape::{self, Detail};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetPolicyInput, GetPolicyOutput};

impl Operate<Iam> for GetPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_policy(caller, "iam:GetPolicy", &self.policy_arn)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetPolicyOutput, Error> {
        let account = permit.caller().account;
        let records = iam.records(permit.caller());
        let policy = records.get_policy(&self.policy_arn).await?;
        let uses = uses(&records, &self.policy_arn).await?;
        let shape = match policy {
            Managed::Aws(policy) => shape::aws_policy(policy, uses, Detail::Full),
            Managed::Own(policy) => shape::policy(&policy, account, uses, Detail::Full),
        };
        Ok(GetPolicyOutput {
            policy: Some(shape),
        })
    }
}
