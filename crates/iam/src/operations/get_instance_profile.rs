//! GetInstanceProfile.

use crate::Iam;
use crate::error::Error;
use crate::instance_profile;
use crate::record::InstanceProfile;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetInstanceProfileInput, GetInstanceProfileOutput};

impl Operate<Iam> for GetInstanceProfileInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<InstanceProfile>(
                caller,
                "iam:GetInstanceProfile",
                &self.instance_profile_name,
            )
            .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetInstanceProfileOutput, Error> {
        let records = iam.records(permit.caller());
        let profile: InstanceProfile = records.get(&self.instance_profile_name).await?;
        Ok(GetInstanceProfileOutput {
            instance_profile: instance_profile::shaped(&records, &profile).await?,
        })
    }
}
