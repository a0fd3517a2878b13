//! UntagOpenIDConnectProvider.

use crate::Iam;
use crate::error::Error;
use crate::record::OidcProvider;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::UntagOpenIDConnectProviderInput;

impl Operate<Iam> for UntagOpenIDConnectProviderInput {
    async fn requirements(&self, iam: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let target = iam
            .on_arn::<OidcProvider>(
                caller,
                "iam:UntagOpenIDConnectProvider",
                &self.open_id_connect_provider_arn,
            )
            .await?;
        Ok(vec![target.with("aws:TagKeys", &self.tag_keys)])
    }

    async fn operate(self, iam: &Iam, permit: &Permit) -> Result<(), Error> {
        let input = &self;
        iam.change(permit.caller().account, |records| async move {
            let mut target: OidcProvider = records
                .get_by_arn(&input.open_id_connect_provider_arn)
                .await?;
            for key in &input.tag_keys {
                target.tags.remove(key);
            }
            records.put_entity(&target);
            Ok(())
        })
        .await
    }
}
