//! GetSSHPublicKey.

use crate::Iam;
use crate::error::Error;
use crate::record::User;
use crate::ssh_key;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetSSHPublicKeyInput, GetSSHPublicKeyOutput};

impl Operate<Iam> for GetSSHPublicKeyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let user = iam.on::<User>(caller, "iam:GetSSHPublicKey", &self.user_name);
        Ok(vec![user.await?])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetSSHPublicKeyOutput, Error> {
        let records = iam.records(permit.caller());
        let (user, key) = ssh_key::get(&records, &self.user_name, &self.ssh_public_key_id).await?;
        let shape = ssh_key::shape_in(&self.encoding, key, user.head.name)?;
        Ok(GetSSHPublicKeyOutput {
            ssh_public_key: Some(shape),
        })
    }
}
