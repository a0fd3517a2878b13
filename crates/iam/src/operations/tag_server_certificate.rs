//! TagServerCertificate.

use crate::Iam;
use crate::error::Error;
use crate::record::ServerCertificate;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::TagServerCertificateInput;

impl Operate<Iam> for TagServerCertificateInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = iam
            .on::<ServerCertificate>(
                caller,
                "iam:TagServerCertificate",
                &self.server_certificate_name,
            )
            .await?;
        Ok(vec![tags::requested(target, tags::pairs(&self.tags))])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut target: ServerCertificate = records.get(&input.server_certificate_name).await?;
            tags::merge(&mut target.tags, &input.tags)?;
            records.put_entity(&target);
            Ok(())
        })
        .await
    }
}
