//! Access keys, long-term and temporary, as signatures are verified with them.

use crate::error::Error;
use crate::keys;
use crate::record::{self, Entity, KeyStatus, Session, SessionOf, User};
use crate::records::Records;
use crate::{Iam, SEEDED_ACCESS_KEY_ID};
use base::{AccountId, Secret, Timestamp};
use kv::{Cause, Snapshot};
use service::{AccessKey, AccessKeys, BoxFuture, KeySession, Principal, RoleSession};
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
}

impl Iam {
    /// The key, unless there is none, it is inactive, or whoever it belongs to is gone.
    /// Temporary keys are found for a while after their end, to be refused as expired.
    async fn access_key(&self, id: &str) -> Result<Option<AccessKey>, Error> {
        if id == SEEDED_ACCESS_KEY_ID && !self.seeded.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let generation = self.generation.current();
        if let Some(key) = self.keys.get(generation, id) {
            return Ok(Some(key));
        }
        let snapshot = self.store.snapshot();
        let found = match id.starts_with(TEMPORARY) {
            true => temporary(snapshot, id).await?,
            false => long_term(snapshot, id).await?,
        };
        if let Some(key) = &found {
            self.keys.insert(generation, id, key.clone());
        }
        Ok(found)
    }
}

async fn long_term(snapshot: Snapshot, id: &str) -> Result<Option<AccessKey>, Error> {
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

async fn temporary(snapshot: Snapshot, id: &str) -> Result<Option<AccessKey>, Error> {
    let records = Records::new(snapshot, AccountId::DEFAULT);
    let Some(session) = records.read::<Session>(&keys::session(id)).await? else {
        return Ok(None);
    };
    let account = account(&session.account)?;
    let principal = match &session.of {
        SessionOf::Root => Some(Principal::Root),
        SessionOf::User { id: user_id } => {
            let user = records.find_by_id::<User>(user_id).await?;
            user.map(|user| user_principal(&user, account, id, Some(&session)))
        }
        SessionOf::Role { .. } => Some(role_principal(&session)?),
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
    })))
}

fn account(text: &str) -> Result<AccountId, Error> {
    text.parse().map_err(|_| damaged("a key's account id"))
}

fn damaged(what: &'static str) -> Error {
    Error::Store(kv::Error::Corrupt(Cause::new(what)))
}
