//! GetGroupPolicy.

use crate::Iam;
use crate::document::encoded;
use crate::error::Error;
use crate::inline;
use crate::record::Group;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetGroupPolicyInput, GetGroupPolicyOutput};

impl Operate<Iam> for GetGroupPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Group>(caller, "iam:GetGroupPolicy", &self.group_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetGroupPolicyOutput, Error> {
        let records = iam.records(permit.caller());
        let (owner, policy) =
            inline::get::<Group, _>(&records, &self.group_name, &self.policy_name).await?;
        Ok(GetGroupPolicyOutput {
            group_name: owner.head.name,
            policy_name: policy.name,
            policy_document: encoded(&policy.document),
        })
    }
}
