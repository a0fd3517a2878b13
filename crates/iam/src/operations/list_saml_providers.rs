//! ListSAMLProviders.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use crate::record::{Entity, Kind, SamlProvider};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{ListSAMLProvidersInput, ListSAMLProvidersOutput, SAMLProviderListEntry};

impl Operate<Iam> for ListSAMLProvidersInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:ListSAMLProviders"))
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<ListSAMLProvidersOutput, Error> {
        let records = iam.records(permit.caller());
        let under = keys::entities(Kind::SamlProvider, records.account);
        let providers: Vec<SamlProvider> = records.all(&under).await?;
        let entries = providers.iter().map(|provider| SAMLProviderListEntry {
            arn: Some(provider.arn(records.account).to_string()),
            valid_until: Some(base::Timestamp::from_secs(provider.valid_until_s)),
            create_date: Some(provider.head.created()),
        });
        Ok(ListSAMLProvidersOutput {
            saml_provider_list: Some(entries.collect()),
        })
    }
}
