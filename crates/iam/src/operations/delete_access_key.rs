//! DeleteAccessKey.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::User;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteAccessKeyInput;

impl Operate<Iam> for DeleteAccessKeyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:DeleteAccessKey", self.user_name.as_ref())
            .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let caller = permit.caller();
        let name = &Iam::user_meant(self.user_name.as_ref(), caller)?;
        let id = &self.access_key_id;
        iam.change(caller.account, |records| async move {
            let user: User = records.get(name).await?;
            let owned = keys::access_key_of(&user.head.id, id);
            if !records.exists(&owned).await? {
                return Err(Error::NoSuchAccessKey(id.clone()));
            }
            records.remove(owned);
            records.remove(keys::access_key(id));
            Ok(())
        })
        .await
    }
}
