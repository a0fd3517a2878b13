//! ListSAMLProviderTags.

use crate::Iam;
use crate::error::Error;
use crate::page::Page;
use crate::record::SamlProvider;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListSAMLProviderTagsInput, ListSAMLProviderTagsOutput};

impl Operate<Iam> for ListSAMLProviderTagsInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<SamlProvider>(caller, "iam:ListSAMLProviderTags", &self.saml_provider_arn)
                .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListSAMLProviderTagsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let target: SamlProvider = records.get_by_arn(&self.saml_provider_arn).await?;
        let listing = page.cut(tags::shapes(&target.tags), |tag| tag.key.to_lowercase());
        Ok(ListSAMLProviderTagsOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            tags: listing.items,
        })
    }
}
