//! Reading streams for mappings and handing batches to functions: one task for each mapping.

use super::delivery::Delivery;
use super::window::OpenWindow;
use super::{MappingRecord, ProgressRecord, all, key, nothing_read, progress_key};
use crate::catalog::{self, Reader};
use crate::engine::LAMBDA_PRINCIPAL;
use crate::error::Error;
use crate::lambda::Lambda;
use crate::target::Target;
use service::{Caller, ServiceSession, StreamPage, StreamPlace, keep_going};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// How long a task pauses when there is nothing to read.
const POLL: Duration = Duration::from_millis(250);
/// Changes that are read at once, at most.
const MOST_READ: usize = 10_000;
/// How long a session of the function's role lasts, and after how much of it another is made.
const SESSION_S: u32 = 3600;
const SESSION_USED_MS: i64 = 1_800_000;
/// How often mappings are looked through without a change being known.
const LOOK: Duration = Duration::from_secs(60);

/// The tasks that are running.
#[derive(Debug, Default)]
pub(crate) struct Pollers {
    running: Mutex<BTreeSet<String>>,
    wake: Notify,
}

impl Pollers {
    /// A mapping has changed.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    fn running(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A mapping that is read for; somebody else may do so when this is dropped, for whatever reason.
struct Polled {
    lambda: Lambda,
    uuid: String,
}

impl Drop for Polled {
    fn drop(&mut self) {
        self.lambda.0.pollers.running().remove(&self.uuid);
        // It may have been enabled again meanwhile. What panics waits for the next look.
        if !std::thread::panicking() {
            self.lambda.0.pollers.wake();
        }
    }
}

impl Lambda {
    /// Runs a task for each mapping that is enabled, for as long as the service lives.
    pub(crate) fn spawn_pollers(&self) {
        let lambda = self.clone();
        keep_going("the pollers of event sources", move || {
            lambda.clone().keep_polling()
        });
    }

    async fn keep_polling(self) {
        while !self.0.queue.is_stopped() {
            if let Err(error) = self.start_pollers().await {
                let error: &dyn std::error::Error = &error;
                tracing::error!(error, "event source mappings cannot be read");
            }
            let _ = timeout(LOOK, self.0.pollers.wake.notified()).await;
        }
    }

    async fn start_pollers(&self) -> Result<(), Error> {
        let mappings: Vec<MappingRecord> = catalog::list(&self.0.store, all()).await?;
        for mapping in mappings.into_iter().filter(|mapping| mapping.enabled) {
            if self.0.pollers.running().insert(mapping.uuid.clone()) {
                let polled = Polled {
                    lambda: self.clone(),
                    uuid: mapping.uuid,
                };
                tokio::spawn(async move { polled.lambda.poll(&polled.uuid).await });
            }
        }
        Ok(())
    }

    /// The role of what `target` names, as a caller.
    pub(crate) async fn role_of(&self, target: &Target) -> Result<Caller, Error> {
        let found = catalog::resolve(&self.0.store, target, None).await?;
        let role = &found.record.settings.role;
        let asked = ServiceSession {
            service: LAMBDA_PRINCIPAL,
            name: &target.name,
            duration_s: SESSION_S,
            source_function: None,
        };
        let session = self.0.roles.assume(role, asked);
        let (_, caller) = session.await.map_err(|_| Error::RoleNotAssumable)?;
        Ok(caller)
    }

    /// Reads for a mapping until it is disabled or gone.
    async fn poll(&self, uuid: &str) {
        let mut poll = Poll {
            lambda: self,
            uuid,
            session: None,
            first_seen_ms: None,
        };
        loop {
            match poll.turn().await {
                Ok(Turn::Ended) => return,
                Ok(Turn::Busy) => {}
                Ok(Turn::Idle) => sleep(POLL).await,
                Err(error) => {
                    stalled(uuid, &error);
                    poll.session = None;
                    sleep(POLL * 4).await;
                }
            }
        }
    }
}

enum Turn {
    Busy,
    Idle,
    Ended,
}

struct Poll<'a> {
    lambda: &'a Lambda,
    uuid: &'a str,
    session: Option<(i64, Caller)>,
    /// When the first change of a batch that is not full was seen.
    first_seen_ms: Option<i64>,
}

impl Poll<'_> {
    /// The mapping, while it is enabled.
    async fn mapping(&self) -> Result<Option<MappingRecord>, Error> {
        if self.lambda.0.queue.is_stopped() {
            return Ok(None);
        }
        let found: Option<MappingRecord> = self.lambda.0.store.record(&key(self.uuid)).await?;
        Ok(found.filter(|mapping| mapping.enabled))
    }

    /// Reads once and hands over what there is.
    async fn turn(&mut self) -> Result<Turn, Error> {
        let Some(mapping) = self.mapping().await? else {
            return Ok(Turn::Ended);
        };
        let Some(target) = mapping.target() else {
            return Ok(Turn::Idle);
        };
        let key = progress_key(self.uuid);
        let progress: Option<ProgressRecord> = self.lambda.0.store.record(&key).await?;
        let progress = progress.unwrap_or_else(|| nothing_read(StreamPlace(0)));
        let delivery = Delivery::new(self.lambda, self.uuid, &mapping, &target);
        let Some(page) = self.read(&delivery, &progress).await? else {
            return Ok(Turn::Idle);
        };
        if let Some(window) = &progress.window {
            let first = page.changes.first().map(|change| change.created);
            if !window.holds(first.unwrap_or_else(|| self.lambda.0.clock.now())) {
                let place = StreamPlace(progress.place);
                return Ok(after(delivery.end_window(window.clone(), place).await?));
            }
        }
        if page.changes.is_empty() || self.waits_for_more(&mapping, &page) {
            return Ok(Turn::Idle);
        }
        self.first_seen_ms = None;
        let window = progress.window.or_else(|| window_of(&mapping, &page));
        Ok(after(match window {
            Some(window) => delivery.hand_over_in(window, page).await?,
            None => delivery.hand_over(page).await?,
        }))
    }

    /// What there is to hand over next; `None` if the stream cannot be read, which the mapping
    /// tells.
    async fn read(
        &mut self,
        delivery: &Delivery<'_>,
        progress: &ProgressRecord,
    ) -> Result<Option<StreamPage>, Error> {
        let (mapping, from) = (delivery.mapping, StreamPlace(progress.place));
        let caller = self.caller(delivery.target).await?;
        let streams = &self.lambda.0.streams;
        let page = streams
            .read(&caller, &mapping.stream_arn, from, read_limit(mapping))
            .await;
        match page {
            Ok(page) => Ok(Some(page)),
            Err(error) => {
                tracing::warn!(uuid = self.uuid, %error, "a stream cannot be read");
                let problem = format!("PROBLEM: {error}");
                let window = progress.window.clone();
                delivery.keep(from, window, &problem).await?;
                self.session = None;
                Ok(None)
            }
        }
    }

    /// Whether a batch that is not full has time left in which more may come.
    fn waits_for_more(&mut self, mapping: &MappingRecord, page: &StreamPage) -> bool {
        if page.changes.len() >= mapping.batch_limit() || mapping.window_s == 0 {
            return false;
        }
        let now_ms = self.lambda.0.clock.now().as_millis();
        let since = *self.first_seen_ms.get_or_insert(now_ms);
        now_ms < since.saturating_add(i64::from(mapping.window_s) * 1000)
    }

    async fn caller(&mut self, target: &Target) -> Result<Caller, Error> {
        let now_ms = self.lambda.0.clock.now().as_millis();
        if let Some((since, caller)) = &self.session
            && now_ms < since.saturating_add(SESSION_USED_MS)
        {
            return Ok(caller.clone());
        }
        let caller = self.lambda.role_of(target).await?;
        self.session = Some((now_ms, caller.clone()));
        Ok(caller)
    }
}

/// What follows from whether the mapping is still enabled.
fn after(is_enabled: bool) -> Turn {
    match is_enabled {
        true => Turn::Busy,
        false => Turn::Ended,
    }
}

/// A batch for each lane, within what a batch may have.
fn read_limit(mapping: &MappingRecord) -> usize {
    let wanted = mapping.batch_limit().saturating_mul(mapping.lanes());
    wanted.min(MOST_READ)
}

/// The window that begins with what was read, if the mapping has windows.
fn window_of(mapping: &MappingRecord, page: &StreamPage) -> Option<OpenWindow> {
    let first = page.changes.first().filter(|_| mapping.tumbling_s > 0)?;
    let seconds = mapping.tumbling_s;
    Some(OpenWindow::at(first.created, seconds, &first.shard_id))
}

pub(super) fn stalled(uuid: &str, error: &Error) {
    let error: &dyn std::error::Error = error;
    tracing::warn!(uuid, error, "an event source mapping makes no progress");
}
