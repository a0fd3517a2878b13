//! ListAttachedGroupPolicies.

use crate::Iam;
use crate::attachment;
use crate::error::Error;
use crate::page::Page;
use crate::record::Group;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListAttachedGroupPoliciesInput, ListAttachedGroupPoliciesOutput};

impl Operate<Iam> for ListAttachedGroupPoliciesInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Group>(caller, "iam:ListAttachedGroupPolicies", &self.group_name)
                .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListAttachedGroupPoliciesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let prefix = self.path_prefix.as_deref();
        let listing =
            attachment::list::<Group, _>(&records, &self.group_name, prefix, &page).await?;
        Ok(ListAttachedGroupPoliciesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            attached_policies: Some(listing.items),
        })
    }
}
