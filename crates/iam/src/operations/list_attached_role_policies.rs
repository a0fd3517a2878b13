//! ListAttachedRolePolicies.

use crate::Iam;
use crate::attachment;
use crate::error::Error;
use crate::page::Page;
use crate::record::Role;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListAttachedRolePoliciesInput, ListAttachedRolePoliciesOutput};

impl Operate<Iam> for ListAttachedRolePoliciesInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:ListAttachedRolePolicies", &self.role_name)
                .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListAttachedRolePoliciesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let prefix = self.path_prefix.as_deref();
        let listing = attachment::list::<Role, _>(&records, &self.role_name, prefix, &page).await?;
        Ok(ListAttachedRolePoliciesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            attached_policies: Some(listing.items),
        })
    }
}
