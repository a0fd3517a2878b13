//! Access keys, long-term and temporary, as signatures are verified with them.

use crate::error::Error;
use crate::keys;
use crate::record::{self, Entity, KeyStatus, Session, SessionOf, User};
use crate::records::Records;
use crate::{Iam, SEEDED_ACCESS_KEY_ID};
use base::{AccountId, Arn, Secret, Timestamp};
use kv::{Cause, Snapshot};
use service::{
    AccessKey, AccessKeys, BoxFuture, Caller, FederatedSession, KeySession, Principal, RoleSession,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use wire::Fault;

/// What ids of temporary keys start with.
pub(crate) const TEMPORARY: &str = "ASIA";

impl AccessKeys for Iam {
    fn find<'a>(
        &'a self,
        access_key_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<AccessKey>, Fault>> {
        Box::pin(async move { Ok(self.access_key(access_key_id).await?) })
    }

    fn is_public(&self, access_key_id: &str) -> bool {
        is_seeded(access_key_id)
    }
}

impl Iam {
    /// The key, unless there is none, it is inactive, or whoever it belongs to is gone.
    /// Temporary keys are found for a while after their end, to be refused as expired.
    async fn access_key(&self, id: &str) -> Result<Option<AccessKey>, Error> {
        if is_seeded(id) && !self.seeded.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let generation = self.generation.current();
        if let Some(key) = self.keys.get(generation, id) {
            return Ok(Some(key));
        }
        let unsaved = self.unsaved.find(id);
        let snapshot = self.store.snapshot();
        let found = match id.starts_with(TEMPORARY) {
            true => temporary(snapshot, unsaved, id).await?,
            false => long_term(snapshot, id).await?,
        };
        let found = match found {
            None if is_account_id(id) => self.seeded_account_key(id).await?,
            found => found,
        };
        if let Some(key) = &found {
            self.keys.insert(generation, id, key.clone());
        }
        Ok(found)
    }
}

/// Whether a key is one that servers have for a start, with its id for its secret.
fn is_seeded(id: &str) -> bool {
    id == SEEDED_ACCESS_KEY_ID || is_account_id(id)
}

pub(crate) async fn long_term(snapshot: Snapshot, id: &str) -> Result<Option<AccessKey>, Error> {
    let records = Records::new(snapshot, AccountId::DEFAULT);
    let Some(key) = records
        .read::<record::AccessKey>(&keys::access_key(id))
        .await?
    else {
        return Ok(None);
    };
    let account = account(&key.account)?;
    let user = records.find_by_id::<User>(&key.user_id).await?;
    Ok(match (user, key.status) {
        (Some(user), KeyStatus::Active) => Some(AccessKey {
            secret: Secret::new(key.secret),
            session: None,
            account,
            principal: user_principal(&user, account, id, None),
        }),
        _ => None,
    })
}

async fn temporary(
    snapshot: Snapshot,
    unsaved: Option<Session>,
    id: &str,
) -> Result<Option<AccessKey>, Error> {
    let records = Records::new(snapshot, AccountId::DEFAULT);
    let session = match unsaved {
        Some(session) => Some(session),
        None => records.read::<Session>(&keys::session(id)).await?,
    };
    let Some(session) = session else {
        return Ok(None);
    };
    let account = account(&session.account)?;
    let principal = match &session.of {
        SessionOf::Root => Some(Principal::Root),
        SessionOf::User { id: user_id, .. } => {
            let user = records.find_by_id::<User>(user_id).await?;
            user.map(|user| user_principal(&user, account, id, Some(&session)))
        }
        SessionOf::Role { .. } => Some(role_principal(&session)?),
        SessionOf::Federated { .. } => federated_principal(&records, &session, account).await?,
    };
    Ok(principal.map(|principal| AccessKey {
        secret: Secret::new(session.secret),
        session: Some(KeySession {
            token: Secret::new(session.token),
            expires_at: Timestamp::from_millis(session.expires_ms),
        }),
        account,
        principal,
    }))
}

fn user_principal(
    user: &User,
    account: AccountId,
    access_key_id: &str,
    session: Option<&Session>,
) -> Principal {
    Principal::User {
        arn: user.arn(account),
        id: user.head.id.clone(),
        name: user.head.name.clone(),
        access_key_id: access_key_id.to_owned(),
        session: session.is_some(),
    }
}

/// The principal of a role's session.
pub(crate) fn role_principal(session: &Session) -> Result<Principal, Error> {
    let SessionOf::Role {
        arn,
        id,
        session_name,
        policies,
        tags,
        transitive_tag_keys,
        source_identity,
        facts,
    } = &session.of
    else {
        return Err(damaged("a session of no role"));
    };
    Ok(Principal::Role(Arc::new(RoleSession {
        role_arn: arn.parse().map_err(|_| damaged("a session's role ARN"))?,
        role_id: id.clone(),
        session_name: session_name.clone(),
        access_key_id: session.access_key_id.clone(),
        session_policies: policies.clone(),
        tags: tags.clone(),
        transitive_tag_keys: transitive_tag_keys.clone(),
        source_identity: source_identity.clone(),
        issued_at: Timestamp::from_millis(session.issued_ms),
        facts: facts.clone(),
    })))
}

/// The principal of a session of GetFederationToken; `None` if the user who gave it is gone.
async fn federated_principal(
    records: &Records<Snapshot>,
    session: &Session,
    account: AccountId,
) -> Result<Option<Principal>, Error> {
    let SessionOf::Federated {
        name,
        user_id,
        policies,
        tags,
    } = &session.of
    else {
        return Err(damaged("a session of no federated user"));
    };
    let user = match user_id {
        None => None,
        Some(id) => match records.find_by_id::<User>(id).await? {
            Some(user) => Some((user.arn(account), id.clone())),
            None => return Ok(None),
        },
    };
    Ok(Some(Principal::Federated(Arc::new(FederatedSession {
        arn: Arn::global("sts", account, &format!("federated-user/{name}")),
        name: name.clone(),
        user,
        access_key_id: session.access_key_id.clone(),
        session_policies: policies.clone(),
        tags: tags.clone(),
        issued_at: Timestamp::from_millis(session.issued_ms),
    }))))
}

/// What a user's own temporary credentials came with.
#[derive(Debug)]
pub(crate) struct UserSession {
    pub issued_at: Timestamp,
    /// When a second factor was given, if one was.
    pub mfa_at: Option<Timestamp>,
}

impl Iam {
    /// What the caller's credentials came with, if they are a user's own and temporary.
    pub(crate) async fn user_session(
        &self,
        caller: &Caller,
    ) -> Result<Option<Arc<UserSession>>, Error> {
        let Principal::User {
            session: true,
            access_key_id,
            ..
        } = &caller.principal
        else {
            return Ok(None);
        };
        let generation = self.generation.current();
        if let Some(session) = self.user_sessions.get(generation, access_key_id) {
            return Ok(Some(session));
        }
        let records = self.records(caller);
        let stored: Option<Session> = records.read(&keys::session(access_key_id)).await?;
        let Some(Session {
            issued_ms,
            of: SessionOf::User { mfa_ms, .. },
            ..
        }) = stored
        else {
            return Err(damaged("a session of no user"));
        };
        let session = Arc::new(UserSession {
            issued_at: Timestamp::from_millis(issued_ms),
            mfa_at: mfa_ms.map(Timestamp::from_millis),
        });
        self.user_sessions
            .insert(generation, access_key_id, session.clone());
        Ok(Some(session))
    }
}

/// Whether an access key's id is the number of an account, whose seeded user it belongs to.
fn is_account_id(id: &str) -> bool {
    id.parse::<AccountId>().is_ok()
}

fn account(text: &str) -> Result<AccountId, Error> {
    text.parse().map_err(|_| damaged("a key's account id"))
}

fn damaged(what: &'static str) -> Error {
    Error::Store(kv::Error::Corrupt(Cause::new(what)))
}
