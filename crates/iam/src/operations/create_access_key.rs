//! CreateAccessKey.

use crate::Iam;
use crate::error::Error;
use crate::error::Limit;
use crate::keys;
use crate::record::{self, KeyStatus, User};
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{AccessKey, CreateAccessKeyInput, CreateAccessKeyOutput, StatusType};

/// Keys a user can have.
const MAX_KEYS: usize = 2;

impl Operate<Iam> for CreateAccessKeyInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(caller, "iam:CreateAccessKey", self.user_name.as_ref())
            .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<CreateAccessKeyOutput, Error> {
        let caller = permit.caller();
        let name = &Iam::user_meant(self.user_name.as_ref(), caller)?;
        let id = &format!("AKIA{}", iam.entropy.upper_alnum(16));
        let secret = &iam.entropy.base62(40);
        let created_s = iam.clock.now().as_secs();
        let user = iam
            .change(caller.account, |records| async move {
                let user: User = records.get(name).await?;
                let user_id = &user.head.id;
                if records.names(&keys::access_keys_of(user_id)).await?.len() >= MAX_KEYS {
                    return Err(Error::LimitExceeded(Limit::AccessKeys));
                }
                let key = record::AccessKey {
                    id: id.clone(),
                    secret: secret.clone(),
                    account: records.account.to_string(),
                    user_id: user_id.clone(),
                    status: KeyStatus::Active,
                    created_s,
                };
                records.put(keys::access_key(id), &key);
                records.mark(keys::access_key_of(user_id, id));
                Ok(user)
            })
            .await?;
        Ok(CreateAccessKeyOutput {
            access_key: AccessKey {
                user_name: user.head.name,
                access_key_id: id.clone(),
                status: StatusType::Active,
                secret_access_key: secret.clone(),
                create_date: Some(Timestamp::from_secs(created_s)),
            },
        })
    }
}
