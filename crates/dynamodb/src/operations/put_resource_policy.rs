//! PutResourcePolicy.

use super::on_holder;
use crate::Dynamodb;
use crate::error::{Error, PolicyError};
use crate::resource_policy::{Holder, ResourcePolicy};
use kv::Txn;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodb::{PutResourcePolicyInput, PutResourcePolicyOutput};

impl Operate<Dynamodb> for PutResourcePolicyInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        _: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let holder = Holder::from_arn(&self.resource_arn)?;
        let requirement = on_holder(service, "dynamodb:PutResourcePolicy", &holder).await?;
        Ok(vec![requirement])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<PutResourcePolicyOutput, Error> {
        let (input, caller) = (&self, permit.caller());
        let revision = service
            .store
            .transact(|txn| put(service, txn, input, caller))
            .await?;
        Ok(PutResourcePolicyOutput {
            revision_id: Some(revision.to_string()),
        })
    }
}

async fn put(
    service: &Dynamodb,
    txn: Txn,
    input: &PutResourcePolicyInput,
    caller: &Caller,
) -> Result<u64, Error> {
    let holder = Holder::from_arn(&input.resource_arn)?;
    let mut held = holder.read(service, &txn).await?;
    let before = held.policy().as_ref();
    holder.check_revision(input.expected_revision_id.as_deref(), before)?;
    let policy = ResourcePolicy::new(&input.policy, before, service.clock.now())?;
    let is_confirmed = input.confirm_remove_self_resource_access == Some(true);
    if !is_confirmed && policy.locks_out(caller, &holder.arn())? {
        return Err(PolicyError::LocksOut.into());
    }
    let revision = policy.revision;
    *held.policy() = Some(policy);
    holder.write(&txn, &held);
    Ok(revision)
}
