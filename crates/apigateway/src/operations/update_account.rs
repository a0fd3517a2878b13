//! UpdateAccount.

use super::{require, require_pass_role};
use crate::error::Error;
use crate::patch;
use crate::record::AccountSettings;
use crate::{Gateway, keys, shape, store};
use kv::record;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{Account, UpdateAccountInput};

impl Operate<Gateway> for UpdateAccountInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let mut requirements = require(caller, "PATCH", &["account"]);
        for patch in self.patch_operations.iter().flatten() {
            if patch.path.as_deref() == Some("/cloudwatchRoleArn") {
                requirements.extend(require_pass_role(patch.value.as_deref()));
            }
        }
        Ok(requirements)
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<Account, Error> {
        let caller = permit.caller();
        let key = &keys::account(caller.account, &caller.region);
        let operations = &self.patch_operations;
        let settings = gateway
            .store
            .transact(|txn| async move {
                let settings: Option<AccountSettings> = store::find(&txn, key).await?;
                let mut settings = settings.unwrap_or_default();
                for patch in patch::read(operations.clone())? {
                    match patch.parts().as_slice() {
                        ["cloudwatchRoleArn"] => {
                            settings.cloudwatch_role_arn = patch.optional_text();
                        }
                        _ => return Err(patch.unknown_path()),
                    }
                }
                txn.put(key.clone(), record::encode(&settings));
                Ok::<_, Error>(settings)
            })
            .await?;
        Ok(shape::account(settings))
    }
}
