//! GetRolePolicy.

use crate::Iam;
use crate::document::encoded;
use crate::error::Error;
use crate::inline;
use crate::record::Role;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetRolePolicyInput, GetRolePolicyOutput};

impl Operate<Iam> for GetRolePolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:GetRolePolicy", &self.role_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetRolePolicyOutput, Error> {
        let records = iam.records(permit.caller());
        let (owner, policy) =
            inline::get::<Role, _>(&records, &self.role_name, &self.policy_name).await?;
        Ok(GetRolePolicyOutput {
            role_name: owner.head.name,
            policy_name: policy.name,
            policy_document: encoded(&policy.document),
        })
    }
}
