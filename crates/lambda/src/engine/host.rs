//! What all instances share.

use super::EngineConfig;
use super::spares::Spares;
use super::zygotes::Zygotes;
use crate::runtimes::Runtimes;
use base::{Clock, Entropy};
use sandbox::Sandbox;
use service::{LogSink, RoleSessions};
use std::sync::Arc;

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
}
