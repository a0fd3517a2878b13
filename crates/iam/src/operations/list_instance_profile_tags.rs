//! ListInstanceProfileTags.

use crate::Iam;
use crate::error::Error;
use crate::page::Page;
use crate::record::InstanceProfile;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListInstanceProfileTagsInput, ListInstanceProfileTagsOutput};

impl Operate<Iam> for ListInstanceProfileTagsInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<InstanceProfile>(
                caller,
                "iam:ListInstanceProfileTags",
                &self.instance_profile_name,
            )
            .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListInstanceProfileTagsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let target: InstanceProfile = records.get(&self.instance_profile_name).await?;
        let listing = page.cut(tags::shapes(&target.tags), |tag| tag.key.to_lowercase());
        Ok(ListInstanceProfileTagsOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            tags: listing.items,
        })
    }
}
