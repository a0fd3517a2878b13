//! CreateAccountAlias.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use crate::record::AccountAlias;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::CreateAccountAliasInput;

impl Operate<Iam> for CreateAccountAliasInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:CreateAccountAlias"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let key = keys::account_alias(records.account);
            let present: Option<AccountAlias> = records.read(&key).await?;
            if present.is_some_and(|present| present.alias == input.account_alias) {
                return Err(Error::AliasExists(input.account_alias.clone()));
            }
            // An account has one alias: a new one takes the place of the old.
            let alias = AccountAlias {
                alias: input.account_alias.clone(),
            };
            records.put(key, &alias);
            Ok(())
        })
        .await
    }
}
