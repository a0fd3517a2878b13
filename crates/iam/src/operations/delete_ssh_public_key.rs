//! DeleteSSHPublicKey.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::User;
use crate::ssh_key;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteSSHPublicKeyInput;

impl Operate<Iam> for DeleteSSHPublicKeyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let user = iam.on::<User>(caller, "iam:DeleteSSHPublicKey", &self.user_name);
        Ok(vec![user.await?])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let id = &input.ssh_public_key_id;
            let (user, _) = ssh_key::get(&records, &input.user_name, id).await?;
            records.remove(keys::ssh_key(&user.head.id, id));
            Ok(())
        })
        .await
    }
}
