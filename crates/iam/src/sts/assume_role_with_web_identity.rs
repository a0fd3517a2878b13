//! AssumeRoleWithWebIdentity.

use crate::Mode;
use crate::error::Error;
use crate::identity::trust_policy;
use crate::record::{Entity, OidcProvider, Role, SessionOf};
use crate::records::Records;
use crate::sts::session_policies::SessionPolicies;
use crate::sts::{Sts, credentials, distinct_tags, seconds};
use crate::web_identity::{Claims, NO_KEY, WebIdentityToken};
use base::{AccountId, Arn, Timestamp};
use policy::{Context, NamedPolicy, PolicySet, Request, ResourcePolicy, evaluate};
use service::{Caller, Operate, Permit, Requirement};
use std::sync::Arc;
use wire::sts::{AssumeRoleWithWebIdentityInput, AssumeRoleWithWebIdentityOutput, AssumedRoleUser};

const DEFAULT_S: i32 = 3_600;

impl Operate<Sts> for AssumeRoleWithWebIdentityInput {
    /// None of the caller, who signs nothing: the token says who it is, and the role's trust
    /// policy decides about that.
    async fn requirements(&self, _: &Sts, _: &Caller) -> Result<Vec<Requirement>, Error> {
        Ok(Vec::new())
    }

    async fn operate(
        self,
        sts: &Sts,
        permit: &Permit,
    ) -> Result<AssumeRoleWithWebIdentityOutput, Error> {
        let invalid = || Error::InvalidRoleArn(self.role_arn.clone());
        let arn: Arn = self.role_arn.parse().map_err(|_| invalid())?;
        let found = sts.iam.find_role(&arn).await?;
        let (account, role) = found.ok_or(Error::MayNotAssumeWithIdentity)?;
        let now = permit.caller().time;
        let (provider, claims) = verified(sts, account, &self.web_identity_token, now).await?;
        check_trust(&self, sts, (account, &role), &provider, &claims)?;
        let duration_s = self.duration_seconds.unwrap_or(DEFAULT_S);
        if duration_s > role.max_session_s {
            return Err(Error::LongerThanTheRoleAllows);
        }
        let given = SessionPolicies {
            document: self.policy.as_deref(),
            arns: self.policy_arns.as_deref(),
        };
        let tags = distinct_tags(claims.session_tags.pairs())?;
        let packed_policy_size = given.packed_percent(tags.iter())?;
        let owned = |(key, value): (&str, &str)| (key.to_owned(), value.to_owned());
        let mut facts = claims.facts(&provider.head.name);
        let provider_arn = provider.arn(account).to_string();
        facts.push(("aws:FederatedProvider".to_owned(), provider_arn.clone()));
        let of = SessionOf::Role {
            arn: role.arn(account).to_string(),
            id: role.head.id.clone(),
            session_name: self.role_session_name.clone(),
            policies: given.documents(sts, account).await?,
            tags: tags.iter().map(owned).collect(),
            transitive_tag_keys: claims.session_tags.transitive_tag_keys,
            source_identity: claims.source_identity.clone(),
            facts,
        };
        let session = sts.iam.mint(account, of, seconds(duration_s)).await?;
        let name = &role.head.name;
        let resource = format!("assumed-role/{name}/{}", self.role_session_name);
        Ok(AssumeRoleWithWebIdentityOutput {
            credentials: Some(credentials(session)),
            subject_from_web_identity_token: Some(claims.subject),
            assumed_role_user: Some(AssumedRoleUser {
                assumed_role_id: format!("{}:{}", role.head.id, self.role_session_name),
                arn: Arn::global("sts", account, &resource).to_string(),
            }),
            packed_policy_size,
            provider: Some(provider_arn),
            audience: Some(claims.audience),
            source_identity: claims.source_identity,
            ..AssumeRoleWithWebIdentityOutput::default()
        })
    }
}

/// The provider in the role's account that issued the token, and what the token says.
async fn verified(
    sts: &Sts,
    account: AccountId,
    token: &str,
    now: Timestamp,
) -> Result<(OidcProvider, Claims), Error> {
    let token = WebIdentityToken::parse(token)?;
    let records = Records::new(sts.iam.store.snapshot(), account);
    let found: Option<OidcProvider> = records.find(token.provider_name()).await?;
    let provider = found.ok_or(Error::InvalidIdentityToken(
        "No OpenIDConnect provider found in your account for the token's issuer",
    ))?;
    let keys = match &sts.iam.issuers {
        Some(issuers) => issuers.configured_keys(token.issuer()).await,
        None => None,
    };
    let keys = keys.ok_or(NO_KEY)?;
    let claims = token.verify(&keys, &provider.client_ids, now)?;
    Ok((provider, claims))
}

/// Whether the role trusts whom the token names, with the tags and the source identity that it
/// gives.
fn check_trust(
    input: &AssumeRoleWithWebIdentityInput,
    sts: &Sts,
    (account, role): (AccountId, &Role),
    provider: &OidcProvider,
    claims: &Claims,
) -> Result<(), Error> {
    let provider_arn = provider.arn(account).to_string();
    let mut context = Context::new();
    for (key, value) in claims.facts(&provider.head.name) {
        context.insert(key, value);
    }
    context.insert("aws:FederatedProvider", provider_arn.as_str());
    context.insert("sts:RoleSessionName", input.role_session_name.as_str());
    for (key, value) in role.tags.iter() {
        context.insert(format!("aws:ResourceTag/{key}"), value);
    }
    let tags = || claims.session_tags.pairs();
    if tags().next().is_some() {
        context.insert_all("aws:TagKeys", tags().map(|(key, _)| key));
    }
    for (key, value) in tags() {
        context.insert(format!("aws:RequestTag/{key}"), value);
    }
    let transitive = &claims.session_tags.transitive_tag_keys;
    if !transitive.is_empty() {
        context.insert_all(
            "sts:TransitiveTagKeys",
            transitive.iter().map(String::as_str),
        );
    }
    if let Some(identity) = &claims.source_identity {
        context.insert("sts:SourceIdentity", identity.as_str());
    }
    let trust = NamedPolicy {
        name: Arc::from("trust policy"),
        policy: trust_policy(role, account)?,
    };
    let principal = policy::Principal::WebIdentity {
        provider: provider_arn.clone(),
    };
    let policies = PolicySet {
        resource: ResourcePolicy::Rules(&trust),
        ..PolicySet::default()
    };
    let actions = [
        Some("sts:AssumeRoleWithWebIdentity"),
        tags().next().map(|_| "sts:TagSession"),
        claims
            .source_identity
            .as_ref()
            .map(|_| "sts:SetSourceIdentity"),
    ];
    let is_allowed = |action| {
        let request = Request::new(&principal, action, &input.role_arn, context.clone());
        evaluate(&request, &policies).is_allowed()
    };
    let asked = sts.iam.mode == Mode::Enforce;
    match !asked || actions.into_iter().flatten().all(is_allowed) {
        true => Ok(()),
        false => Err(Error::MayNotAssumeWithIdentity),
    }
}
