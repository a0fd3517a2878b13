//! TagPolicy.

use crate::Iam;
use crate::error::Error;
use crate::record::ManagedPolicy;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::TagPolicyInput;

impl Operate<Iam> for TagPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let policy = iam
            .on_policy(caller, "iam:TagPolicy", &self.policy_arn)
            .await?;
        Ok(vec![tags::requested(policy, tags::pairs(&self.tags))])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let policy = records.get_own_policy(&input.policy_arn).await?;
            tags::tag::<ManagedPolicy>(&records, &policy.head.name, &input.tags).await
        })
        .await
    }
}
