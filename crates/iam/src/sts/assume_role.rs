//! AssumeRole.

use crate::error::Error;
use crate::gate::stored_tags;
use crate::identity::trust_policy;
use crate::record::{Entity, Role, SessionOf};
use crate::sts::session_policies::SessionPolicies;
use crate::sts::{Sts, credentials, distinct_tags, seconds};
use crate::tags::requested;
use base::{AccountId, Arn};
use service::{Caller, Operate, Permit, Principal, Requirement, RoleSession};
use wire::sts::{AssumeRoleInput, AssumeRoleOutput, AssumedRoleUser};

const DEFAULT_S: i32 = 3_600;
/// The longest session of a role assumed by a session of another.
const CHAINED_MAX_S: i32 = 3_600;

impl Operate<Sts> for AssumeRoleInput {
    /// The role's trust policy has to let the caller, for every action that the input implies,
    /// or the session that it comes from: one with transitive tags hands them on, and one with a
    /// source identity too ("Pass session tags in AWS STS" and "Monitor and control actions taken
    /// with assumed roles" of the IAM user guide).
    /// A second factor is looked at only after that, so that codes cannot be tried out; whether
    /// one was given is known here.
    async fn requirements(&self, sts: &Sts, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        if caller.principal == Principal::Root {
            return Err(Error::RootMayNotAssume);
        }
        let (account, role) = role(self, sts, caller).await?;
        let trust = trust_policy(&role, account)?;
        let from = calling_session(caller);
        let inherits_tags = from.is_some_and(|from| !from.transitive_tag_keys.is_empty());
        let tagged = inherits_tags || self.tags.as_ref().is_some_and(|tags| !tags.is_empty());
        let inherited = from.and_then(|from| from.source_identity.as_ref());
        let named = self.source_identity.is_some() || inherited.is_some();
        let actions = [
            Some("sts:AssumeRole"),
            tagged.then_some("sts:TagSession"),
            named.then_some("sts:SetSourceIdentity"),
        ];
        let both = self.serial_number.is_some() && self.token_code.is_some();
        let with_factor = both.then_some("true");
        let requirement = |action| {
            let keys = self.transitive_tag_keys.iter().flatten();
            let requirement = Requirement::new(action, &self.role_arn)
                .ruled_by(trust.clone())
                .with("sts:RoleSessionName", [&self.role_session_name])
                .with("sts:ExternalId", &self.external_id)
                .with(
                    "sts:SourceIdentity",
                    self.source_identity.as_ref().or(inherited),
                )
                .with("sts:TransitiveTagKeys", keys)
                .with("aws:MultiFactorAuthPresent", with_factor)
                .with("aws:MultiFactorAuthAge", with_factor.map(|_| "0"));
            stored_tags(requested(requirement, given_tags(self)), &role.tags)
        };
        Ok(actions.into_iter().flatten().map(requirement).collect())
    }

    async fn operate(self, sts: &Sts, permit: &Permit) -> Result<AssumeRoleOutput, Error> {
        refuse_what_is_not_built(&self)?;
        let (account, role) = role(&self, sts, permit.caller()).await?;
        let from = calling_session(permit.caller());
        let duration_s = duration_s(&self, &role, from)?;
        let given = SessionPolicies {
            document: self.policy.as_deref(),
            arns: self.policy_arns.as_deref(),
        };
        let policies = given.documents(sts, account).await?;
        let packed_policy_size = given.packed_percent(given_tags(&self))?;
        let tags = session_tags(&self, from)?;
        let (serial, code) = (self.serial_number.as_deref(), self.token_code.as_deref());
        let factor = sts.iam.second_factor(permit.caller(), serial, code).await?;
        let facts = factor.map(|_| ("aws:MultiFactorAuthPresent".to_owned(), "true".to_owned()));
        let source_identity = source_identity(&self, permit.caller())?;
        let of = SessionOf::Role {
            arn: role.arn(account).to_string(),
            id: role.head.id.clone(),
            session_name: self.role_session_name.clone(),
            policies,
            tags: tags.pairs,
            transitive_tag_keys: tags.transitive_keys,
            source_identity: source_identity.clone(),
            facts: facts.into_iter().collect(),
        };
        let session = sts.iam.mint(account, of, seconds(duration_s)).await?;
        let (name, id) = (&role.head.name, &role.head.id);
        let resource = format!("assumed-role/{name}/{}", self.role_session_name);
        Ok(AssumeRoleOutput {
            credentials: Some(credentials(session)),
            assumed_role_user: Some(AssumedRoleUser {
                assumed_role_id: format!("{id}:{}", self.role_session_name),
                arn: Arn::global("sts", account, &resource).to_string(),
            }),
            packed_policy_size,
            source_identity,
            ..AssumeRoleOutput::default()
        })
    }
}

/// The role's session that assumes another role, if it is one that does.
fn calling_session(caller: &Caller) -> Option<&RoleSession> {
    match &caller.principal {
        Principal::Role(session) => Some(session),
        _ => None,
    }
}

/// The role that is asked for. One that does not exist is refused like one that does not trust
/// the caller, so that nobody learns which roles there are.
async fn role(
    input: &AssumeRoleInput,
    sts: &Sts,
    caller: &Caller,
) -> Result<(AccountId, Role), Error> {
    let invalid = || Error::InvalidRoleArn(input.role_arn.clone());
    let arn: Arn = input.role_arn.parse().map_err(|_| invalid())?;
    if arn.partition().is_empty() || arn.service().is_empty() {
        return Err(invalid());
    }
    let found = sts.iam.find_role(&arn).await?;
    found.ok_or_else(|| Error::MayNotAssume {
        caller: caller.arn(),
        role: input.role_arn.clone(),
    })
}

/// The one that the calling session has, which no other can replace, or that the input names.
fn source_identity(input: &AssumeRoleInput, caller: &Caller) -> Result<Option<String>, Error> {
    let inherited = calling_session(caller).and_then(|from| from.source_identity.as_ref());
    match (&input.source_identity, inherited) {
        (Some(named), Some(inherited)) if named != inherited => {
            Err(Error::MayNotSetSourceIdentity {
                caller: caller.arn(),
                role: input.role_arn.clone(),
            })
        }
        (named, inherited) => Ok(named.as_ref().or(inherited).cloned()),
    }
}

fn refuse_what_is_not_built(input: &AssumeRoleInput) -> Result<(), Error> {
    if input.provided_contexts.is_some() {
        return Err(Error::NotBuilt("ProvidedContexts"));
    }
    match input.minimum_session_token_size {
        Some(_) => Err(Error::NotBuilt("MinimumSessionTokenSize")),
        None => Ok(()),
    }
}

fn duration_s(
    input: &AssumeRoleInput,
    role: &Role,
    from: Option<&RoleSession>,
) -> Result<i32, Error> {
    let asked_s = input.duration_seconds.unwrap_or(DEFAULT_S);
    if from.is_some() && asked_s > CHAINED_MAX_S {
        return Err(Error::LongerThanChainsMayBe);
    }
    match asked_s > role.max_session_s {
        true => Err(Error::LongerThanTheRoleAllows),
        false => Ok(asked_s),
    }
}

fn given_tags(input: &AssumeRoleInput) -> impl Iterator<Item = (&str, &str)> + Clone {
    let tags = input.tags.iter().flatten();
    tags.map(|tag| (tag.key.as_str(), tag.value.as_str()))
}

/// A session's tags: given, and inherited from the session that assumes the role.
struct SessionTags {
    pairs: Vec<(String, String)>,
    transitive_keys: Vec<String>,
}

fn session_tags(input: &AssumeRoleInput, from: Option<&RoleSession>) -> Result<SessionTags, Error> {
    let mut tags = distinct_tags(given_tags(input))?;
    let inherited = from.map(|from| from.transitive_tag_keys.as_slice());
    let inherited = inherited.unwrap_or_default();
    let same = |one: &str, other: &str| one.to_lowercase() == other.to_lowercase();
    let is_inherited = |key: &str| inherited.iter().any(|k| same(k, key));
    if given_tags(input).any(|(key, _)| is_inherited(key)) {
        return Err(Error::TransitiveTagGiven);
    }
    let own = input.transitive_tag_keys.iter().flatten();
    let is_given = |wanted: &String| given_tags(input).any(|(key, _)| same(key, wanted));
    if !own.clone().all(is_given) {
        return Err(Error::TransitiveTagMissing);
    }
    for (key, value) in from.iter().flat_map(|from| &from.tags) {
        if is_inherited(key) {
            tags.set(key, value);
        }
    }
    let pairs = tags
        .iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    Ok(SessionTags {
        pairs: pairs.collect(),
        transitive_keys: inherited.iter().chain(own).cloned().collect(),
    })
}
