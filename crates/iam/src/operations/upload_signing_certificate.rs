//! UploadSigningCertificate.

use crate::Iam;
use crate::certificate;
use crate::error::{Error, Limit};
use crate::keys;
use crate::record::{KeyStatus, SigningCertificate, User};
use crate::signing_certificate;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{UploadSigningCertificateInput, UploadSigningCertificateOutput};

impl Operate<Iam> for UploadSigningCertificateInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        iam.on_user_meant(
            caller,
            "iam:UploadSigningCertificate",
            self.user_name.as_ref(),
        )
        .await
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<UploadSigningCertificateOutput, Error> {
        certificate::expiration(&self.certificate_body)?;
        let input = &self;
        let name = &Iam::user_meant(self.user_name.as_ref(), permit.caller())?;
        let id = &iam.entropy.upper_alnum(32);
        let now_s = iam.clock.now().as_secs();
        let certificate = iam
            .change(permit.caller().account, |records| async move {
                let user: User = records.get(name).await?;
                let under = keys::signing_certificates(&user.head.id);
                let present: Vec<SigningCertificate> = records.all(&under).await?;
                let body = input.certificate_body.trim();
                if present.iter().any(|present| present.body.trim() == body) {
                    return Err(Error::SigningCertificateExists);
                }
                if present.len() >= signing_certificate::MAX_PER_USER {
                    return Err(Error::LimitExceeded(Limit::SigningCertificates));
                }
                let certificate = SigningCertificate {
                    id: id.clone(),
                    body: input.certificate_body.clone(),
                    status: KeyStatus::Active,
                    created_s: now_s,
                };
                let key = keys::signing_certificate(&user.head.id, id);
                records.put(key, &certificate);
                Ok(signing_certificate::shape(certificate, &user.head.name))
            })
            .await?;
        Ok(UploadSigningCertificateOutput { certificate })
    }
}
