//! ListUserTags.

use crate::Iam;
use crate::error::Error;
use crate::page::Page;
use crate::record::User;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListUserTagsInput, ListUserTagsOutput};

impl Operate<Iam> for ListUserTagsInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<User>(caller, "iam:ListUserTags", &self.user_name)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListUserTagsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let user: User = iam.records(permit.caller()).get(&self.user_name).await?;
        let listing = page.cut(tags::shapes(&user.tags), |tag| tag.key.to_lowercase());
        Ok(ListUserTagsOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            tags: listing.items,
        })
    }
}
