//! DeletePolicyVersion.

use crate::Iam;
use crate::error::Conflict;
use crate::error::Error;
use crate::keys;
use crate::policy_arn::version_number;
use crate::record::PolicyVersion;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeletePolicyVersionInput;

impl Operate<Iam> for DeletePolicyVersionInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_policy(caller, "iam:DeletePolicyVersion", &self.policy_arn)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let policy = records.get_own_policy(&input.policy_arn).await?;
            let none = || Error::NoSuchVersion {
                arn: input.policy_arn.clone(),
                version: input.version_id.clone(),
            };
            let number = version_number(&input.version_id).ok_or_else(none)?;
            let key = keys::version(&policy.head.id, number);
            if records.read::<PolicyVersion>(&key).await?.is_none() {
                return Err(none());
            }
            if number == policy.default_version {
                return Err(Error::DeleteConflict(Conflict::DefaultVersion));
            }
            records.remove(key);
            Ok(())
        })
        .await
    }
}
