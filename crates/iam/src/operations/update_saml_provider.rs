//! UpdateSAMLProvider.

use crate::Iam;
use crate::error::Error;
use crate::identity_provider;
use crate::record::SamlProvider;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{UpdateSAMLProviderInput, UpdateSAMLProviderOutput};

impl Operate<Iam> for UpdateSAMLProviderInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<SamlProvider>(caller, "iam:UpdateSAMLProvider", &self.saml_provider_arn)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<UpdateSAMLProviderOutput, Error> {
        let keys = self.add_private_key.is_some() || self.remove_private_key.is_some();
        if self.assertion_encryption_mode.is_some() || keys {
            return Err(Error::NotBuilt("AssertionEncryptionMode"));
        }
        if let Some(metadata) = &self.saml_metadata_document {
            identity_provider::check_metadata(metadata)?;
        }
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut provider: SamlProvider = records.get_by_arn(&input.saml_provider_arn).await?;
            if let Some(metadata) = &input.saml_metadata_document {
                provider.metadata.clone_from(metadata);
            }
            records.put_entity(&provider);
            Ok(())
        })
        .await?;
        Ok(UpdateSAMLProviderOutput {
            saml_provider_arn: Some(self.saml_provider_arn),
        })
    }
}
