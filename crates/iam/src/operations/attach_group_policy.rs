//! AttachGroupPolicy.

use crate::Iam;
use crate::attachment::attach;
use crate::error::Error;
use crate::record::Group;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::AttachGroupPolicyInput;

impl Operate<Iam> for AttachGroupPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let group = iam
            .on::<Group>(caller, "iam:AttachGroupPolicy", &self.group_name)
            .await?;
        Ok(vec![group.with("iam:PolicyARN", [&self.policy_arn])])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            attach::<Group>(&records, &input.group_name, &input.policy_arn).await
        })
        .await
    }
}
