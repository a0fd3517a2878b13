//! RemoveRoleFromInstanceProfile.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::{InstanceProfile, Kind, Role};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::RemoveRoleFromInstanceProfileInput;

impl Operate<Iam> for RemoveRoleFromInstanceProfileInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<InstanceProfile>(
                caller,
                "iam:RemoveRoleFromInstanceProfile",
                &self.instance_profile_name,
            )
            .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut profile: InstanceProfile = records.get(&input.instance_profile_name).await?;
            let role: Role = records.get(&input.role_name).await?;
            if profile.role_id.as_ref() != Some(&role.head.id) {
                return Err(Error::NoSuch(Kind::Role, input.role_name.clone()));
            }
            records.remove(keys::profile_of(&role.head.id, &profile.head.id));
            profile.role_id = None;
            records.put_entity(&profile);
            Ok(())
        })
        .await
    }
}
