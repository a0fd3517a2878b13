//! ListPolicyTags.

use crate::Iam;
use crate::error::Error;
use crate::page::Page;
use crate::policy_arn::Managed;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListPolicyTagsInput, ListPolicyTagsOutput};

impl Operate<Iam> for ListPolicyTagsInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_policy(caller, "iam:ListPolicyTags", &self.policy_arn)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListPolicyTagsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let shapes = match records.get_policy(&self.policy_arn).await? {
            Managed::Aws(_) => Vec::new(),
            Managed::Own(policy) => tags::shapes(&policy.tags),
        };
        let listing = page.cut(shapes, |tag| tag.key.to_lowercase());
        Ok(ListPolicyTagsOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            tags: listing.items,
        })
    }
}
