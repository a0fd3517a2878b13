//! GetServerCertificate.

use crate::Iam;
use crate::certificate;
use crate::error::Error;
use crate::record::ServerCertificate;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{
    GetServerCertificateInput, GetServerCertificateOutput, ServerCertificate as Shape,
};

impl Operate<Iam> for GetServerCertificateInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<ServerCertificate>(
                caller,
                "iam:GetServerCertificate",
                &self.server_certificate_name,
            )
            .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<GetServerCertificateOutput, Error> {
        let records = iam.records(permit.caller());
        let found: ServerCertificate = records.get(&self.server_certificate_name).await?;
        Ok(GetServerCertificateOutput {
            server_certificate: Shape {
                server_certificate_metadata: certificate::metadata(&found, records.account),
                certificate_body: found.body,
                certificate_chain: found.chain,
                tags: (found.tags.len() > 0).then(|| tags::shapes(&found.tags)),
            },
        })
    }
}
