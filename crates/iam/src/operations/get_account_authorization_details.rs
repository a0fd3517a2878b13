//! GetAccountAuthorizationDetails.

use crate::Iam;
use crate::account_details::{self, Entry};
use crate::error::Error;
use crate::gate::on_account;
use crate::page::Page;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetAccountAuthorizationDetailsInput, GetAccountAuthorizationDetailsOutput};

impl Operate<Iam> for GetAccountAuthorizationDetailsInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:GetAccountAuthorizationDetails"))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<GetAccountAuthorizationDetailsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let entries = account_details::all(iam, &records, self.filter.as_deref()).await?;
        let listing = page.cut(entries, Entry::key);
        let mut output = GetAccountAuthorizationDetailsOutput {
            user_detail_list: Some(Vec::new()),
            group_detail_list: Some(Vec::new()),
            role_detail_list: Some(Vec::new()),
            policies: Some(Vec::new()),
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
        };
        for entry in listing.items {
            entry.add_to(&mut output);
        }
        Ok(output)
    }
}
