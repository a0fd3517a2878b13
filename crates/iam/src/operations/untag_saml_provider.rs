//! UntagSAMLProvider.

use crate::Iam;
use crate::error::Error;
use crate::record::SamlProvider;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UntagSAMLProviderInput;

impl Operate<Iam> for UntagSAMLProviderInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = iam
            .on_arn::<SamlProvider>(caller, "iam:UntagSAMLProvider", &self.saml_provider_arn)
            .await?;
        Ok(vec![target.with("aws:TagKeys", &self.tag_keys)])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut target: SamlProvider = records.get_by_arn(&input.saml_provider_arn).await?;
            for key in &input.tag_keys {
                target.tags.remove(key);
            }
            records.put_entity(&target);
            Ok(())
        })
        .await
    }
}
