//! Temporary credentials: made, kept until they end, and swept.

use crate::Iam;
use crate::access_keys::TEMPORARY;
use crate::error::Error;
use crate::keys;
use crate::record::{Session, SessionOf};
use base::{AccountId, Secret, Timestamp};
use kv::key::KeyReader;
use kv::{KeyRange, Order, Space, record};
use service::SessionCredentials;
use std::time::Duration;

/// What AWS's session tokens start with; clients take them as they are.
const TOKEN_PREFIX: &str = "IQoJb3JpZ2luX2VjE";
const TOKEN_RANDOM_CHARS: usize = 128;

/// How long ended sessions are kept, so that their keys are refused as expired, not as unknown.
const KEPT: Duration = Duration::from_secs(3_600);
/// Sessions removed in one transaction.
const SWEPT_AT_ONCE: usize = 1_000;

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
        let now = self.clock.now();
        let expires = now.saturating_add(duration);
        let session = Session {
            access_key_id: format!("{TEMPORARY}{}", self.entropy.upper_alnum(16)),
            secret: self.entropy.base62(40),
            token: format!("{TOKEN_PREFIX}{}", self.entropy.base62(TOKEN_RANDOM_CHARS)),
            account: account.to_string(),
            issued_ms: now.as_millis(),
            expires_ms: expires.as_secs() * 1_000,
            of,
        };
        let session_key = keys::session(&session.access_key_id);
        let expiry_key = keys::expiry(millis(expires), &session.access_key_id);
        let stored = record::encode(&session);
        let (session_key, expiry_key, stored) = (&session_key, &expiry_key, &stored);
        self.store
            .transact(|txn| async move {
                txn.put(session_key.clone(), stored.clone());
                txn.put(expiry_key.clone(), bytes::Bytes::new());
                Ok::<(), Error>(())
            })
            .await?;
        Ok(session)
    }

    /// Removes sessions that ended more than an hour ago. To be called every now and then.
    ///
    /// # Errors
    /// The store's; what was removed so far stays removed.
    pub async fn sweep(&self) -> Result<(), Error> {
        let horizon = self.clock.now().saturating_sub(KEPT);
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
