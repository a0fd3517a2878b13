//! GetPolicyVersion.

use crate::Iam;
use crate::document::encoded;
use crate::error::Error;
use crate::keys;
use crate::policy_arn::{Managed, version_id, version_number};
use crate::record::{ManagedPolicy, PolicyVersion};
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetPolicyVersionInput, GetPolicyVersionOutput};

impl Operate<Iam> for GetPolicyVersionInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_policy(caller, "iam:GetPolicyVersion", &self.policy_arn)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetPolicyVersionOutput, Error> {
        let records = iam.records(permit.caller());
        let number = version_number(&self.version_id);
        let found = match (records.get_policy(&self.policy_arn).await?, number) {
            (Managed::Aws(policy), Some(number)) if number == policy.version => {
                Some(wire::iam::PolicyVersion {
                    document: Some(encoded(policy.document)),
                    version_id: Some(version_id(number)),
                    is_default_version: Some(true),
                    create_date: Some(policy.updated()),
                })
            }
            (Managed::Own(policy), Some(number)) => {
                let key = keys::version(&policy.head.id, number);
                let version = records.read::<PolicyVersion>(&key).await?;
                version.map(|version| with_document(&policy, &version))
            }
            _ => None,
        };
        match found {
            Some(version) => Ok(GetPolicyVersionOutput {
                policy_version: Some(version),
            }),
            None => Err(Error::NoSuchVersion {
                arn: self.policy_arn,
                version: self.version_id,
            }),
        }
    }
}

fn with_document(policy: &ManagedPolicy, version: &PolicyVersion) -> wire::iam::PolicyVersion {
    wire::iam::PolicyVersion {
        document: Some(encoded(&version.document)),
        ..shape::version(version, policy.default_version)
    }
}
