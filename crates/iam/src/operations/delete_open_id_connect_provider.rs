//! DeleteOpenIDConnectProvider.

use crate::Iam;
use crate::error::Error;
use crate::record::OidcProvider;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::DeleteOpenIDConnectProviderInput;

impl Operate<Iam> for DeleteOpenIDConnectProviderInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            iam.on_arn::<OidcProvider>(
                caller,
                "iam:DeleteOpenIDConnectProvider",
                &self.open_id_connect_provider_arn,
            )
            .await?,
        ])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let arn = &self.open_id_connect_provider_arn;
        iam.change(permit.caller().account, |records| async move {
            // Deleting what is not there succeeds, as AWS documents it.
            if let Some(provider) = records.find_by_arn::<OidcProvider>(arn).await? {
                records.remove_entity(&provider);
            }
            Ok(())
        })
        .await
    }
}
