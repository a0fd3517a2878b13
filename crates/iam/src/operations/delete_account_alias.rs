//! DeleteAccountAlias.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use crate::record::AccountAlias;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteAccountAliasInput;

impl Operate<Iam> for DeleteAccountAliasInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:DeleteAccountAlias"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let key = keys::account_alias(records.account);
            let present: Option<AccountAlias> = records.read(&key).await?;
            if present.is_none_or(|present| present.alias != input.account_alias) {
                return Err(Error::NoSuchAlias(input.account_alias.clone()));
            }
            records.remove(key);
            Ok(())
        })
        .await
    }
}
