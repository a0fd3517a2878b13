//! Who an access key belongs to.

use crate::{BoxFuture, Principal};
use base::{AccountId, Secret, Timestamp};
use wire::Fault;

/// Finds access keys; the identity service implements it. Asked once per request, before
/// anything is believed of it.
pub trait AccessKeys: Send + Sync {
    /// The key, or `None` if there is none of this id or it is inactive. An `Err` is a failure to
    /// look, which refuses the request.
    fn find<'a>(
        &'a self,
        access_key_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<AccessKey>, Fault>>;

    /// Whether everybody knows the secret of a key with this id, should there be one.
    fn is_public(&self, access_key_id: &str) -> bool;
}

/// What is known of an access key.
#[derive(Clone, Debug)]
pub struct AccessKey {
    pub secret: Secret,
    /// For temporary credentials: the token that must come along, and when they end.
    pub session: Option<KeySession>,
    pub account: AccountId,
    pub principal: Principal,
}

/// What makes an access key temporary.
#[derive(Clone, Debug)]
pub struct KeySession {
    pub token: Secret,
    pub expires_at: Timestamp,
}
