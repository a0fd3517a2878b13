//! CreateLoginProfile.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::password;
use crate::record::{LoginProfile, User};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreateLoginProfileInput, CreateLoginProfileOutput, LoginProfile as Shape};

impl Operate<Iam> for CreateLoginProfileInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:CreateLoginProfile", self.user_name.as_ref())
            .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<CreateLoginProfileOutput, Error> {
        let caller = permit.caller();
        let name = Iam::user_meant(self.user_name.as_ref(), caller)?;
        let records = iam.records(caller);
        let password = self.password.as_deref().unwrap_or_default();
        password::check(&records, password).await?;
        let (salt, hash) = password::hashed(&iam.entropy, password);
        let profile = LoginProfile {
            salt,
            hash,
            created_s: iam.clock.now().as_secs(),
            reset_required: self.password_reset_required.unwrap_or(false),
        };
        let (name, made) = (&name, &profile);
        let user_name = iam
            .change(caller.account, |records| async move {
                let user: User = records.get(name).await?;
                let key = keys::login_profile(&user.head.id);
                if records.exists(&key).await? {
                    return Err(Error::LoginProfileExists(user.head.name));
                }
                records.put(key, made);
                Ok(user.head.name)
            })
            .await?;
        Ok(CreateLoginProfileOutput {
            login_profile: Shape {
                user_name,
                create_date: base::Timestamp::from_secs(profile.created_s),
                password_reset_required: Some(profile.reset_required),
            },
        })
    }
}
