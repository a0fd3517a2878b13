//! GetLoginProfile.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::{LoginProfile, User};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetLoginProfileInput, GetLoginProfileOutput, LoginProfile as Shape};

impl Operate<Iam> for GetLoginProfileInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:GetLoginProfile", self.user_name.as_ref())
            .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetLoginProfileOutput, Error> {
        let name = Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        let records = iam.records(permit.caller());
        let user: User = records.get(&name).await?;
        let stored: Option<LoginProfile> =
            records.read(&keys::login_profile(&user.head.id)).await?;
        let profile = stored.ok_or(Error::NoLoginProfile(name))?;
        Ok(GetLoginProfileOutput {
            login_profile: Shape {
                user_name: user.head.name,
                create_date: base::Timestamp::from_secs(profile.created_s),
                password_reset_required: Some(profile.reset_required),
            },
        })
    }
}
