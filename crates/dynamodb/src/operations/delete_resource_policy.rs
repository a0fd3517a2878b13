//! DeleteResourcePolicy.

use super::on_holder;
use crate::Dynamodb;
use crate::error::Error;
use crate::resource_policy::Holder;
use service::{Caller, Operate, Permit, Principal, Requirement};
use wire::dynamodb::{DeleteResourcePolicyInput, DeleteResourcePolicyOutput};

impl Operate<Dynamodb> for DeleteResourcePolicyInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let holder = Holder::from_arn(&self.resource_arn)?;
        let requirement = on_holder(service, "dynamodb:DeleteResourcePolicy", &holder).await?;
        // No policy can keep an account's root from removing it.
        Ok(vec![match caller.principal {
            Principal::Root if holder.account() == caller.account => {
                requirement.resource_policy(None)
            }
            _ => requirement,
        }])
    }

    /// Removing what is not there is no error, unless a revision is expected.
    async fn operate(
        self,
        service: &Dynamodb,
        _: &Permit,
    ) -> Result<DeleteResourcePolicyOutput, Error> {
        let holder = &Holder::from_arn(&self.resource_arn)?;
        let expected = self.expected_revision_id.as_deref();
        let removed = service
            .store
            .transact(|txn| async move {
                let mut held = holder.read(service, &txn).await?;
                holder.check_revision(expected, held.policy().as_ref())?;
                let removed = held.policy().take();
                holder.write(&txn, &held);
                Ok::<_, Error>(removed)
            })
            .await?;
        Ok(DeleteResourcePolicyOutput {
            revision_id: Some(removed.map_or(String::new(), |policy| policy.revision.to_string())),
        })
    }
}
