//! ListSigningCertificates.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::page::Page;
use crate::record::{SigningCertificate, User};
use crate::signing_certificate;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListSigningCertificatesInput, ListSigningCertificatesOutput};

impl Operate<Iam> for ListSigningCertificatesInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(
            caller,
            "iam:ListSigningCertificates",
            self.user_name.as_ref(),
        )
        .await
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListSigningCertificatesOutput, Error> {
        let page = Page::new(self.marker.as_deref(), self.max_items)?;
        let name = Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        let records = iam.records(permit.caller());
        let user: User = records.get(&name).await?;
        let under = keys::signing_certificates(&user.head.id);
        let found: Vec<SigningCertificate> = records.all(&under).await?;
        let listing = page.cut(found, |certificate| certificate.id.clone());
        let shape = |certificate| signing_certificate::shape(certificate, &user.head.name);
        let listing = listing.map(shape);
        Ok(ListSigningCertificatesOutput {
            is_truncated: listing.is_truncated(),
            marker: listing.marker,
            certificates: listing.items,
        })
    }
}
