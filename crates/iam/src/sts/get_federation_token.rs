//! GetFederationToken.

use crate::error::Error;
use crate::record::SessionOf;
use crate::sts::session_policies::SessionPolicies;
use crate::sts::{Sts, credentials, distinct_tags, seconds};
use crate::tags::requested;
use base::Arn;
use service::{Caller, Operate, Permit, Principal, Requirement};
use wire::sts::{FederatedUser, GetFederationTokenInput, GetFederationTokenOutput};

const DEFAULT_S: i32 = 43_200;
/// The longest session of the account's root.
const ROOT_MAX_S: i32 = 3_600;

impl Operate<Sts> for GetFederationTokenInput {
    async fn requirements(&self, _: &Sts, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = Arn::global(
            "sts",
            caller.account,
            &format!("federated-user/{}", self.name),
        );
        let tagged = self.tags.as_ref().is_some_and(|tags| !tags.is_empty());
        let actions = [
            Some("sts:GetFederationToken"),
            tagged.then_some("sts:TagSession"),
        ];
        let requirement = |action| {
            requested(
                Requirement::new(action, resource.as_str()),
                given_tags(self),
            )
        };
        Ok(actions.into_iter().flatten().map(requirement).collect())
    }

    async fn operate(self, sts: &Sts, permit: &Permit) -> Result<GetFederationTokenOutput, Error> {
        if self.minimum_session_token_size.is_some() {
            return Err(Error::NotBuilt("MinimumSessionTokenSize"));
        }
        let caller = permit.caller();
        let asked_s = self.duration_seconds.unwrap_or(DEFAULT_S);
        let (user_id, duration_s) = match &caller.principal {
            Principal::User {
                id, session: false, ..
            } => (Some(id.clone()), asked_s),
            Principal::Root => (None, asked_s.min(ROOT_MAX_S)),
            _ => return Err(Error::NotForFederation),
        };
        let given = SessionPolicies {
            document: self.policy.as_deref(),
            arns: self.policy_arns.as_deref(),
        };
        let packed_policy_size = given.packed_percent(given_tags(&self))?;
        let tags = distinct_tags(given_tags(&self))?;
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let of = SessionOf::Federated {
            name: self.name.clone(),
            user_id,
            policies: given.documents(sts, caller.account).await?,
            tags: tags.iter().map(owned).collect(),
        };
        let session = sts
            .iam
            .mint(caller.account, of, seconds(duration_s))
            .await?;
        let resource = format!("federated-user/{}", self.name);
        Ok(GetFederationTokenOutput {
            credentials: Some(credentials(session)),
            federated_user: Some(FederatedUser {
                federated_user_id: format!("{}:{}", caller.account, self.name),
                arn: Arn::global("sts", caller.account, &resource).to_string(),
            }),
            packed_policy_size: Some(packed_policy_size.unwrap_or(0)),
            ..GetFederationTokenOutput::default()
        })
    }
}

fn given_tags(input: &GetFederationTokenInput) -> impl Iterator<Item = (&str, &str)> + Clone {
    let tags = input.tags.iter().flatten();
    tags.map(|tag| (tag.key.as_str(), tag.value.as_str()))
}
