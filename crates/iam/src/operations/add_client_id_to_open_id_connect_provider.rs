//! AddClientIDToOpenIDConnectProvider.

use crate::Iam;
use crate::error::{Error, Limit};
use crate::identity_provider;
use crate::record::OidcProvider;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::AddClientIDToOpenIDConnectProviderInput;

impl Operate<Iam> for AddClientIDToOpenIDConnectProviderInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<OidcProvider>(
                caller,
                "iam:AddClientIDToOpenIDConnectProvider",
                &self.open_id_connect_provider_arn,
            )
            .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let arn = &input.open_id_connect_provider_arn;
            let mut provider: OidcProvider = records.get_by_arn(arn).await?;
            if provider.client_ids.contains(&input.client_id) {
                return Ok(());
            }
            if provider.client_ids.len() >= identity_provider::MAX_CLIENT_IDS {
                return Err(Error::LimitExceeded(Limit::ClientIds));
            }
            provider.client_ids.push(input.client_id.clone());
            records.put_entity(&provider);
            Ok(())
        })
        .await
    }
}
