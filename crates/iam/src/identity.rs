//! What an identity may do: its policies, read from the store again after every change, and
//! compiled once.

use crate::Iam;
use crate::change::Generation;
use crate::compiled::Compiled;
use crate::error::Error;
use crate::keys;
use crate::policy_arn::StoredPolicy;
use crate::record::{Attached, Entity, Group, InlinePolicy, Role, Tags, User};
use crate::records::{Reader, Records};
use base::AccountId;
use bytes::Bytes;
use kv::{Cause, record};
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
        let loader = self.loader(&records);
        let loaded = match &caller.principal {
            Principal::User { .. } | Principal::Federated(_) => loader.user(id).await?,
            _ => loader.role(id).await?,
        };
        let loaded = Arc::new(loaded);
        self.identities.insert(generation, id, loaded.clone());
        Ok(loaded)
    }

    /// The policies that limit a session, if any do. A federated user's session is limited even
    /// by none. They never change.
    pub(crate) fn limits(&self, caller: &Caller) -> Result<Option<Arc<[NamedPolicy]>>, Error> {
        let (documents, access_key_id) = match &caller.principal {
            Principal::Role(session) if session.session_policies.is_empty() => return Ok(None),
            Principal::Role(session) => (&session.session_policies, &session.access_key_id),
            Principal::Federated(session) => (&session.session_policies, &session.access_key_id),
            _ => return Ok(None),
        };
        if let Some(limits) = self.limits.get(Generation::FIRST, access_key_id) {
            return Ok(Some(limits));
        }
        let documents = documents.iter();
        let parsed: Result<_, Error> = documents
            .map(|document| named("session policy", document))
            .collect();
        let limits: Arc<[NamedPolicy]> = parsed?;
        self.limits
            .insert(Generation::FIRST, access_key_id, limits.clone());
        Ok(Some(limits))
    }

    /// What loads identities from these records.
    pub(crate) fn loader<'a, R>(&'a self, records: &'a Records<R>) -> Loader<'a, R> {
        Loader {
            records,
            compiled: &self.compiled,
        }
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

/// Loads identities.
pub(crate) struct Loader<'a, R> {
    records: &'a Records<R>,
    compiled: &'a Compiled,
}

impl<R: Reader> Loader<'_, R> {
    /// The user of this unique id, with its groups' policies.
    pub(crate) async fn user(&self, id: &str) -> Result<Loaded, Error> {
        let Some(user) = self.records.find_by_id::<User>(id).await? else {
            return Ok(Loaded::default());
        };
        let mut loaded = self.entity(&user).await?;
        for group_id in self.records.names(&keys::memberships(id)).await? {
            if let Some(group) = self.records.find_by_id::<Group>(&group_id).await? {
                self.add_policies(&group, &mut loaded.policies).await?;
            }
        }
        Ok(loaded)
    }

    /// The role of this unique id.
    pub(crate) async fn role(&self, id: &str) -> Result<Loaded, Error> {
        match self.records.find_by_id::<Role>(id).await? {
            Some(role) => self.entity(&role).await,
            None => Ok(Loaded::default()),
        }
    }

    /// A user without its groups, a role or a group.
    pub(crate) async fn entity<E: Entity>(&self, entity: &E) -> Result<Loaded, Error> {
        let mut loaded = Loaded {
            policies: Vec::new(),
            boundary: match entity.boundary() {
                Some(arn) => Some(self.managed(arn).await?),
                None => None,
            },
            tags: entity.tags().clone(),
        };
        self.add_policies(entity, &mut loaded.policies).await?;
        Ok(loaded)
    }

    async fn add_policies<E: Entity>(
        &self,
        entity: &E,
        policies: &mut Vec<NamedPolicy>,
    ) -> Result<(), Error> {
        let id = &entity.head().id;
        let under = keys::inline_policies(id);
        for (key, stored) in self.records.entries(&under).await? {
            policies.push(self.inline(key, stored)?);
        }
        let attached: Vec<Attached> = self.records.all(&keys::attached_policies(id)).await?;
        for policy in attached {
            // The policies of services' own roles are not here; nobody can act as those roles.
            if !policy.arn.contains(":aws:policy/aws-service-role/") {
                policies.push(self.managed(&policy.arn).await?);
            }
        }
        Ok(())
    }

    fn inline(&self, key: Bytes, stored: Bytes) -> Result<NamedPolicy, Error> {
        if let Some(known) = self.compiled.get(&key, &stored) {
            return Ok(known);
        }
        let policy: InlinePolicy = record::decode(&stored)?;
        let named = named(&policy.name, &policy.document)?;
        self.compiled
            .insert(key, stored, named.clone(), policy.document.len());
        Ok(named)
    }

    /// A managed policy that something refers to, and which therefore exists.
    async fn managed(&self, arn: &str) -> Result<NamedPolicy, Error> {
        let missing = || damaged(format!("the policy {arn} is used but missing"));
        let stored = self.records.find_stored_policy(arn).await?;
        let StoredPolicy { key, record } = stored.ok_or_else(missing)?;
        if let Some(known) = self.compiled.get(&key, &record) {
            return Ok(known);
        }
        let document = self.records.default_document(arn).await?;
        let document = document.ok_or_else(missing)?;
        let named = named(arn, &document)?;
        self.compiled
            .insert(key, record, named.clone(), document.len());
        Ok(named)
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
