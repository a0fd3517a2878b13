//! UpdateAccount.

use super::{require, require_pass_role};
use crate::error::{Bad, Error};
use crate::patch;
use crate::record::AccountSettings;
use crate::{Gateway, keys, shape, store};
use base::Arn;
use kv::record;
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{Account, UpdateAccountInput};

/// The one feature that an account can ask for.
const USAGE_PLANS: &str = "UsagePlans";

impl Operate<Gateway> for UpdateAccountInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let mut requirements = require(caller, "PATCH", &["account"]);
        for role in patch::values_of(self.patch_operations.as_ref(), "cloudwatchRoleArn") {
            requirements.extend(require_pass_role(Some(role)));
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
                            check_role(settings.cloudwatch_role_arn.as_deref())?;
                        }
                        // Every account has usage plans.
                        ["features"] if patch.text() == USAGE_PLANS => {}
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

fn check_role(arn: Option<&str>) -> Result<(), Error> {
    match arn.is_none_or(|arn| arn.parse::<Arn>().is_ok()) {
        true => Ok(()),
        false => Err(Bad::InvalidArn.into()),
    }
}
