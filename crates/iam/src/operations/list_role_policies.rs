//! ListRolePolicies.

use crate::Iam;
use crate::error::Error;
use crate::inline;
use crate::page::Page;
use crate::record::Role;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListRolePoliciesInput, ListRolePoliciesOutput};

impl Operate<Iam> for ListRolePoliciesInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:ListRolePolicies", &self.role_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListRolePoliciesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let listing = inline::list::<Role, _>(&records, &self.role_name, &page).await?;
        Ok(ListRolePoliciesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            policy_names: listing.items,
        })
    }
}
