//! GetOpenIDConnectProvider.

use crate::Iam;
use crate::error::Error;
use crate::record::OidcProvider;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{GetOpenIDConnectProviderInput, GetOpenIDConnectProviderOutput};

impl Operate<Iam> for GetOpenIDConnectProviderInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<OidcProvider>(
                caller,
                "iam:GetOpenIDConnectProvider",
                &self.open_id_connect_provider_arn,
            )
            .await?,
        ])
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<GetOpenIDConnectProviderOutput, Error> {
        let records = iam.records(permit.caller());
        let provider: OidcProvider = records
            .get_by_arn(&self.open_id_connect_provider_arn)
            .await?;
        Ok(GetOpenIDConnectProviderOutput {
            create_date: Some(provider.head.created()),
            tags: Some(tags::shapes(&provider.tags)),
            url: Some(provider.head.name),
            client_id_list: Some(provider.client_ids),
            thumbprint_list: Some(provider.thumbprints),
        })
    }
}
