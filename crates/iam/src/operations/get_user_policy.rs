//! GetUserPolicy.

use crate::Iam;
use crate::document::encoded;
use crate::error::Error;
use crate::inline;
use crate::record::User;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetUserPolicyInput, GetUserPolicyOutput};

impl Operate<Iam> for GetUserPolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<User>(caller, "iam:GetUserPolicy", &self.user_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetUserPolicyOutput, Error> {
        let records = iam.records(permit.caller());
        let (owner, policy) =
            inline::get::<User, _>(&records, &self.user_name, &self.policy_name).await?;
        Ok(GetUserPolicyOutput {
            user_name: owner.head.name,
            policy_name: policy.name,
            policy_document: encoded(&policy.document),
        })
    }
}
