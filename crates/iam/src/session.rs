//! Temporary credentials: made, kept until they end, and swept.

use crate::Iam;
use crate::access_keys::TEMPORARY;
use crate::error::Error;
use crate::keys;
use crate::record::{Session, SessionOf};
use base::{AccountId, Secret, Timestamp};
use bytes::Bytes;
use kv::key::KeyReader;
use kv::{KeyRange, Order, Space, Store, record};
use parking_lot::Mutex;
use service::SessionCredentials;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// What AWS's session tokens start with; clients take them as they are.
const TOKEN_PREFIX: &str = "IQoJb3JpZ2luX2VjE";
const TOKEN_RANDOM_CHARS: usize = 128;

/// How long ended sessions are kept, so that their keys are refused as expired, not as unknown.
const KEPT: Duration = Duration::from_secs(3_600);
/// Sessions removed in one transaction.
const SWEPT_AT_ONCE: usize = 1_000;

/// Sessions that work already and are not on disk yet, by access key id.
#[derive(Clone, Default)]
pub(crate) struct Unsaved(Arc<Mutex<HashMap<String, Session>>>);

impl Unsaved {
    /// To be asked before the store is: a session leaves here only once it is there.
    pub(crate) fn find(&self, access_key_id: &str) -> Option<Session> {
        self.0.lock().get(access_key_id).cloned()
    }

    #[cfg(test)]
    pub(crate) fn has(&self, access_key_id: &str) -> bool {
        self.0.lock().contains_key(access_key_id)
    }
}

impl Iam {
    /// Makes temporary credentials; durable when it returns.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn mint(
        &self,
        account: AccountId,
        of: SessionOf,
        duration: Duration,
    ) -> Result<Session, Error> {
        let session = self.new_session(account, of, duration);
        save(&self.store, &session).await?;
        Ok(session)
    }

    /// Makes temporary credentials for what ends with the server. They work at once and are durable
    /// a little later, so that a function's start does not wait for the disk.
    pub(crate) fn mint_ahead(
        &self,
        account: AccountId,
        of: SessionOf,
        duration: Duration,
    ) -> Session {
        let session = self.new_session(account, of, duration);
        let (store, unsaved) = (self.store.clone(), self.unsaved.clone());
        unsaved
            .0
            .lock()
            .insert(session.access_key_id.clone(), session.clone());
        let saved = session.clone();
        tokio::spawn(async move {
            match save(&store, &saved).await {
                Ok(()) => drop(unsaved.0.lock().remove(&saved.access_key_id)),
                Err(error) => tracing::error!(%error, "a session works, but is not on disk"),
            }
        });
        session
    }

    fn new_session(&self, account: AccountId, of: SessionOf, duration: Duration) -> Session {
        let now = self.clock.now();
        let expires = now.saturating_add(duration);
        Session {
            access_key_id: format!("{TEMPORARY}{}", self.entropy.upper_alnum(16)),
            secret: self.entropy.base62(40),
            token: format!("{TOKEN_PREFIX}{}", self.entropy.base62(TOKEN_RANDOM_CHARS)),
            account: account.to_string(),
            issued_ms: now.as_millis(),
            expires_ms: expires.as_secs() * 1_000,
            of,
        }
    }

    /// Removes sessions that ended more than an hour ago. To be called every now and then.
    ///
    /// # Errors
    /// The store's; what was removed so far stays removed.
    pub async fn sweep(&self) -> Result<(), Error> {
        let horizon = self.clock.now().saturating_sub(KEPT);
        let is_kept = |session: &Session| session.expires_ms > horizon.as_millis();
        self.unsaved.0.lock().retain(|_, session| is_kept(session));
        let range = KeyRange::new(
            keys::expiries().finish(),
            keys::expiries().u64(millis(horizon)).finish(),
        );
        let range = &range;
        loop {
            let removed: Result<usize, Error> = self
                .store
                .transact(|txn| async move {
                    let mut scan = txn.scan(range.clone(), Order::Ascending);
                    let mut removed = 0;
                    while removed < SWEPT_AT_ONCE
                        && let Some((key, _)) = scan.next().await?
                    {
                        let mut reader = KeyReader::new(Space::Sts, &key)?;
                        reader.literal("expiry")?;
                        reader.u64()?;
                        txn.delete(keys::session(&reader.text()?));
                        txn.delete(key);
                        removed += 1;
                    }
                    Ok(removed)
                })
                .await;
            if removed? < SWEPT_AT_ONCE {
                return Ok(());
            }
        }
    }
}

/// Makes a session durable.
async fn save(store: &Store, session: &Session) -> Result<(), Error> {
    let id = &session.access_key_id;
    let expires = Timestamp::from_millis(session.expires_ms);
    let (session_key, expiry_key) = (&keys::session(id), &keys::expiry(millis(expires), id));
    let stored = &record::encode(session);
    store
        .transact(|txn| async move {
            txn.put(session_key.clone(), stored.clone());
            txn.put(expiry_key.clone(), Bytes::new());
            Ok::<(), Error>(())
        })
        .await
}

fn millis(time: Timestamp) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or_default()
}

impl Session {
    pub(crate) fn credentials(&self) -> SessionCredentials {
        SessionCredentials {
            access_key_id: self.access_key_id.clone(),
            secret_access_key: Secret::new(self.secret.clone()),
            session_token: Secret::new(self.token.clone()),
            expires_at: Timestamp::from_millis(self.expires_ms),
        }
    }
}
