//! UpdateServerCertificate.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::ServerCertificate;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UpdateServerCertificateInput;

impl Operate<Iam> for UpdateServerCertificateInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on::<ServerCertificate>(
                caller,
                "iam:UpdateServerCertificate",
                &self.server_certificate_name,
            )
            .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut found: ServerCertificate = records.get(&input.server_certificate_name).await?;
            records.remove_entity(&found);
            if let Some(name) = &input.new_server_certificate_name {
                if keys::fold(name) != keys::fold(&found.head.name) {
                    records.name_is_free::<ServerCertificate>(name).await?;
                }
                found.head.name.clone_from(name);
            }
            if let Some(path) = &input.new_path {
                found.head.path.clone_from(path);
            }
            records.put_entity(&found);
            Ok(())
        })
        .await
    }
}
