//! The zygotes of this server: one for each runtime in use that can have one.
//!
//! A zygote is started in the background when a function of its runtime is made or first used;
//! until it is ready, and wherever there is none, instances are started afresh. One that ends
//! unasked is replaced. One whose runtime nobody uses for a while is ended.

use super::deployment::Deployment;
use super::environment::WRAPPER;
use super::instance::{LAYERS_ROOT, TASK_ROOT};
use crate::runtime::Runtime;
use crate::runtimes::Runtimes;
use sandbox::{Command, Confinement, LineSplitter, Output, Sandbox, Zygote};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long a zygote may take to become ready.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long a runtime is left alone whose zygote did not start.
const PAUSE: Duration = Duration::from_secs(60);
const LINE_BYTES: usize = 4096;

/// Variables that an interpreter, its libraries or the loader heed only when they start, and the one
/// that puts a program in front of it.
const AT_START: [&str; 8] = [
    "PYTHON", "LD_", "LANG", "LC_", "MALLOC_", "GLIBC_", "OPENSSL_", WRAPPER,
];

/// See the module. Clones share the zygotes.
#[derive(Clone)]
pub struct Zygotes(Arc<Inner>);

struct Inner {
    sandbox: Sandbox,
    runtimes: Arc<Runtimes>,
    places: Mutex<BTreeMap<Runtime, Place>>,
}

enum Place {
    Starting,
    Ready {
        zygote: Arc<Zygote>,
        used: Instant,
    },
    /// There will be none before this time.
    Empty(Instant),
    Stopped,
}

impl Zygotes {
    pub fn new(sandbox: Sandbox, runtimes: Arc<Runtimes>) -> Zygotes {
        Zygotes(Arc::new(Inner {
            sandbox,
            runtimes,
            places: Mutex::default(),
        }))
    }

    /// The zygote that an instance of this deployment can be forked off.
    pub(super) fn for_function(&self, deployment: &Deployment) -> Option<Arc<Zygote>> {
        let heeded_at_start = |name: &String| AT_START.iter().any(|start| name.starts_with(start));
        if deployment.variables.keys().any(heeded_at_start) {
            return None;
        }
        self.get(deployment.runtime)
    }

    /// The zygote of a runtime. If there is none, one is started for the next who asks.
    pub(super) fn get(&self, runtime: Runtime) -> Option<Arc<Zygote>> {
        let Runtime::Python { .. } = runtime else {
            return None;
        };
        let now = Instant::now();
        let mut places = self.0.lock();
        match places.get_mut(&runtime) {
            Some(Place::Ready { zygote, used }) => {
                *used = now;
                return Some(Arc::clone(zygote));
            }
            Some(Place::Starting | Place::Stopped) => return None,
            Some(Place::Empty(until)) if *until > now => return None,
            Some(Place::Empty(_)) | None => {}
        }
        places.insert(runtime, Place::Starting);
        tokio::spawn(keep(Arc::clone(&self.0), runtime));
        None
    }

    /// Ends those not used since `since`, unless instances of their runtime are about.
    pub(super) fn reclaim(&self, since: Instant, in_use: &BTreeSet<Runtime>) {
        self.0.lock().retain(|runtime, place| match place {
            Place::Ready { used, .. } => *used > since || in_use.contains(runtime),
            _ => true,
        });
    }

    /// Ends all, and starts no more.
    pub(super) async fn stop(&self) {
        let mut running = Vec::new();
        {
            let mut places = self.0.lock();
            for runtime in Runtime::ALL {
                if let Some(Place::Ready { zygote, .. }) = places.insert(runtime, Place::Stopped) {
                    running.push(zygote);
                }
            }
        }
        for zygote in running {
            zygote.process().kill().await;
        }
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Runtime, Place>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a zygote and waits until it is ready; `None` if it does not come to that.
    async fn start(&self, runtime: Runtime) -> Option<Zygote> {
        let launch = self.runtimes.launch_zygote(runtime).await.ok()??;
        let view = [TASK_ROOT, "/var/task/lib", LAYERS_ROOT, "/opt/lib"]
            .into_iter()
            .fold(Confinement::new(), Confinement::folder);
        let visible = launch.visible.iter().cloned();
        let view = visible.fold(view, |view, (from, to)| view.visible(from, to));
        let command = Command::new(&launch.program, "/")
            .env("LANG", "en_US.UTF-8")
            .env("TZ", ":UTC")
            // What instances have: the loader looks at it now, and into the folders later.
            .env("LD_LIBRARY_PATH", "/var/task:/var/task/lib:/opt/lib");
        let command = launch.arguments(command, |path| self.sandbox.place(&view, path));
        match self.sandbox.start_zygote(&command, &view).await {
            Ok((zygote, output)) => {
                tokio::spawn(log(output, runtime));
                let is_ready = timeout(START_LIMIT, zygote.is_ready()).await;
                if is_ready == Ok(true) {
                    return Some(zygote);
                }
                tracing::warn!(%runtime, "a zygote did not start; instances start without it");
            }
            Err(error) => tracing::debug!(%runtime, %error, "there is no zygote"),
        }
        None
    }
}

/// Keeps a zygote for a runtime until it is no more wanted.
async fn keep(zygotes: Arc<Inner>, runtime: Runtime) {
    loop {
        let started = zygotes.start(runtime).await.map(Arc::new);
        let place = match &started {
            Some(zygote) => Place::Ready {
                zygote: Arc::clone(zygote),
                used: Instant::now(),
            },
            None => Place::Empty(Instant::now() + PAUSE),
        };
        {
            let mut places = zygotes.lock();
            match places.get(&runtime) {
                Some(Place::Starting) => places.insert(runtime, place),
                _ => return,
            };
        }
        let Some(zygote) = started else {
            return;
        };
        let (end, ours) = (zygote.process().end(), Arc::downgrade(&zygote));
        // Its place holds it now, and ends it by letting go.
        drop(zygote);
        let exit = end.await;
        let mut places = zygotes.lock();
        match places.get(&runtime) {
            Some(Place::Ready {
                zygote: current, ..
            }) if Arc::as_ptr(current) == ours.as_ptr() => {
                places.insert(runtime, Place::Starting);
            }
            _ => return,
        }
        tracing::warn!(%runtime, %exit, "a zygote ended and is started again");
    }
}

/// What a zygote has to say is about itself: functions have outputs of their own.
async fn log(output: Output, runtime: Runtime) {
    let mut lines = LineSplitter::new(LINE_BYTES);
    let mut write =
        |line: String| tracing::warn!(%runtime, line = line.trim_end(), "a zygote says");
    let mut buffer = [0; LINE_BYTES];
    while output.readable().await.is_ok() {
        match output.try_read(&mut buffer) {
            Ok(None) => {}
            Ok(Some(0)) | Err(_) => break,
            Ok(Some(n)) => lines.push(buffer.get(..n).unwrap_or_default(), &mut write),
        }
    }
    lines.finish(&mut write);
}
