//! CreatePolicyVersion.

use crate::Iam;
use crate::document::check_managed;
use crate::error::Error;
use crate::error::Limit;
use crate::keys;
use crate::record::PolicyVersion;
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreatePolicyVersionInput, CreatePolicyVersionOutput};

/// Versions a policy can have.
const MAX_VERSIONS: usize = 5;

impl Operate<Iam> for CreatePolicyVersionInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_policy(caller, "iam:CreatePolicyVersion", &self.policy_arn)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<CreatePolicyVersionOutput, Error> {
        check_managed(&self.policy_document)?;
        let input = &self;
        let now_s = iam.clock.now().as_secs();
        let (version, default_version) = iam
            .change(permit.caller().account, |records| async move {
                let mut policy = records.get_own_policy(&input.policy_arn).await?;
                let under = keys::versions(&policy.head.id);
                let versions: Vec<PolicyVersion> = records.all(&under).await?;
                if versions.len() >= MAX_VERSIONS {
                    return Err(Error::LimitExceeded(Limit::Versions));
                }
                policy.last_version += 1;
                policy.updated_s = now_s;
                if input.set_as_default == Some(true) {
                    policy.default_version = policy.last_version;
                }
                let version = PolicyVersion {
                    number: policy.last_version,
                    document: input.policy_document.clone(),
                    created_s: now_s,
                };
                records.put(keys::version(&policy.head.id, version.number), &version);
                records.put_entity(&policy);
                Ok((version, policy.default_version))
            })
            .await?;
        Ok(CreatePolicyVersionOutput {
            policy_version: Some(shape::version(&version, default_version)),
        })
    }
}
