//! UpdateOpenIDConnectProviderThumbprint.

use crate::Iam;
use crate::error::Error;
use crate::identity_provider;
use crate::record::OidcProvider;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UpdateOpenIDConnectProviderThumbprintInput;

impl Operate<Iam> for UpdateOpenIDConnectProviderThumbprintInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<OidcProvider>(
                caller,
                "iam:UpdateOpenIDConnectProviderThumbprint",
                &self.open_id_connect_provider_arn,
            )
            .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let thumbprints = &identity_provider::thumbprints(&self.thumbprint_list)?;
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let arn = &input.open_id_connect_provider_arn;
            let mut provider: OidcProvider = records.get_by_arn(arn).await?;
            provider.thumbprints.clone_from(thumbprints);
            records.put_entity(&provider);
            Ok(())
        })
        .await
    }
}
