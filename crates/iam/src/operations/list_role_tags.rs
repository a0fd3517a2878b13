//! ListRoleTags.

use crate::Iam;
use crate::error::Error;
use crate::page::Page;
use crate::record::Role;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListRoleTagsInput, ListRoleTagsOutput};

impl Operate<Iam> for ListRoleTagsInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<Role>(caller, "iam:ListRoleTags", &self.role_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListRoleTagsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let role: Role = iam.records(permit.caller()).get(&self.role_name).await?;
        let listing = page.cut(tags::shapes(&role.tags), |tag| tag.key.to_lowercase());
        Ok(ListRoleTagsOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            tags: listing.items,
        })
    }
}
