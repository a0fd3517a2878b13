//! UpdateAccessKey.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::{AccessKey, User};
use crate::shape;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UpdateAccessKeyInput;

impl Operate<Iam> for UpdateAccessKeyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:UpdateAccessKey", self.user_name.as_ref())
            .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let caller = permit.caller();
        let name = &Iam::user_meant(self.user_name.as_ref(), caller)?;
        let id = &self.access_key_id;
        let status = shape::given_status(&self.status)?;
        iam.change(caller.account, |records| async move {
            let user: User = records.get(name).await?;
            let found = records.read::<AccessKey>(&keys::access_key(id)).await?;
            match found.filter(|key| key.user_id == user.head.id) {
                Some(key) => records.put(keys::access_key(id), &AccessKey { status, ..key }),
                None => return Err(Error::NoSuchAccessKey(id.clone())),
            }
            Ok(())
        })
        .await
    }
}
