//! IAM and STS: users, groups, roles, policies, credentials, and the gate that every call of
//! every service passes.
//!
//! Three faces: the operations of two services ([`Iam::handlers`], [`Sts::handlers`]); what the
//! front needs before any operation runs ([`service::AccessKeys`] for signatures,
//! [`service::Authorizer`] for permissions); and [`service::RoleSessions`], by which services act
//! as roles. What the last two read is remembered until the next change; the module `change` makes
//! sure that no acknowledged change is overlooked. What policies were compiled to outlives changes
//! of anything but themselves (`compiled`).
//!
//! Knows nothing of HTTP, of signatures' form, or of what other services' actions mean.

mod access_keys;
mod account_details;
mod attachment;
mod authorizer;
mod aws_managed;
mod cache;
mod calls;
mod certificate;
mod change;
mod compiled;
mod credential_report;
mod decisions;
mod document;
mod error;
mod gate;
mod granting;
mod identity;
mod identity_provider;
mod inline;
mod instance_profile;
mod keys;
mod last_accessed;
mod mfa;
mod mode;
mod operations;
mod page;
mod password;
mod policy_arn;
mod record;
mod records;
mod reports;
mod role_sessions;
mod seed;
mod service_credential;
mod service_linked;
mod session;
mod shape;
mod signing_certificate;
mod simulation;
mod ssh_key;
mod sts;
mod suggest;
mod tags;
mod web_identity;

#[cfg(test)]
mod tests;

pub use error::{Conflict, Error, Limit};
pub use mode::{Mode, ServiceControl, ServiceControlError};
pub use record::Kind;
pub use seed::{SEEDED_ACCESS_KEY_ID, SEEDED_USER};
pub use sts::Sts;

use access_keys::UserSession;
use base::{Clock, Entropy};
use cache::Cache;
use calls::Calls;
use change::Generation;
use compiled::Compiled;
use decisions::Decisions;
use identity::Loaded;
use jwt::Issuers;
use kv::Store;
use policy::NamedPolicy;
use service::{AccessKey, Handler, Service};
use session::Unsaved;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// How many identities, keys and sessions are remembered each.
const REMEMBERED: usize = 10_000;

/// The service.
pub struct Iam {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    generation: Generation,
    /// By unique id.
    identities: Cache<Arc<Loaded>>,
    compiled: Compiled,
    /// By access key id.
    limits: Cache<Arc<[NamedPolicy]>>,
    /// By access key id.
    keys: Cache<AccessKey>,
    /// What sessions of users came with, by access key id.
    user_sessions: Cache<Arc<UserSession>>,
    unsaved: Unsaved,
    /// Whether the keys that everybody knows work.
    seeded: AtomicBool,
    mode: Mode,
    service_control: ServiceControl,
    issuers: Option<Arc<Issuers>>,
    decisions: Decisions,
    calls: Calls,
    guesses: mfa::Guesses,
}

impl Service for Iam {
    type Error = Error;
}

impl Iam {
    pub fn new(store: Store, clock: Clock, entropy: Entropy) -> Iam {
        Iam {
            store,
            clock,
            entropy,
            generation: Generation::default(),
            identities: Cache::new(REMEMBERED),
            compiled: Compiled::default(),
            limits: Cache::new(REMEMBERED),
            keys: Cache::new(REMEMBERED),
            user_sessions: Cache::new(REMEMBERED),
            unsaved: Unsaved::default(),
            seeded: AtomicBool::new(false),
            mode: Mode::default(),
            service_control: ServiceControl::default(),
            issuers: None,
            decisions: Decisions::default(),
            calls: Calls::default(),
            guesses: mfa::Guesses::default(),
        }
    }

    /// Sets how strictly the gate works.
    #[must_use]
    pub fn with_mode(mut self, mode: Mode) -> Iam {
        self.mode = mode;
        self
    }

    /// Sets who has the keys of identity providers; without, no token is accepted.
    #[must_use]
    pub fn with_issuers(mut self, issuers: Arc<Issuers>) -> Iam {
        self.issuers = Some(issuers);
        self
    }

    /// Puts the accounts under an organization.
    #[must_use]
    pub fn with_service_control(mut self, service_control: ServiceControl) -> Iam {
        self.service_control = service_control;
        self
    }

    /// Every operation of IAM that is built.
    pub fn handlers() -> Vec<Handler<Iam>> {
        operations::handlers()
    }
}
