//! DeleteInstanceProfile.

use crate::Iam;
use crate::error::{Conflict, Error};
use crate::record::InstanceProfile;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteInstanceProfileInput;

impl Operate<Iam> for DeleteInstanceProfileInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<InstanceProfile>(
                caller,
                "iam:DeleteInstanceProfile",
                &self.instance_profile_name,
            )
            .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let profile: InstanceProfile = records.get(&input.instance_profile_name).await?;
            if profile.role_id.is_some() {
                return Err(Error::DeleteConflict(Conflict::RoleInProfile));
            }
            records.remove_entity(&profile);
            Ok(())
        })
        .await
    }
}
