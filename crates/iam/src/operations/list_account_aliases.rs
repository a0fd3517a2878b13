//! ListAccountAliases.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use crate::page::Page;
use crate::record::AccountAlias;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListAccountAliasesInput, ListAccountAliasesOutput};

impl Operate<Iam> for ListAccountAliasesInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:ListAccountAliases"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListAccountAliasesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let key = keys::account_alias(permit.caller().account);
        let alias: Option<AccountAlias> = iam.records(permit.caller()).read(&key).await?;
        let aliases = alias.into_iter().map(|alias| alias.alias).collect();
        let listing = page.cut(aliases, |alias: &String| alias.clone());
        Ok(ListAccountAliasesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            account_aliases: listing.items,
        })
    }
}
