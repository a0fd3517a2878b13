//! UntagServerCertificate.

use crate::Iam;
use crate::error::Error;
use crate::record::ServerCertificate;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UntagServerCertificateInput;

impl Operate<Iam> for UntagServerCertificateInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = iam
            .on::<ServerCertificate>(
                caller,
                "iam:UntagServerCertificate",
                &self.server_certificate_name,
            )
            .await?;
        Ok(vec![target.with("aws:TagKeys", &self.tag_keys)])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut target: ServerCertificate = records.get(&input.server_certificate_name).await?;
            for key in &input.tag_keys {
                target.tags.remove(key);
            }
            records.put_entity(&target);
            Ok(())
        })
        .await
    }
}
