//! The operations of STS, one file each.

mod assume_role;
mod assume_role_with_web_identity;
mod decode_authorization_message;
mod get_access_key_info;
mod get_caller_identity;
mod get_federation_token;
mod get_session_token;
mod session_policies;

use crate::Iam;
use crate::error::Error;
use crate::record::{Session, Tags};
use crate::tags;
use base::Timestamp;
use service::{Handler, Service};
use std::sync::Arc;
use wire::sts::{
    AssumeRoleInput, AssumeRoleWithWebIdentityInput, Credentials, DecodeAuthorizationMessageInput,
    GetAccessKeyInfoInput, GetCallerIdentityInput, GetFederationTokenInput, GetSessionTokenInput,
};

/// The service: another face of [`Iam`].
pub struct Sts {
    iam: Arc<Iam>,
}

impl Service for Sts {
    type Error = Error;
}

impl Sts {
    pub fn new(iam: Arc<Iam>) -> Sts {
        Sts { iam }
    }

    /// Every operation of STS that is built.
    pub fn handlers() -> Vec<Handler<Sts>> {
        vec![
            Handler::of::<AssumeRoleInput>(),
            Handler::of::<AssumeRoleWithWebIdentityInput>(),
            Handler::of::<DecodeAuthorizationMessageInput>(),
            Handler::of::<GetAccessKeyInfoInput>(),
            Handler::of::<GetCallerIdentityInput>(),
            Handler::of::<GetFederationTokenInput>(),
            Handler::of::<GetSessionTokenInput>(),
        ]
    }
}

fn credentials(session: Session) -> Credentials {
    Credentials {
        access_key_id: session.access_key_id,
        secret_access_key: session.secret,
        session_token: session.token,
        expiration: Timestamp::from_millis(session.expires_ms),
    }
}

/// The tags that a request gives a session.
///
/// # Errors
/// A key stands twice or is AWS's.
fn distinct_tags<'a>(
    given: impl Iterator<Item = (&'a str, &'a str)> + Clone,
) -> Result<Tags, Error> {
    let mut tags = Tags::default();
    for (key, value) in given.clone() {
        if tags::is_reserved(key) {
            return Err(Error::ReservedTagKey);
        }
        tags.set(key, value);
    }
    match tags.len() < given.count() {
        true => Err(Error::DuplicateSessionTagKeys),
        false => Ok(tags),
    }
}

fn seconds(number: i32) -> std::time::Duration {
    std::time::Duration::from_secs(u64::try_from(number).unwrap_or_default())
}
