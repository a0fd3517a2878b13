//! CreateSAMLProvider.

use crate::Iam;
use crate::error::Error;
use crate::gate::New;
use crate::identity_provider;
use crate::record::{Entity, Kind, SamlProvider};
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreateSAMLProviderInput, CreateSAMLProviderOutput};

impl Operate<Iam> for CreateSAMLProviderInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let new = New {
            kind: Kind::SamlProvider,
            path: None,
            name: &self.name,
            tags: self.tags.as_ref(),
            boundary: None,
        };
        Ok(new.requirements(caller, "iam:CreateSAMLProvider", "iam:TagSAMLProvider"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<CreateSAMLProviderOutput, Error> {
        if self.assertion_encryption_mode.is_some() || self.add_private_key.is_some() {
            return Err(Error::NotBuilt("AssertionEncryptionMode"));
        }
        identity_provider::check_metadata(&self.saml_metadata_document)?;
        let head = iam.new_head(Kind::SamlProvider, &self.name, None);
        let provider = SamlProvider {
            valid_until_s: identity_provider::valid_until(&head),
            head,
            tags: tags::collect(self.tags.as_ref())?,
            metadata: self.saml_metadata_document,
        };
        let account = permit.caller().account;
        let made = &provider;
        iam.change(account, |records| async move {
            records
                .name_is_free::<SamlProvider>(&made.head.name)
                .await?;
            records.put_entity(made);
            Ok(())
        })
        .await?;
        Ok(CreateSAMLProviderOutput {
            saml_provider_arn: Some(provider.arn(account).to_string()),
            tags: self.tags,
        })
    }
}
