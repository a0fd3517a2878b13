//! What all instances share.

use super::EngineConfig;
use super::certificates::Trust;
use super::network::Door;
use super::spares::Spares;
use super::zygotes::Zygotes;
use crate::runtimes::Runtimes;
use base::{Clock, Entropy};
use sandbox::{Level, Sandbox};
use service::{LogSink, RoleSessions};
use std::sync::{Arc, OnceLock};

/// The engine's surroundings.
pub struct Host {
    pub sandbox: Sandbox,
    pub runtimes: Arc<Runtimes>,
    /// Of `runtimes`, in `sandbox`.
    pub zygotes: Zygotes,
    pub roles: Arc<dyn RoleSessions>,
    pub logs: Arc<dyn LogSink>,
    pub clock: Clock,
    pub entropy: Entropy,
    pub config: EngineConfig,
    pub spares: Spares,
    /// Made when the first instance needs it.
    pub trust: OnceLock<Option<Arc<Trust>>>,
}

impl Host {
    /// How functions reach this server under names of AWS's, where they have a network of their
    /// own. Making the certificates takes a millisecond, once.
    pub(super) fn door(&self) -> Option<Door> {
        if self.sandbox.probe().level != Level::Sandbox {
            return None;
        }
        let made = self
            .trust
            .get_or_init(|| match Trust::new(&self.config.work) {
                Ok(trust) => Some(Arc::new(trust)),
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::warn!(error, "functions cannot reach this server by TLS");
                    None
                }
            });
        let trust = made.clone()?;
        let hosts = Arc::clone(&self.config.own_hosts);
        Some(Door { hosts, trust })
    }
}
