//! ListUserPolicies.

use crate::Iam;
use crate::error::Error;
use crate::inline;
use crate::page::Page;
use crate::record::User;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListUserPoliciesInput, ListUserPoliciesOutput};

impl Operate<Iam> for ListUserPoliciesInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<User>(caller, "iam:ListUserPolicies", &self.user_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListUserPoliciesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let listing = inline::list::<User, _>(&records, &self.user_name, &page).await?;
        Ok(ListUserPoliciesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            policy_names: listing.items,
        })
    }
}
