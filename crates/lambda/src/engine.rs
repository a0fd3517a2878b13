//! Runs functions: instances that start when they are needed, serve one request at a time, stay
//! warm for a while, and end with everything they have spawned.
//!
//! The engine knows deployments, which never change. It does not know functions as users see
//! them, nor stores, permissions or protocols.

mod certificates;
mod concurrency;
mod deployment;
mod egress;
mod environment;
mod extensions;
mod failure;
mod host;
mod instance;
mod logbook;
mod names;
mod network;
mod output;
mod platform;
mod pool;
mod provision;
mod runtime_api;
mod spares;
mod telemetry;
mod zygotes;

#[cfg(test)]
pub(crate) mod test_support;
#[cfg(test)]
mod tests;

pub use deployment::{Deployment, ImageProgram, Initialization, LogFormat, Logging};
pub use egress::{Egress, Network, NoNetwork, PORTS as EGRESS_PORTS};
pub use environment::RESERVED;
pub use failure::MAX_PAYLOAD_BYTES;
pub use host::Host;
pub use spares::Spares;
pub use zygotes::Zygotes;

use crate::runtime::Runtime;
use crate::streaming::Sink;
use bytes::Bytes;
use concurrency::Concurrency;
use instance::{Run, StartFailure};
pub(crate) use pool::LAMBDA_PRINCIPAL;
use pool::{Pool, PoolFailure};
pub(crate) use provision::Allocation;
use service::{AssumeError, OwnHosts};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval};

/// The engine's settings.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// How long an instance stays without a request.
    pub idle_timeout: Duration,
    /// Where instances have their folders for temporary files.
    pub work: PathBuf,
    /// What functions get as `AWS_ENDPOINT_URL`.
    pub endpoint: String,
    /// Where functions that have a network of their own are connected to when they call it.
    pub entrance: SocketAddr,
    /// Where functions may connect to.
    pub egress: Arc<Egress>,
    /// The names by which they know this server.
    pub own_hosts: Arc<dyn OwnHosts>,
}

/// One invocation.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub request_id: String,
    /// JSON.
    pub payload: Bytes,
    /// The ARN as the caller named it.
    pub invoked_arn: String,
    /// JSON for the context object.
    pub client_context: Option<String>,
    /// X-Ray's header.
    pub trace: String,
    /// Where a function that answers piece by piece puts the pieces; without it, they are put
    /// together.
    pub sink: Option<Sink>,
}

/// What became of an invocation.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub answer: Answer,
    /// The last 4 KiB of its log.
    pub log_tail: String,
}

/// A function's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Empty if it went piece by piece.
    Returned(Bytes),
    /// The error document.
    Failed(Bytes),
}

/// Why an invocation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("rate exceeded")]
    Throttled(ThrottleReason),
    #[error("the function's role cannot be assumed")]
    Role(#[source] AssumeError),
    #[error("the server is stopping")]
    Stopped,
    /// Ours; what went wrong has been logged.
    #[error("the function could not be started")]
    Internal,
}

/// Which limit was reached; named as AWS names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleReason {
    ConcurrentInvocationLimitExceeded,
    ReservedFunctionConcurrentInvocationLimitExceeded,
    /// The function's limit is 0, which AWS tells as any other limit.
    FunctionSwitchedOff,
}

/// See the module. Clones share the instances.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    host: Arc<Host>,
    concurrency: Arc<Concurrency>,
    pools: Mutex<Pools>,
}

#[derive(Default)]
struct Pools {
    /// The pool of the latest deployment, by version.
    current: BTreeMap<String, Arc<Pool>>,
    stopped: bool,
}

impl Engine {
    /// An engine without instances. To be called within a Tokio runtime.
    pub fn new(host: Host) -> Engine {
        let idle_timeout = host.config.idle_timeout;
        let inner = Arc::new(Inner {
            host: Arc::new(host),
            concurrency: Arc::default(),
            pools: Mutex::default(),
        });
        tokio::spawn(reclaim(Arc::downgrade(&inner), idle_timeout));
        Engine(inner)
    }

    /// Invokes a deployment. Goes on to its end even if the caller stops waiting.
    ///
    /// # Errors
    /// The invocation did not happen. A function that fails is not an error.
    pub(crate) async fn invoke(
        &self,
        deployment: Arc<Deployment>,
        request: Request,
    ) -> Result<Outcome, EngineError> {
        let slot = self.0.concurrency.enter(&deployment);
        let slot = slot.map_err(EngineError::Throttled)?;
        let inner = Arc::clone(&self.0);
        let run = tokio::spawn(trace::carried(async move {
            let _slot = slot;
            inner.run(&deployment, &request).await
        }));
        run.await.unwrap_or(Err(EngineError::Internal))
    }

    /// Gets ready what instances of a runtime start from.
    pub fn prepare(&self, runtime: Runtime) {
        self.0.host.door();
        let Runtime::Python { .. } = runtime else {
            return self.0.host.sandbox.prepare();
        };
        self.0.host.zygotes.get(runtime);
    }

    /// Keeps as many instances of a function's versions as is `wanted`, and none of its others but
    /// for requests.
    pub(crate) fn provide(&self, function_arn: &str, wanted: Vec<(Deployment, usize)>) {
        let others: Vec<Arc<Pool>> = {
            let pools = self.0.lock();
            let others = pools.current.values().filter(|pool| {
                let is_wanted = |(other, _): &(Deployment, usize)| pool.is_of(other);
                pool.is_of_function(function_arn) && !wanted.iter().any(is_wanted)
            });
            others.cloned().collect()
        };
        for pool in others {
            pool.provide(0);
        }
        for (deployment, instances) in wanted {
            // An error means that the server is stopping.
            if let Ok(pool) = self.0.pool(&Arc::new(deployment)) {
                pool.provide(instances);
            }
        }
    }

    /// How far a version has come to the instances that are wanted of it.
    pub(crate) fn allocation(&self, function_arn: &str, version: &str) -> Allocation {
        let pools = self.0.lock();
        let pool = pools.current.get(&deployment::key(function_arn, version));
        pool.map(|pool| pool.allocation()).unwrap_or_default()
    }

    /// Ends the idle instances of a version that is gone.
    pub fn retire(&self, function_arn: &str, version: &str) {
        let mut pools = self.0.lock();
        let retired = pools
            .current
            .remove(&deployment::key(function_arn, version));
        if let Some(pool) = retired {
            end(pool.close());
        }
    }

    /// Instances that are kept ready.
    #[cfg(test)]
    pub(crate) fn parked(&self) -> usize {
        let pools = self.0.lock();
        pools
            .current
            .values()
            .filter(|pool| pool.has_spare())
            .count()
    }

    /// Ends all instances and starts no more. Requests that still run are cut off.
    pub async fn stop(&self) {
        let pools = {
            let mut pools = self.0.lock();
            pools.stopped = true;
            std::mem::take(&mut pools.current)
        };
        let mut ending = JoinSet::new();
        for instance in pools.values().flat_map(|pool| pool.close()) {
            ending.spawn(instance.end());
        }
        ending.join_all().await;
        self.0.host.zygotes.stop().await;
        self.0.host.sandbox.close();
    }
}

impl Inner {
    async fn run(
        &self,
        deployment: &Arc<Deployment>,
        request: &Request,
    ) -> Result<Outcome, EngineError> {
        let pool = self.pool(deployment)?;
        loop {
            let instance = match pool.acquire().await {
                Ok(instance) => instance,
                Err(PoolFailure::Start(StartFailure::Function(failed))) => {
                    return Ok(failed.outcome(request));
                }
                Err(PoolFailure::Start(StartFailure::Internal(error))) => {
                    let function = &deployment.function_name;
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(%function, error, "an instance could not be started");
                    return Err(EngineError::Internal);
                }
                Err(PoolFailure::Role(error)) => return Err(EngineError::Role(error)),
                Err(PoolFailure::Stopped) => return Err(EngineError::Stopped),
            };
            match instance.run(&self.host, request).await {
                Run::Answered(outcome) => {
                    pool.release(instance);
                    return Ok(outcome);
                }
                Run::Ended(outcome) => {
                    pool.lost(&instance);
                    return Ok(outcome);
                }
                Run::NotTaken => pool.lost(&instance),
            }
        }
    }

    /// The pool for a deployment; a newer one closes the pool of the one before.
    fn pool(&self, deployment: &Arc<Deployment>) -> Result<Arc<Pool>, EngineError> {
        let mut pools = self.lock();
        if pools.stopped {
            return Err(EngineError::Stopped);
        }
        let key = deployment.key();
        if let Some(pool) = pools.current.get(&key)
            && pool.generation() >= deployment.generation
        {
            return Ok(Arc::clone(pool));
        }
        let pool = Pool::new(Arc::clone(&self.host), Arc::clone(deployment));
        if let Some(old) = pools.current.insert(key, Arc::clone(&pool)) {
            pool.provide(old.provided());
            end(old.close());
        }
        Ok(pool)
    }

    fn lock(&self) -> MutexGuard<'_, Pools> {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends instances in the background.
fn end(instances: Vec<instance::Instance>) {
    for instance in instances {
        tokio::spawn(instance.end());
    }
}

/// Ends instances that have been idle for too long, for as long as the engine lives.
async fn reclaim(engine: Weak<Inner>, idle_timeout: Duration) {
    let mut ticks =
        interval((idle_timeout / 2).clamp(Duration::from_millis(50), Duration::from_secs(5)));
    loop {
        ticks.tick().await;
        let Some(engine) = engine.upgrade() else {
            return;
        };
        let Some(since) = Instant::now().checked_sub(idle_timeout) else {
            continue;
        };
        let mut pools = engine.lock();
        for pool in pools.current.values() {
            end(pool.reclaim(since));
        }
        // One that somebody holds is about to be used.
        let is_held = |pool: &Arc<Pool>| Arc::strong_count(pool) > 1;
        pools
            .current
            .retain(|_, pool| is_held(pool) || !pool.is_empty());
        let in_use = pools.current.values().map(|pool| pool.runtime()).collect();
        engine.host.zygotes.reclaim(since, &in_use);
        engine.host.sandbox.reclaim(since);
    }
}
