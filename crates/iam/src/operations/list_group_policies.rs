//! ListGroupPolicies.

use crate::Iam;
use crate::error::Error;
use crate::inline;
use crate::page::Page;
use crate::record::Group;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListGroupPoliciesInput, ListGroupPoliciesOutput};

impl Operate<Iam> for ListGroupPoliciesInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Group>(caller, "iam:ListGroupPolicies", &self.group_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListGroupPoliciesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let listing = inline::list::<Group, _>(&records, &self.group_name, &page).await?;
        Ok(ListGroupPoliciesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            policy_names: listing.items,
        })
    }
}
