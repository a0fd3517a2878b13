//! DetachGroupPolicy.

use crate::Iam;
use crate::attachment::detach;
use crate::error::Error;
use crate::record::Group;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DetachGroupPolicyInput;

impl Operate<Iam> for DetachGroupPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let group = iam
            .on::<Group>(caller, "iam:DetachGroupPolicy", &self.group_name)
            .await?;
        Ok(vec![group.with("iam:PolicyARN", [&self.policy_arn])])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            detach::<Group>(&records, &input.group_name, &input.policy_arn).await
        })
        .await
    }
}
