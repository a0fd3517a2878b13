//! RemoveClientIDFromOpenIDConnectProvider.

use crate::Iam;
use crate::error::Error;
use crate::record::OidcProvider;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::RemoveClientIDFromOpenIDConnectProviderInput;

impl Operate<Iam> for RemoveClientIDFromOpenIDConnectProviderInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<OidcProvider>(
                caller,
                "iam:RemoveClientIDFromOpenIDConnectProvider",
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
            provider.client_ids.retain(|id| *id != input.client_id);
            records.put_entity(&provider);
            Ok(())
        })
        .await
    }
}
