//! The instances of one deployment: idle ones, those being started, and who waits for one.
//!
//! A request takes an idle instance or waits; starts are made for those who wait, a few at a
//! time, and whichever instance comes free first serves the one who has waited longest. So a
//! burst costs as many starts as it needs and no more.
//!
//! A pool in use also keeps a *spare*: an instance that has started and waits for the first
//! request that finds no idle one. It is replaced in the background, one start at a time in the
//! whole engine, and there is a limit on how many there are.

use super::deployment::Deployment;
use super::host::Host;
use super::instance::{Instance, Session, StartFailure};
use crate::runtime::Runtime;
use service::AssumeError;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

/// Starts of one pool that are under way at once, for each core.
const STARTS_PER_CORE: usize = 2;
/// How long a session of the function's role lasts. Instances end before theirs does.
const SESSION_S: u32 = 3600;
/// A session is given to new instances while it lasts at least this much longer.
const SESSION_SHARED: Duration = Duration::from_secs(2400);

pub(crate) const LAMBDA_PRINCIPAL: &str = "lambda.amazonaws.com";

/// See the module.
pub(super) struct Pool {
    host: Arc<Host>,
    deployment: Arc<Deployment>,
    state: Mutex<State>,
    session: tokio::sync::Mutex<Option<Session>>,
}

#[derive(Default)]
struct State {
    /// The one used last comes last and is used first, so that the others can be reclaimed.
    idle: Vec<Instance>,
    spare: Spare,
    waiting: VecDeque<oneshot::Sender<Result<Instance, PoolFailure>>>,
    starting: usize,
    /// Requests that have an instance.
    busy: usize,
    /// A newer deployment has taken over: instances are not kept.
    closed: bool,
}

/// The instance that is kept ready.
#[derive(Default)]
enum Spare {
    #[default]
    None,
    Starting,
    Parked {
        instance: Box<Instance>,
        /// Held for its drop, which makes room for another.
        _room: OwnedSemaphorePermit,
    },
    /// One did not start, so that others would hardly.
    GivenUp,
}

impl Spare {
    /// Takes the instance, if there is one.
    fn take(&mut self) -> Option<Instance> {
        match std::mem::take(self) {
            Spare::Parked { instance, .. } => Some(*instance),
            other => {
                *self = other;
                None
            }
        }
    }
}

/// Why a request got no instance.
#[derive(Debug)]
pub(super) enum PoolFailure {
    Start(StartFailure),
    Role(AssumeError),
    /// The server is stopping.
    Stopped,
}

impl Pool {
    pub fn new(host: Arc<Host>, deployment: Arc<Deployment>) -> Pool {
        Pool {
            host,
            deployment,
            state: Mutex::default(),
            session: tokio::sync::Mutex::default(),
        }
    }

    pub fn runtime(&self) -> Runtime {
        self.deployment.runtime
    }

    pub fn generation(&self) -> u64 {
        self.deployment.generation
    }

    /// Waits for an instance.
    pub async fn acquire(self: &Arc<Self>) -> Result<Instance, PoolFailure> {
        let waiter = {
            let mut state = self.lock();
            let now = self.host.clock.now();
            while let Some(instance) = state.idle.pop().or_else(|| state.spare.take()) {
                if instance.is_usable(now) {
                    state.busy += 1;
                    return Ok(instance);
                }
            }
            let (sender, waiter) = oneshot::channel();
            state.waiting.push_back(sender);
            self.start_for_waiting(&mut state);
            waiter
        };
        waiter.await.unwrap_or(Err(PoolFailure::Stopped))
    }

    /// Takes an instance back after its request.
    pub fn release(self: &Arc<Self>, instance: Instance) {
        let mut state = self.lock();
        state.busy = state.busy.saturating_sub(1);
        self.hand_over(&mut state, instance);
        self.park_spare(&mut state);
    }

    /// An instance has ended with its request.
    pub fn lost(self: &Arc<Self>) {
        let mut state = self.lock();
        state.busy = state.busy.saturating_sub(1);
        self.start_for_waiting(&mut state);
    }

    /// Takes out what has been idle since before `since`, or has ended by itself.
    pub fn reclaim(&self, since: Instant) -> Vec<Instance> {
        let now = self.host.clock.now();
        let mut state = self.lock();
        let keep = |instance: &Instance| instance.idle_since > since && instance.is_usable(now);
        let mut ended: Vec<Instance> = state
            .idle
            .extract_if(.., |instance| !keep(instance))
            .collect();
        // The spare stays for as long as its pool is in use.
        let is_used = !state.idle.is_empty() || state.busy > 0;
        let goes = match &state.spare {
            Spare::Parked {
                instance: spare, ..
            } if is_used => !spare.is_usable(now),
            Spare::Parked {
                instance: spare, ..
            } => !keep(spare),
            _ => false,
        };
        if goes {
            ended.extend(state.spare.take());
        }
        ended
    }

    /// Keeps no instance from now on; answers those that are idle.
    pub fn close(&self) -> Vec<Instance> {
        let mut state = self.lock();
        state.closed = true;
        let mut ended = std::mem::take(&mut state.idle);
        ended.extend(state.spare.take());
        ended
    }

    /// Whether nothing of it is left.
    pub fn is_empty(&self) -> bool {
        let state = self.lock();
        let has_spare = matches!(state.spare, Spare::Starting | Spare::Parked { .. });
        let is_busy = state.busy + state.starting > 0;
        state.idle.is_empty() && state.waiting.is_empty() && !is_busy && !has_spare
    }

    #[cfg(test)]
    pub fn has_spare(&self) -> bool {
        matches!(self.lock().spare, Spare::Parked { .. })
    }

    fn hand_over(&self, state: &mut State, mut instance: Instance) {
        while let Some(waiter) = state.waiting.pop_front() {
            match waiter.send(Ok(instance)) {
                Ok(()) => {
                    state.busy += 1;
                    return;
                }
                // Whoever waited is gone.
                Err(Ok(back)) => instance = back,
                Err(Err(_)) => return,
            }
        }
        if !state.closed {
            instance.idle_since = Instant::now();
            state.idle.push(instance);
        }
    }

    fn start_for_waiting(self: &Arc<Self>, state: &mut State) {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let most = state.waiting.len().min(cores * STARTS_PER_CORE);
        while state.starting < most {
            state.starting += 1;
            tokio::spawn(Arc::clone(self).start());
        }
    }

    /// Starts a spare if there is none and room for one.
    fn park_spare(self: &Arc<Self>, state: &mut State) {
        if state.closed || !matches!(state.spare, Spare::None) {
            return;
        }
        let spares = Arc::clone(&self.host.spares);
        if let Ok(room) = spares.try_acquire_owned() {
            state.spare = Spare::Starting;
            tokio::spawn(Arc::clone(self).start_spare(room));
        }
    }

    async fn start_spare(self: Arc<Self>, room: OwnedSemaphorePermit) {
        let turn = self.host.spare_starts.acquire().await;
        let closed = self.lock().closed;
        let started = match closed {
            true => Err(PoolFailure::Stopped),
            false => self.start_instance().await,
        };
        drop(turn);
        let mut state = self.lock();
        match started {
            Ok(instance) if !state.closed && state.waiting.is_empty() => {
                state.spare = Spare::Parked {
                    instance: Box::new(instance),
                    _room: room,
                };
            }
            Ok(instance) => {
                state.spare = Spare::None;
                self.hand_over(&mut state, instance);
            }
            Err(_) => state.spare = Spare::GivenUp,
        }
    }

    async fn start(self: Arc<Self>) {
        let started = self.start_instance().await;
        let mut state = self.lock();
        state.starting -= 1;
        match started {
            Ok(instance) => self.hand_over(&mut state, instance),
            Err(failure) => {
                if let Some(waiter) = state.waiting.pop_front() {
                    // Whoever waited may be gone.
                    let _ = waiter.send(Err(failure));
                }
            }
        }
        self.start_for_waiting(&mut state);
    }

    async fn start_instance(&self) -> Result<Instance, PoolFailure> {
        let session = self.session().await.map_err(PoolFailure::Role)?;
        let instance = Instance::start(&self.host, &self.deployment, &session).await;
        instance.map_err(PoolFailure::Start)
    }

    /// A session of the function's role, shared by the instances that start within some time.
    async fn session(&self) -> Result<Session, AssumeError> {
        let mut cached = self.session.lock().await;
        let soon = self.host.clock.now().saturating_add(SESSION_SHARED);
        if let Some(session) = cached.as_ref().filter(|(c, _)| c.expires_at > soon) {
            return Ok(session.clone());
        }
        let Deployment {
            role_arn,
            function_name,
            ..
        } = &*self.deployment;
        let roles = &self.host.roles;
        let session = roles
            .assume(role_arn, LAMBDA_PRINCIPAL, function_name, SESSION_S)
            .await?;
        *cached = Some(session.clone());
        Ok(session)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
