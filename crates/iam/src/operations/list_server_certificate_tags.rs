//! ListServerCertificateTags.

use crate::Iam;
use crate::error::Error;
use crate::page::Page;
use crate::record::ServerCertificate;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListServerCertificateTagsInput, ListServerCertificateTagsOutput};

impl Operate<Iam> for ListServerCertificateTagsInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<ServerCertificate>(
                caller,
                "iam:ListServerCertificateTags",
                &self.server_certificate_name,
            )
            .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListServerCertificateTagsOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let records = iam.records(permit.caller());
        let target: ServerCertificate = records.get(&self.server_certificate_name).await?;
        let listing = page.cut(tags::shapes(&target.tags), |tag| tag.key.to_lowercase());
        Ok(ListServerCertificateTagsOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            tags: listing.items,
        })
    }
}
