//! ListOpenIDConnectProviders.

use crate::Iam;
use crate::error::Error;
use crate::gate::on_account;
use crate::keys;
use crate::record::{Entity, Kind, OidcProvider};
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{
    ListOpenIDConnectProvidersInput, ListOpenIDConnectProvidersOutput,
    OpenIDConnectProviderListEntry,
};

impl Operate<Iam> for ListOpenIDConnectProvidersInput {
    async fn requirements(&self, _: &Iam, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(on_account("iam:ListOpenIDConnectProviders"))
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<ListOpenIDConnectProvidersOutput, Error> {
        let records = iam.records(permit.caller());
        let under = keys::entities(Kind::OidcProvider, records.account);
        let providers: Vec<OidcProvider> = records.all(&under).await?;
        let entries = providers
            .iter()
            .map(|provider| OpenIDConnectProviderListEntry {
                arn: Some(provider.arn(records.account).to_string()),
            });
        Ok(ListOpenIDConnectProvidersOutput {
            open_id_connect_provider_list: Some(entries.collect()),
        })
    }
}
