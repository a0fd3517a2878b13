//! CreateInstanceProfile.

use crate::Iam;
use crate::error::Error;
use crate::gate::New;
use crate::instance_profile;
use crate::record::{InstanceProfile, Kind};
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreateInstanceProfileInput, CreateInstanceProfileOutput};

impl Operate<Iam> for CreateInstanceProfileInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let new = New {
            kind: Kind::InstanceProfile,
            path: self.path.as_deref(),
            name: &self.instance_profile_name,
            tags: self.tags.as_ref(),
            boundary: None,
        };
        Ok(new.requirements(
            caller,
            "iam:CreateInstanceProfile",
            "iam:TagInstanceProfile",
        ))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<CreateInstanceProfileOutput, Error> {
        let name = &self.instance_profile_name;
        let profile = InstanceProfile {
            head: iam.new_head(Kind::InstanceProfile, name, self.path.as_deref()),
            tags: tags::collect(self.tags.as_ref())?,
            role_id: None,
        };
        let account = permit.caller().account;
        let made = &profile;
        iam.change(account, |records| async move {
            records
                .name_is_free::<InstanceProfile>(&made.head.name)
                .await?;
            records.put_entity(made);
            Ok(())
        })
        .await?;
        Ok(CreateInstanceProfileOutput {
            instance_profile: instance_profile::shape(&profile, None, account),
        })
    }
}
