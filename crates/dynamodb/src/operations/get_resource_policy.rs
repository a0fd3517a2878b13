//! GetResourcePolicy.

use super::on_holder;
use crate::Dynamodb;
use crate::error::{Error, PolicyError};
use crate::resource_policy::Holder;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{GetResourcePolicyInput, GetResourcePolicyOutput};

impl Operate<Dynamodb> for GetResourcePolicyInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        _: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let holder = Holder::from_arn(&self.resource_arn)?;
        let requirement = on_holder(service, "dynamodb:GetResourcePolicy", &holder).await?;
        Ok(vec![requirement])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        _: &Permit,
    ) -> Result<GetResourcePolicyOutput, Error> {
        let holder = &Holder::from_arn(&self.resource_arn)?;
        let mut held = service
            .store
            .transact(|txn| async move { holder.read(service, &txn).await })
            .await?;
        let policy = held.policy().take();
        let policy = policy.ok_or(PolicyError::NotFound(self.resource_arn))?;
        Ok(GetResourcePolicyOutput {
            policy: Some(policy.document),
            revision_id: Some(policy.revision.to_string()),
        })
    }
}
