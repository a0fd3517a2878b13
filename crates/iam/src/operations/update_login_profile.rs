//! UpdateLoginProfile.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::password;
use crate::record::{LoginProfile, User};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UpdateLoginProfileInput;

impl Operate<Iam> for UpdateLoginProfileInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<User>(caller, "iam:UpdateLoginProfile", &self.user_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let caller = permit.caller();
        let new = match &self.password {
            Some(password) => {
                password::check(&iam.records(caller), password).await?;
                Some(password::hashed(&iam.entropy, password))
            }
            None => None,
        };
        let (input, new) = (&self, &new);
        iam.change(caller.account, |records| async move {
            let user: User = records.get(&input.user_name).await?;
            let key = keys::login_profile(&user.head.id);
            let stored: Option<LoginProfile> = records.read(&key).await?;
            let mut profile = stored.ok_or(Error::NoLoginProfile(user.head.name))?;
            if let Some((salt, hash)) = new {
                profile.salt.clone_from(salt);
                profile.hash.clone_from(hash);
            }
            if let Some(required) = input.password_reset_required {
                profile.reset_required = required;
            }
            records.put(key, &profile);
            Ok(())
        })
        .await
    }
}
