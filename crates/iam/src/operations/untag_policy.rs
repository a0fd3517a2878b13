//! UntagPolicy.

use crate::Iam;
use crate::error::Error;
use crate::record::ManagedPolicy;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UntagPolicyInput;

impl Operate<Iam> for UntagPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let policy = iam
            .on_policy(caller, "iam:UntagPolicy", &self.policy_arn)
            .await?;
        Ok(vec![policy.with("aws:TagKeys", &self.tag_keys)])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let policy = records.get_own_policy(&input.policy_arn).await?;
            tags::untag::<ManagedPolicy>(&records, &policy.head.name, &input.tag_keys).await
        })
        .await
    }
}
