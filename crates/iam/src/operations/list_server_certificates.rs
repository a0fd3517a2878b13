//! ListServerCertificates.

use crate::Iam;
use crate::certificate;
use crate::error::Error;
use crate::gate::on_all;
use crate::page::Page;
use crate::record::{Kind, ServerCertificate};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListServerCertificatesInput, ListServerCertificatesOutput};

impl Operate<Iam> for ListServerCertificatesInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_all(
            caller,
            "iam:ListServerCertificates",
            Kind::ServerCertificate,
            self.path_prefix.as_deref(),
        ))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListServerCertificatesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let prefix = self.path_prefix.as_deref().unwrap_or("/");
        let records = iam.records(permit.caller());
        let wanted = |found: &ServerCertificate| found.head.path.starts_with(prefix);
        let listing = records.list(&page, wanted).await?;
        let listing = listing.map(|found| certificate::metadata(&found, records.account));
        Ok(ListServerCertificatesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            server_certificate_metadata_list: listing.items,
        })
    }
}
