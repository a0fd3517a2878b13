//! TagSAMLProvider.

use crate::Iam;
use crate::error::Error;
use crate::record::SamlProvider;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::TagSAMLProviderInput;

impl Operate<Iam> for TagSAMLProviderInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = iam
            .on_arn::<SamlProvider>(caller, "iam:TagSAMLProvider", &self.saml_provider_arn)
            .await?;
        Ok(vec![tags::requested(target, tags::pairs(&self.tags))])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut target: SamlProvider = records.get_by_arn(&input.saml_provider_arn).await?;
            tags::merge(&mut target.tags, &input.tags)?;
            records.put_entity(&target);
            Ok(())
        })
        .await
    }
}
