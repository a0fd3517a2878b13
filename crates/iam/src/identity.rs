//! What an identity may do: its policies, read from the store and parsed once per change.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::record::{Attached, Entity, Group, InlinePolicy, Role, Tags, User};
use crate::records::{Reader, Records};
use base::AccountId;
use kv::Cause;
use policy::{Dialect, NamedPolicy, Policy};
use service::{Caller, Principal};
use std::sync::Arc;

/// All that is stored of an identity for the gate. What was deleted has nothing.
#[derive(Default)]
pub(crate) struct Loaded {
    pub policies: Vec<NamedPolicy>,
    pub boundary: Option<NamedPolicy>,
    pub tags: Tags,
}

impl Iam {
    /// The stored policies of the caller's user or role.
    pub(crate) async fn loaded(&self, caller: &Caller) -> Result<Arc<Loaded>, Error> {
        let id = match &caller.principal {
            Principal::User { id, .. } => id,
            Principal::Role(session) => &session.role_id,
            Principal::Federated(session) => match &session.user {
                Some((_, id)) => id,
                None => return all_of_root(),
            },
            Principal::Root | Principal::Service { .. } | Principal::Anonymous => {
                return Ok(Arc::default());
            }
        };
        let generation = self.generation.current();
        if let Some(loaded) = self.identities.get(generation, id) {
            return Ok(loaded);
        }
        let records = Records::new(self.store.snapshot(), caller.account);
        let loaded = match &caller.principal {
            Principal::User { .. } | Principal::Federated(_) => load_user(&records, id).await?,
            _ => load_role(&records, id).await?,
        };
        let loaded = Arc::new(loaded);
        self.identities.insert(generation, id, loaded.clone());
        Ok(loaded)
    }

    /// The policies that limit a session, if any do. A federated user's session is limited even
    /// by none.
    pub(crate) fn limits(&self, caller: &Caller) -> Result<Option<Arc<[NamedPolicy]>>, Error> {
        let (documents, access_key_id) = match &caller.principal {
            Principal::Role(session) if session.session_policies.is_empty() => return Ok(None),
            Principal::Role(session) => (&session.session_policies, &session.access_key_id),
            Principal::Federated(session) => (&session.session_policies, &session.access_key_id),
            _ => return Ok(None),
        };
        let generation = self.generation.current();
        if let Some(limits) = self.limits.get(generation, access_key_id) {
            return Ok(Some(limits));
        }
        let documents = documents.iter();
        let parsed: Result<_, Error> = documents
            .map(|document| named("session policy", document))
            .collect();
        let limits: Arc<[NamedPolicy]> = parsed?;
        self.limits
            .insert(generation, access_key_id, limits.clone());
        Ok(Some(limits))
    }
}

/// What a session has that the account's root gave away, before its own policies limit it.
fn all_of_root() -> Result<Arc<Loaded>, Error> {
    const ALL: &str = r#"{"Version":"2012-10-17","Statement":
        {"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    Ok(Arc::new(Loaded {
        policies: vec![named("the account's root", ALL)?],
        ..Loaded::default()
    }))
}

pub(crate) async fn load_user<R: Reader>(records: &Records<R>, id: &str) -> Result<Loaded, Error> {
    let Some(user) = records.find_by_id::<User>(id).await? else {
        return Ok(Loaded::default());
    };
    let mut loaded = load(records, &user).await?;
    for group_id in records.names(&keys::memberships(id)).await? {
        if let Some(group) = records.find_by_id::<Group>(&group_id).await? {
            loaded.policies.extend(policies_of(records, &group).await?);
        }
    }
    Ok(loaded)
}

pub(crate) async fn load_role<R: Reader>(records: &Records<R>, id: &str) -> Result<Loaded, Error> {
    match records.find_by_id::<Role>(id).await? {
        Some(role) => load(records, &role).await,
        None => Ok(Loaded::default()),
    }
}

pub(crate) async fn load_group<R: Reader>(
    records: &Records<R>,
    group: &Group,
) -> Result<Loaded, Error> {
    load(records, group).await
}

async fn load<R: Reader, E: Entity>(records: &Records<R>, entity: &E) -> Result<Loaded, Error> {
    let boundary = match entity.boundary() {
        Some(arn) => Some(managed(records, arn).await?),
        None => None,
    };
    Ok(Loaded {
        policies: policies_of(records, entity).await?,
        boundary,
        tags: entity.tags().clone(),
    })
}

async fn policies_of<R: Reader, E: Entity>(
    records: &Records<R>,
    entity: &E,
) -> Result<Vec<NamedPolicy>, Error> {
    let id = &entity.head().id;
    let mut policies = Vec::new();
    let inline: Vec<InlinePolicy> = records.all(&keys::inline_policies(id)).await?;
    for policy in inline {
        policies.push(named(&policy.name, &policy.document)?);
    }
    let attached: Vec<Attached> = records.all(&keys::attached_policies(id)).await?;
    for policy in attached {
        // The policies of services' own roles are not here; nobody can act as those roles.
        if !policy.arn.contains(":aws:policy/aws-service-role/") {
            policies.push(managed(records, &policy.arn).await?);
        }
    }
    Ok(policies)
}

/// A managed policy that something refers to, and which therefore exists.
async fn managed<R: Reader>(records: &Records<R>, arn: &str) -> Result<NamedPolicy, Error> {
    match records.default_document(arn).await? {
        Some(document) => named(arn, &document),
        None => Err(damaged(format!("the policy {arn} is used but missing"))),
    }
}

/// Parses a stored document, which was checked before it was stored.
fn named(name: &str, document: &str) -> Result<NamedPolicy, Error> {
    let policy = Policy::parse(document, Dialect::Identity)
        .map_err(|malformed| damaged(format!("the policy {name}: {malformed}")))?;
    Ok(NamedPolicy {
        name: Arc::from(name),
        policy: Arc::new(policy),
    })
}

fn damaged(what: String) -> Error {
    Error::Store(kv::Error::Corrupt(Cause::new(what)))
}

/// Parses a stored trust policy.
pub(crate) fn trust_policy(role: &Role, account: AccountId) -> Result<Arc<Policy>, Error> {
    let parsed = Policy::parse(&role.trust, Dialect::Trust);
    parsed.map(Arc::new).map_err(|malformed| {
        damaged(format!(
            "the trust policy of {}: {malformed}",
            role.arn(account)
        ))
    })
}
