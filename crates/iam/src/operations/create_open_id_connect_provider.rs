//! CreateOpenIDConnectProvider.

use crate::Iam;
use crate::error::{Error, Limit};
use crate::identity_provider;
use crate::record::{Entity, Kind, OidcProvider};
use crate::tags;
use service::{Caller, Operate, Permit, Requirement};
use wire::iam::{CreateOpenIDConnectProviderInput, CreateOpenIDConnectProviderOutput};

impl Operate<Iam> for CreateOpenIDConnectProviderInput {
    async fn requirements(&self, _: &Iam, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let name = identity_provider::name_of_url(&self.url)?;
        let arn = Kind::OidcProvider.arn(caller.account, "/", &name);
        let given = self.tags.as_deref().unwrap_or_default();
        let actions = match given.is_empty() {
            true => vec!["iam:CreateOpenIDConnectProvider"],
            false => vec![
                "iam:CreateOpenIDConnectProvider",
                "iam:TagOpenIDConnectProvider",
            ],
        };
        let requirement =
            |action| tags::requested(Requirement::new(action, arn.as_str()), tags::pairs(given));
        Ok(actions.into_iter().map(requirement).collect())
    }

    async fn operate(
        self,
        iam: &Iam,
        permit: &Permit,
    ) -> Result<CreateOpenIDConnectProviderOutput, Error> {
        let name = identity_provider::name_of_url(&self.url)?;
        let client_ids = self.client_id_list.unwrap_or_default();
        if client_ids.len() > identity_provider::MAX_CLIENT_IDS {
            return Err(Error::LimitExceeded(Limit::ClientIds));
        }
        let given = self.thumbprint_list.unwrap_or_default();
        let thumbprints = identity_provider::thumbprints(&given)?;
        let provider = OidcProvider {
            head: iam.new_head(Kind::OidcProvider, &name, None),
            tags: tags::collect(self.tags.as_ref())?,
            client_ids,
            thumbprints,
        };
        let account = permit.caller().account;
        let made = &provider;
        iam.change(account, |records| async move {
            records
                .name_is_free::<OidcProvider>(&made.head.name)
                .await?;
            records.put_entity(made);
            Ok(())
        })
        .await?;
        Ok(CreateOpenIDConnectProviderOutput {
            open_id_connect_provider_arn: Some(provider.arn(account).to_string()),
            tags: self.tags,
        })
    }
}
