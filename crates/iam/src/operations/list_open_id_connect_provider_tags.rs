//! ListOpenIDConnectProviderTags.

use crate::Iam;
use crate::error::Error;
use crate::page::Page;
use crate::record::OidcProvider;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListOpenIDConnectProviderTagsInput, ListOpenIDConnectProviderTagsOutput};

impl Operate<Iam> for ListOpenIDConnectProviderTagsInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<OidcProvider>(
                caller,
                "iam:ListOpenIDConnectProviderTags",
                &self.open_id_connect_provider_arn,
            )
            .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListOpenIDConnectProviderTagsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let target: OidcProvider = records
            .get_by_arn(&self.open_id_connect_provider_arn)
            .await?;
        let listing = page.cut(tags::shapes(&target.tags), |tag| tag.key.to_lowercase());
        Ok(ListOpenIDConnectProviderTagsOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            tags: listing.items,
        })
    }
}
