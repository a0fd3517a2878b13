//! DeletePolicy.

use super::uses;
use crate::Iam;
use crate::error::Conflict;
use crate::error::Error;
use crate::keys;
use crate::record::PolicyVersion;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeletePolicyInput;

impl Operate<Iam> for DeletePolicyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_policy(caller, "iam:DeletePolicy", &self.policy_arn)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let policy = records.get_own_policy(&input.policy_arn).await?;
            let uses = uses(&records, &input.policy_arn).await?;
            if uses.attached > 0 || uses.as_boundary > 0 {
                return Err(Error::DeleteConflict(Conflict::InUse));
            }
            let under = keys::versions(&policy.head.id);
            let versions: Vec<PolicyVersion> = records.all(&under).await?;
            if versions.len() > 1 {
                return Err(Error::DeleteConflict(Conflict::Versions));
            }
            for version in versions {
                records.remove(keys::version(&policy.head.id, version.number));
            }
            records.remove_entity(&policy);
            Ok(())
        })
        .await
    }
}
