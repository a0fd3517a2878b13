//! DeleteServerCertificate.

use crate::Iam;
use crate::error::Error;
use crate::record::ServerCertificate;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteServerCertificateInput;

impl Operate<Iam> for DeleteServerCertificateInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<ServerCertificate>(
                caller,
                "iam:DeleteServerCertificate",
                &self.server_certificate_name,
            )
            .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let name = &self.server_certificate_name;
        iam.change(permit.caller().account, |records| async move {
            let found: ServerCertificate = records.get(name).await?;
            records.remove_entity(&found);
            Ok(())
        })
        .await
    }
}
