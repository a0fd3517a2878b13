//! UploadSSHPublicKey.

use crate::Iam;
use crate::error::{Error, Limit};
use crate::keys;
use crate::record::{KeyStatus, SshKey, User};
use crate::ssh_key::{self, PublicKey};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{UploadSSHPublicKeyInput, UploadSSHPublicKeyOutput};

impl Operate<Iam> for UploadSSHPublicKeyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let user = iam.on::<User>(caller, "iam:UploadSSHPublicKey", &self.user_name);
        Ok(vec![user.await?])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<UploadSSHPublicKeyOutput, Error> {
        let input = &self;
        let id = &format!("APKA{}", iam.entropy.upper_alnum(17));
        let now_s = iam.clock.now().as_secs();
        let made = iam
            .change(permit.caller().account, |records| async move {
                let user: User = records.get(&input.user_name).await?;
                let fingerprint = PublicKey::parse(&input.ssh_public_key_body)?.fingerprint();
                let under = keys::ssh_keys(&user.head.id);
                let present: Vec<SshKey> = records.all(&under).await?;
                if present.iter().any(|key| key.fingerprint == fingerprint) {
                    return Err(Error::SshKeyExists);
                }
                if present.len() >= ssh_key::MAX_PER_USER {
                    return Err(Error::LimitExceeded(Limit::SshKeys));
                }
                let key = SshKey {
                    id: id.clone(),
                    body: input.ssh_public_key_body.clone(),
                    fingerprint,
                    status: KeyStatus::Active,
                    created_s: now_s,
                };
                records.put(keys::ssh_key(&user.head.id, id), &key);
                Ok(ssh_key::shape(key, user.head.name))
            })
            .await?;
        Ok(UploadSSHPublicKeyOutput {
            ssh_public_key: Some(made),
        })
    }
}
