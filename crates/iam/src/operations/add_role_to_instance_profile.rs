//! AddRoleToInstanceProfile.

use crate::Iam;
use crate::error::{Error, Limit};
use crate::gate::pass_role;
use crate::keys;
use crate::record::{InstanceProfile, Role};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::AddRoleToInstanceProfileInput;

impl Operate<Iam> for AddRoleToInstanceProfileInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let profile = &self.instance_profile_name;
        Ok(vec![
            iam.on::<InstanceProfile>(caller, "iam:AddRoleToInstanceProfile", profile)
                .await?,
            pass_role(iam, caller, &self.role_name, "ec2.amazonaws.com").await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut profile: InstanceProfile = records.get(&input.instance_profile_name).await?;
            let role: Role = records.get(&input.role_name).await?;
            if profile.role_id.is_some() {
                return Err(Error::LimitExceeded(Limit::RolesPerProfile));
            }
            records.mark(keys::profile_of(&role.head.id, &profile.head.id));
            profile.role_id = Some(role.head.id);
            records.put_entity(&profile);
            Ok(())
        })
        .await
    }
}
