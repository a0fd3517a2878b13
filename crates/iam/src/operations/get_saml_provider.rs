//! GetSAMLProvider.

use crate::Iam;
use crate::error::Error;
use crate::record::SamlProvider;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetSAMLProviderInput, GetSAMLProviderOutput};

impl Operate<Iam> for GetSAMLProviderInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<SamlProvider>(caller, "iam:GetSAMLProvider", &self.saml_provider_arn)
                .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<GetSAMLProviderOutput, Error> {
        let records = iam.records(permit.caller());
        let provider: SamlProvider = records.get_by_arn(&self.saml_provider_arn).await?;
        Ok(GetSAMLProviderOutput {
            saml_provider_uuid: Some(provider.head.id.clone()),
            create_date: Some(provider.head.created()),
            valid_until: Some(base::Timestamp::from_secs(provider.valid_until_s)),
            tags: Some(tags::shapes(&provider.tags)),
            saml_metadata_document: Some(provider.metadata),
            assertion_encryption_mode: None,
            private_key_list: None,
        })
    }
}
