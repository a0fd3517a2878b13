//! DeleteLoginProfile.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::User;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteLoginProfileInput;

impl Operate<Iam> for DeleteLoginProfileInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:DeleteLoginProfile", self.user_name.as_ref())
            .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let name = &Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        iam.change(permit.caller().account, |records| async move {
            let user: User = records.get(name).await?;
            let key = keys::login_profile(&user.head.id);
            if !records.exists(&key).await? {
                return Err(Error::NoLoginProfile(user.head.name));
            }
            records.remove(key);
            Ok(())
        })
        .await
    }
}
