//! DeleteSigningCertificate.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::signing_certificate;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteSigningCertificateInput;

impl Operate<Iam> for DeleteSigningCertificateInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(
            caller,
            "iam:DeleteSigningCertificate",
            self.user_name.as_ref(),
        )
        .await
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        let name = &Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        iam.change(permit.caller().account, |records| async move {
            let id = &input.certificate_id;
            let (user, _) = signing_certificate::get(&records, name, id).await?;
            records.remove(keys::signing_certificate(&user.head.id, id));
            Ok(())
        })
        .await
    }
}
