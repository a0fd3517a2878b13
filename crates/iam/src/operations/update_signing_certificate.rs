//! UpdateSigningCertificate.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::SigningCertificate;
use crate::shape;
use crate::signing_certificate;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UpdateSigningCertificateInput;

impl Operate<Iam> for UpdateSigningCertificateInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(
            caller,
            "iam:UpdateSigningCertificate",
            self.user_name.as_ref(),
        )
        .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let (input, status) = (&self, shape::given_status(&self.status)?);
        let name = &Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        iam.change(permit.caller().account, |records| async move {
            let id = &input.certificate_id;
            let (user, found) = signing_certificate::get(&records, name, id).await?;
            let changed = SigningCertificate { status, ..found };
            records.put(keys::signing_certificate(&user.head.id, id), &changed);
            Ok(())
        })
        .await
    }
}
