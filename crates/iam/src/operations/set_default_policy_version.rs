//! SetDefaultPolicyVersion.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::policy_arn::version_number;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::SetDefaultPolicyVersionInput;

impl Operate<Iam> for SetDefaultPolicyVersionInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_policy(caller, "iam:SetDefaultPolicyVersion", &self.policy_arn)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        let now_s = iam.clock.now().as_secs();
        iam.change(permit.caller().account, |records| async move {
            let mut policy = records.get_own_policy(&input.policy_arn).await?;
            let number = version_number(&input.version_id);
            match number {
                Some(number)
                    if records
                        .exists(&keys::version(&policy.head.id, number))
                        .await? =>
                {
                    policy.default_version = number;
                    policy.updated_s = now_s;
                    records.put_entity(&policy);
                    Ok(())
                }
                _ => Err(Error::NoSuchVersion {
                    arn: input.policy_arn.clone(),
                    version: input.version_id.clone(),
                }),
            }
        })
        .await
    }
}
