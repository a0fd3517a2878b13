//! DeleteSAMLProvider.

use crate::Iam;
use crate::error::Error;
use crate::record::SamlProvider;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteSAMLProviderInput;

impl Operate<Iam> for DeleteSAMLProviderInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<SamlProvider>(caller, "iam:DeleteSAMLProvider", &self.saml_provider_arn)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let provider: SamlProvider = records.get_by_arn(&input.saml_provider_arn).await?;
            records.remove_entity(&provider);
            Ok(())
        })
        .await
    }
}
