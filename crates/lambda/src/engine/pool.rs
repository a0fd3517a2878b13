//! The instances of one deployment: idle ones, those being started, and who waits for one.
//!
//! A request takes an idle instance or waits; starts are made for those who wait, a few at a
//! time, and whichever instance comes free first serves the one who has waited longest. So a
//! burst costs as many starts as it needs and no more.
//!
//! A pool in use also keeps *spares*: instances that have started and wait for requests that find
//! no idle one. Usually one; more, up to a limit, while requests keep coming faster than instances
//! come free. They are replaced in the background, one start at a time in the whole engine, as far
//! as there is room for them among those of all pools ([`Spares`](super::spares::Spares)).

use super::deployment::{Deployment, Initialization};
use super::host::Host;
use super::instance::{Instance, Session, StartFailure};
use super::provision::{Allocation, Provision};
use super::spares::{Kept, Room};
use crate::runtime::Runtime;
use service::{AssumeError, ServiceSession};
use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep};

/// To ask for it takes files of control groups to be read, again for each start.
static CORES: LazyLock<usize> = LazyLock::new(|| available_parallelism().map_or(1, usize::from));
/// Starts of one pool that are under way at once, for each core.
const STARTS_PER_CORE: usize = 2;
/// The most spares of one pool.
const MOST_SPARES: usize = 8;
/// How long a spare's replacement waits, so as not to compete with the request that took it.
const REFILL_PAUSE: Duration = Duration::from_millis(10);
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
    provision: Provision,
    spares: Vec<Spare>,
    /// Spares that are being started.
    parking: usize,
    /// A spare did not start, so that others would hardly.
    gave_up: bool,
    /// Requests that found no idle instance, of late.
    unmet: usize,
    waiting: VecDeque<oneshot::Sender<Result<Instance, PoolFailure>>>,
    starting: usize,
    /// Requests that have an instance.
    busy: usize,
    /// When a request last came or was answered.
    used: Option<Instant>,
    /// A newer deployment has taken over: instances are not kept.
    closed: bool,
}

/// An instance that is kept ready.
struct Spare {
    instance: Instance,
    room: Room,
    /// Held for its drop.
    _kept: Kept,
}

impl State {
    /// How many spares there should be: one, or as many as were missed of late.
    fn wanted_spares(&self) -> usize {
        match self.closed || self.gave_up {
            true => 0,
            false => self.unmet.clamp(1, MOST_SPARES),
        }
    }

    /// An instance that has nothing to do.
    fn take(&mut self) -> Option<Instance> {
        self.provision
            .take()
            .or_else(|| self.idle.pop())
            .or_else(|| {
                let spare = self.spares.pop()?;
                self.unmet += 1;
                count_start("spare");
                Some(spare.instance)
            })
    }

    /// An instance is given a request.
    fn began(&mut self, instance: &Instance) {
        self.busy += 1;
        if instance.is_provisioned() {
            self.provision.began();
        }
    }

    /// An instance has its request no more.
    fn ended(&mut self, instance: &Instance) {
        self.busy = self.busy.saturating_sub(1);
        if instance.is_provisioned() {
            self.provision.ended();
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
    pub fn new(host: Arc<Host>, deployment: Arc<Deployment>) -> Arc<Pool> {
        let pool = Arc::new(Pool {
            host,
            deployment,
            state: Mutex::default(),
            session: tokio::sync::Mutex::default(),
        });
        pool.host.spares.register(&pool);
        pool
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
            state.used = Some(Instant::now());
            let now = self.host.clock.now();
            while let Some(instance) = state.take() {
                if instance.is_usable(now) {
                    state.began(&instance);
                    return Ok(instance);
                }
            }
            state.unmet += 1;
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
        state.used = Some(Instant::now());
        state.ended(&instance);
        self.hand_over(&mut state, instance);
        self.park_spares(&mut state);
    }

    /// An instance has ended with its request.
    pub fn lost(self: &Arc<Self>, instance: &Instance) {
        let mut state = self.lock();
        state.ended(instance);
        self.start_for_waiting(&mut state);
        self.fill(&mut state);
    }

    /// Keeps as many provisioned instances from now on.
    pub fn provide(self: &Arc<Self>, instances: usize) {
        let mut state = self.lock();
        for surplus in state.provision.ask(instances) {
            tokio::spawn(surplus.end());
        }
        self.fill(&mut state);
    }

    /// How many provisioned instances it keeps.
    pub fn provided(&self) -> usize {
        self.lock().provision.wanted()
    }

    pub fn allocation(&self) -> Allocation {
        self.lock().provision.allocation()
    }

    /// Whether it is of the same version.
    pub fn is_of(&self, deployment: &Deployment) -> bool {
        self.deployment.key() == deployment.key()
    }

    pub fn is_of_function(&self, function_arn: &str) -> bool {
        self.deployment.function_arn.to_string() == function_arn
    }

    /// Takes out what has been idle since before `since`, or has ended by itself.
    pub fn reclaim(self: &Arc<Self>, since: Instant) -> Vec<Instance> {
        let now = self.host.clock.now();
        let mut state = self.lock();
        let keep = |instance: &Instance| instance.idle_since > since && instance.is_usable(now);
        let mut ended: Vec<Instance> = state
            .idle
            .extract_if(.., |instance| !keep(instance))
            .collect();
        // As many spares as are wanted stay for as long as their pool is in use.
        let is_used = !state.idle.is_empty() || state.busy > 0;
        state.unmet /= 2;
        let mut needed = if is_used { state.wanted_spares() } else { 0 };
        let gone = state.spares.extract_if(.., |spare| {
            let stays = keep(&spare.instance) || needed > 0 && spare.instance.is_usable(now);
            needed = needed.saturating_sub(usize::from(stays));
            !stays
        });
        ended.extend(gone.map(|spare| spare.instance));
        ended.extend(state.provision.unusable(now));
        self.fill(&mut state);
        ended
    }

    /// Keeps no instance from now on; answers those that are idle.
    pub fn close(&self) -> Vec<Instance> {
        let mut state = self.lock();
        state.closed = true;
        let mut ended = std::mem::take(&mut state.idle);
        ended.extend(state.spares.drain(..).map(|spare| spare.instance));
        ended.extend(state.provision.ask(0));
        ended
    }

    /// Whether nothing of it is left.
    pub fn is_empty(&self) -> bool {
        let state = self.lock();
        let is_busy = state.busy + state.starting + state.parking > 0;
        let is_busy = is_busy || state.provision.wanted() > 0;
        state.idle.is_empty() && state.spares.is_empty() && state.waiting.is_empty() && !is_busy
    }

    /// When it was last used, if it has a spare and nothing to do.
    pub fn keeps_spare_unused_since(&self) -> Option<Instant> {
        let state = self.lock();
        let is_unused = !state.spares.is_empty() && state.busy == 0;
        state.used.filter(|_| is_unused)
    }

    /// Ends a spare and passes on its room.
    pub fn give_up_spare(&self) -> Option<Room> {
        let spare = self.lock().spares.pop()?;
        tokio::spawn(spare.instance.end());
        Some(spare.room)
    }

    #[cfg(test)]
    pub fn has_spare(&self) -> bool {
        !self.lock().spares.is_empty()
    }

    fn hand_over(&self, state: &mut State, mut instance: Instance) {
        while let Some(waiter) = state.waiting.pop_front() {
            state.began(&instance);
            match waiter.send(Ok(instance)) {
                Ok(()) => return,
                // Whoever waited is gone.
                Err(Ok(back)) => {
                    state.ended(&back);
                    instance = back;
                }
                Err(Err(_)) => return,
            }
        }
        if instance.is_provisioned() {
            if let Some(surplus) = state.provision.keep(instance) {
                tokio::spawn(surplus.end());
            }
        } else if !state.closed {
            instance.idle_since = Instant::now();
            state.idle.push(instance);
        }
    }

    fn start_for_waiting(self: &Arc<Self>, state: &mut State) {
        let most = state.waiting.len().min(*CORES * STARTS_PER_CORE);
        while state.starting < most {
            state.starting += 1;
            tokio::spawn(Arc::clone(self).start());
        }
    }

    /// Starts as many spares as are missing.
    fn park_spares(self: &Arc<Self>, state: &mut State) {
        while state.spares.len() + state.parking < state.wanted_spares() {
            state.parking += 1;
            tokio::spawn(Arc::clone(self).park_spare());
        }
    }

    async fn park_spare(self: Arc<Self>) {
        sleep(REFILL_PAUSE).await;
        let started = self.start_spare().await;
        let mut state = self.lock();
        state.parking -= 1;
        match started {
            Some(Ok(spare)) if !state.closed && state.waiting.is_empty() => {
                state.spares.push(spare);
            }
            Some(Ok(spare)) => self.hand_over(&mut state, spare.instance),
            Some(Err(_)) => state.gave_up = true,
            None => {}
        }
    }

    /// Starts a spare when it is its turn; `None` if there is no room for it, or no use.
    async fn start_spare(&self) -> Option<Result<Spare, PoolFailure>> {
        let _turn = self.host.spares.turn().await?;
        let is_closed = self.lock().closed;
        if is_closed {
            return None;
        }
        let room = self.host.spares.room()?;
        let started = self.start_instance(&self.deployment).await;
        Some(started.map(|instance| Spare {
            instance,
            room,
            _kept: Kept::start(),
        }))
    }

    /// Sees to it that the provisioned instances that are missing are started.
    fn fill(self: &Arc<Self>, state: &mut State) {
        if state.provision.is_short() && !state.provision.is_filling {
            state.provision.is_filling = true;
            tokio::spawn(Arc::clone(self).provision());
        }
    }

    /// Starts provisioned instances for as long as some are missing.
    async fn provision(self: Arc<Self>) {
        let deployment = Arc::new(Deployment {
            initialization: Initialization::ProvisionedConcurrency,
            ..Deployment::clone(&self.deployment)
        });
        loop {
            let turn = self.host.spares.turn().await;
            {
                let mut state = self.lock();
                state.provision.is_filling = turn.is_some() && state.provision.is_short();
                if !state.provision.is_filling {
                    return;
                }
            }
            let started = self.start_instance(&deployment).await;
            let mut state = self.lock();
            match started {
                Ok(instance) => self.hand_over(&mut state, instance),
                Err(failure) => {
                    state.provision.failed();
                    self.tell_of(&failure);
                }
            }
        }
    }

    /// No request will tell of it.
    fn tell_of(&self, failure: &PoolFailure) {
        match failure {
            PoolFailure::Start(StartFailure::Function(failed)) => failed.write_init_report(),
            failure => {
                let function = &self.deployment.function_name;
                tracing::warn!(%function, ?failure, "a provisioned instance could not be started");
            }
        }
    }

    async fn start(self: Arc<Self>) {
        count_start("request");
        let started = self.start_instance(&self.deployment).await;
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

    async fn start_instance(&self, deployment: &Arc<Deployment>) -> Result<Instance, PoolFailure> {
        let session = self.session().await.map_err(PoolFailure::Role)?;
        let instance = Instance::start(&self.host, deployment, &session).await;
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
            function_arn,
            ..
        } = &*self.deployment;
        let function_arn = function_arn.to_string();
        let asked = ServiceSession {
            service: LAMBDA_PRINCIPAL,
            name: function_name,
            duration_s: SESSION_S,
            source_function: Some(&function_arn),
        };
        let session = self.host.roles.assume(role_arn, asked).await?;
        *cached = Some(session.clone());
        Ok(session)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts an instance that has its first request: a spare, or one started for requests.
fn count_start(of: &'static str) {
    metrics::counter!("fogbank_lambda_starts_total", "of" => of).increment(1);
}
