//! Sessions of the roles that integrations act as.
//!
//! Assuming a role is a durable change; a session is used until shortly before it ends.

use crate::Gateway;
use base::{AccountId, Timestamp};
use parking_lot::Mutex;
use service::{AssumeError, Caller, ServiceSession};
use std::collections::HashMap;
use std::time::Duration;

/// How long a session lasts, in seconds.
const SESSION_S: u32 = 3600;
/// A session is not used in its last minutes.
const MARGIN: Duration = Duration::from_secs(300);
/// Roles whose sessions are kept.
const MAX_ROLES: usize = 1000;

/// Sessions by role.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<HashMap<String, (Caller, Timestamp)>>);

impl Sessions {
    /// A caller that is a session of a role of the account.
    ///
    /// # Errors
    /// The role is not there, is another account's (whose trust in API Gateway is for its own
    /// APIs), or does not trust API Gateway.
    pub async fn assume(
        &self,
        gateway: &Gateway,
        account: AccountId,
        role_arn: &str,
    ) -> Result<Caller, AssumeError> {
        let owner = role_arn.split(':').nth(4);
        if owner != Some(account.as_str()) {
            return Err(AssumeError::NoSuchRole(role_arn.to_owned()));
        }
        let now = gateway.clock.now();
        let kept = self.0.lock().get(role_arn).cloned();
        if let Some((caller, _)) = kept.filter(|(_, ends)| now.saturating_add(MARGIN) < *ends) {
            return Ok(caller);
        }
        let roles = &gateway.neighbours.roles;
        let session = ServiceSession {
            service: "apigateway.amazonaws.com",
            name: "BackplaneAssumeRoleSession",
            duration_s: SESSION_S,
            source_function: None,
        };
        let assumed = roles.assume(role_arn, session);
        let (credentials, caller) = assumed.await?;
        let mut sessions = self.0.lock();
        if sessions.len() >= MAX_ROLES {
            sessions.clear();
        }
        sessions.insert(
            role_arn.to_owned(),
            (caller.clone(), credentials.expires_at),
        );
        Ok(caller)
    }
}
