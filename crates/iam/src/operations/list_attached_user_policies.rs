//! ListAttachedUserPolicies.

use crate::Iam;
use crate::attachment;
use crate::error::Error;
use crate::page::Page;
use crate::record::User;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListAttachedUserPoliciesInput, ListAttachedUserPoliciesOutput};

impl Operate<Iam> for ListAttachedUserPoliciesInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<User>(caller, "iam:ListAttachedUserPolicies", &self.user_name)
                .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListAttachedUserPoliciesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let prefix = self.path_prefix.as_deref();
        let listing = attachment::list::<User, _>(&records, &self.user_name, prefix, &page).await?;
        Ok(ListAttachedUserPoliciesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            attached_policies: Some(listing.items),
        })
    }
}
