//! TagOpenIDConnectProvider.

use crate::Iam;
use crate::error::Error;
use crate::record::OidcProvider;
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::TagOpenIDConnectProviderInput;

impl Operate<Iam> for TagOpenIDConnectProviderInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = iam
            .on_arn::<OidcProvider>(
                caller,
                "iam:TagOpenIDConnectProvider",
                &self.open_id_connect_provider_arn,
            )
            .await?;
        Ok(vec![tags::requested(target, tags::pairs(&self.tags))])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut target: OidcProvider = records
                .get_by_arn(&input.open_id_connect_provider_arn)
                .await?;
            tags::merge(&mut target.tags, &input.tags)?;
            records.put_entity(&target);
            Ok(())
        })
        .await
    }
}
