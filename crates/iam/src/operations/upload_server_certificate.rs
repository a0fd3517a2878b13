//! UploadServerCertificate.

use crate::Iam;
use crate::certificate;
use crate::error::Error;
use crate::gate::New;
use crate::record::{Kind, ServerCertificate};
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{UploadServerCertificateInput, UploadServerCertificateOutput};

impl Operate<Iam> for UploadServerCertificateInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let new = New {
            kind: Kind::ServerCertificate,
            path: self.path.as_deref(),
            name: &self.server_certificate_name,
            tags: self.tags.as_ref(),
            boundary: None,
        };
        Ok(new.requirements(
            caller,
            "iam:UploadServerCertificate",
            "iam:TagServerCertificate",
        ))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<UploadServerCertificateOutput, Error> {
        let expires = certificate::expiration(&self.certificate_body)?;
        certificate::check_private_key(&self.private_key)?;
        let name = &self.server_certificate_name;
        let made = ServerCertificate {
            head: iam.new_head(Kind::ServerCertificate, name, self.path.as_deref()),
            tags: tags::collect(self.tags.as_ref())?,
            body: self.certificate_body,
            chain: self.certificate_chain,
            private_key: self.private_key,
            expires_s: expires.as_secs(),
        };
        let account = permit.caller().account;
        let new = &made;
        iam.change(account, |records| async move {
            records
                .name_is_free::<ServerCertificate>(&new.head.name)
                .await?;
            records.put_entity(new);
            Ok(())
        })
        .await?;
        Ok(UploadServerCertificateOutput {
            server_certificate_metadata: Some(certificate::metadata(&made, account)),
            tags: self.tags,
        })
    }
}
