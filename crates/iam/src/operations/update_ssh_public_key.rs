//! UpdateSSHPublicKey.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::{SshKey, User};
use crate::shape;
use crate::ssh_key;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UpdateSSHPublicKeyInput;

impl Operate<Iam> for UpdateSSHPublicKeyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let user = iam.on::<User>(caller, "iam:UpdateSSHPublicKey", &self.user_name);
        Ok(vec![user.await?])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let (input, status) = (&self, shape::given_status(&self.status)?);
        iam.change(permit.caller().account, |records| async move {
            let id = &input.ssh_public_key_id;
            let (user, key) = ssh_key::get(&records, &input.user_name, id).await?;
            records.put(keys::ssh_key(&user.head.id, id), &SshKey { status, ..key });
            Ok(())
        })
        .await
    }
}
