//! ChangePassword.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::password;
use crate::record::{LoginProfile, User};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::ChangePasswordInput;

impl Operate<Iam> for ChangePasswordInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:ChangePassword", None).await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let caller = permit.caller();
        let name = &Iam::user_meant(None, caller)?;
        password::check(&iam.records(caller), &self.new_password).await?;
        let new = &password::hashed(&iam.entropy, &self.new_password);
        let input = &self;
        iam.change(caller.account, |records| async move {
            let user: User = records.get(name).await?;
            let key = keys::login_profile(&user.head.id);
            let stored: Option<LoginProfile> = records.read(&key).await?;
            let mut profile = stored.ok_or(Error::NoLoginProfile(user.head.name))?;
            if !password::is(&profile, &input.old_password) {
                return Err(Error::WrongPassword);
            }
            profile.salt.clone_from(&new.0);
            profile.hash.clone_from(&new.1);
            profile.reset_required = false;
            records.put(key, &profile);
            Ok(())
        })
        .await
    }
}
