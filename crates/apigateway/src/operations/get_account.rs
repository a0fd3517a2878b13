//! GetAccount.

use super::require;
use crate::error::Error;
use crate::{Gateway, keys, shape, store};
use service::{Caller, Operate, Permit, Requirement};
use wire::apigateway::{Account, GetAccountInput};

impl Operate<Gateway> for GetAccountInput {
    async fn requirements(&self, _: &Gateway, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(require(caller, "GET", &["account"]))
    }

    async fn operate(self, gateway: &Gateway, permit: &Permit) -> Result<Account, Error> {
        let caller = permit.caller();
        let key = keys::account(caller.account, &caller.region);
        let settings = store::find(&gateway.store.snapshot(), &key).await?;
        Ok(shape::account(settings.unwrap_or_default()))
    }
}
