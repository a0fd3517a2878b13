//! Reading streams for mappings and handing batches to functions: one task for each mapping.

use super::batch::{complete, done_with, event};
use super::filter::Pattern;
use super::{MappingRecord, ProgressRecord, all, key, nothing_read, progress_key};
use crate::catalog::{self, Reader};
use crate::engine::{Answer, LAMBDA_PRINCIPAL};
use crate::error::Error;
use crate::invocation::{Call, Done};
use crate::lambda::Lambda;
use crate::target::Target;
use base::Timestamp;
use serde_json::json;
use service::{Caller, Change, StreamPage, StreamPlace};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// How long a task pauses when there is nothing to read.
const POLL: Duration = Duration::from_millis(250);
/// How long after a failed invocation a batch is tried again; doubled each time.
const RETRY_AFTER: Duration = Duration::from_millis(500);
const RETRY_AFTER_AT_MOST: Duration = Duration::from_secs(60);
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

impl Lambda {
    /// Runs a task for each mapping that is enabled, for as long as the service lives.
    pub(crate) fn spawn_pollers(&self) {
        let lambda = self.clone();
        tokio::spawn(async move {
            while !lambda.0.queue.is_stopped() {
                if let Err(error) = lambda.start_pollers().await {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(error, "event source mappings cannot be read");
                }
                let _ = timeout(LOOK, lambda.0.pollers.wake.notified()).await;
            }
        });
    }

    async fn start_pollers(&self) -> Result<(), Error> {
        let mappings: Vec<MappingRecord> = catalog::list(&self.0.store, all()).await?;
        for mapping in mappings.into_iter().filter(|mapping| mapping.enabled) {
            if self.0.pollers.running().insert(mapping.uuid.clone()) {
                let lambda = self.clone();
                tokio::spawn(async move {
                    lambda.poll(&mapping.uuid).await;
                    lambda.0.pollers.running().remove(&mapping.uuid);
                    // It may have been enabled again meanwhile.
                    lambda.0.pollers.wake();
                });
            }
        }
        Ok(())
    }

    /// The role of what `target` names, as a caller.
    pub(crate) async fn role_of(&self, target: &Target) -> Result<Caller, Error> {
        let found = catalog::resolve(&self.0.store, target, None).await?;
        let role = &found.record.settings.role;
        let roles = &self.0.roles;
        let session = roles.assume(role, LAMBDA_PRINCIPAL, &target.name, SESSION_S);
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
            return Ok(Turn::Ended);
        };
        let key = progress_key(self.uuid);
        let progress: Option<ProgressRecord> = self.lambda.0.store.record(&key).await?;
        let from = StreamPlace(progress.map_or(0, |progress| progress.place));
        let caller = self.caller(&target).await?;
        let limit = usize::try_from(mapping.batch_size).unwrap_or(1);
        let streams = &self.lambda.0.streams;
        let page = streams
            .read(&caller, &mapping.stream_arn, from, limit)
            .await;
        let mut page = match page {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(uuid = self.uuid, %error, "a stream cannot be read");
                let problem = format!("PROBLEM: {error}");
                self.keep(from, &problem).await?;
                self.session = None;
                return Ok(Turn::Idle);
            }
        };
        if page.changes.is_empty() || self.waits_for_more(&mapping, &page, limit) {
            return Ok(Turn::Idle);
        }
        self.first_seen_ms = None;
        for change in &mut page.changes {
            complete(change, &mapping.stream_arn);
        }
        let changes = wanted(&mapping, page.changes);
        if !changes.is_empty() && !self.hand_over(&mapping, &target, changes).await? {
            return Ok(Turn::Ended);
        }
        self.keep(page.next, "OK").await?;
        Ok(Turn::Busy)
    }

    /// Whether a batch that is not full has time left in which more may come.
    fn waits_for_more(&mut self, mapping: &MappingRecord, page: &StreamPage, limit: usize) -> bool {
        if page.changes.len() >= limit || mapping.window_s == 0 {
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

    /// Hands changes over until all are done with, by success or by being given up. Whether the
    /// mapping still is enabled.
    async fn hand_over(
        &self,
        mapping: &MappingRecord,
        target: &Target,
        changes: Vec<Change>,
    ) -> Result<bool, Error> {
        // Parts that wait, the first last, each with the failures it has had.
        let mut parts = vec![(changes, 0)];
        while let Some((part, failures)) = parts.pop() {
            if self.mapping().await?.is_none() {
                return Ok(false);
            }
            let (Some(first), Some(last)) = (part.first(), part.last()) else {
                continue;
            };
            let after_part = StreamPlace(last.place.0.saturating_add(1));
            if self.is_too_old(mapping, first) {
                self.give_up(mapping, target, &part, failures, "RecordAgeExceeded", None)
                    .await;
                self.keep(after_part, "OK").await?;
                continue;
            }
            let request_id = self.lambda.0.entropy.uuid();
            let call = Call {
                target: target.clone(),
                request_id: request_id.clone(),
                payload: event(&part).into(),
                client_context: None,
            };
            let done = match self.lambda.call(call).await {
                Ok(done) => done,
                // It was not invoked, which is no failure of the function.
                Err(error) => {
                    stalled(self.uuid, &error);
                    sleep(RETRY_AFTER).await;
                    parts.push((part, failures));
                    continue;
                }
            };
            let finished = finished(&done, mapping, &part);
            if finished == part.len() {
                self.keep(after_part, "OK").await?;
                continue;
            }
            let mut rest = part;
            let rest = rest.split_off(finished);
            if let Some(first) = rest.first() {
                self.keep(first.place, "PROBLEM: Function call failed")
                    .await?;
            }
            let failures = if finished > 0 { 1 } else { failures + 1 };
            let exhausted = mapping.max_retries >= 0 && failures > mapping.max_retries;
            if mapping.bisect && rest.len() > 1 {
                let mut rest = rest;
                let second = rest.split_off(rest.len() / 2);
                parts.push((second, 0));
                parts.push((rest, 0));
            } else if exhausted {
                let condition = "RetryAttemptsExhausted";
                let known = Some((&request_id, &done));
                self.give_up(mapping, target, &rest, failures, condition, known)
                    .await;
                self.keep(after_part, "PROBLEM: Function call failed")
                    .await?;
            } else {
                let doubled = 2u32.saturating_pow(u32::try_from(failures.min(16)).unwrap_or(0));
                sleep((RETRY_AFTER * doubled).min(RETRY_AFTER_AT_MOST)).await;
                parts.push((rest, failures));
            }
        }
        Ok(true)
    }

    fn is_too_old(&self, mapping: &MappingRecord, first: &Change) -> bool {
        let age = self.lambda.0.clock.now().as_millis() - first.created.as_millis();
        mapping.max_age_s >= 0 && age > i64::from(mapping.max_age_s) * 1000
    }

    /// Tells where the mapping says that changes are given up: not the changes, but which.
    async fn give_up(
        &self,
        mapping: &MappingRecord,
        target: &Target,
        part: &[Change],
        failures: i32,
        condition: &str,
        known: Option<(&String, &Done)>,
    ) {
        let (Some(arn), Some(first), Some(last)) = (&mapping.on_failure, part.first(), part.last())
        else {
            return;
        };
        let time = |time: Timestamp| time.iso8601();
        let mut message = json!({
            "requestContext": {
                "requestId": known.map(|(id, _)| id),
                "functionArn": mapping.function_arn,
                "condition": condition,
                "approximateInvokeCount": failures,
            },
            "version": "1.0",
            "timestamp": time(self.lambda.0.clock.now()),
            "DDBStreamBatchInfo": {
                "shardId": first.shard_id,
                "startSequenceNumber": first.sequence_number,
                "endSequenceNumber": last.sequence_number,
                "approximateArrivalOfFirstRecord": time(first.created),
                "approximateArrivalOfLastRecord": time(last.created),
                "batchSize": part.len(),
                "streamArn": mapping.stream_arn,
            },
        });
        if let (Some((_, done)), Some(fields)) = (known, message.as_object_mut()) {
            let mut response = json!({
                "statusCode": 200,
                "executedVersion": done.executed_version,
            });
            if let (true, Some(response)) = (done.has_failed(), response.as_object_mut()) {
                response.insert("functionError".to_owned(), "Unhandled".into());
            }
            fields.insert("responseContext".to_owned(), response);
        }
        let role = match catalog::resolve(&self.lambda.0.store, target, None).await {
            Ok(found) => found.record.settings.role,
            Err(_) => return,
        };
        let message = message.to_string().into();
        if let Err(error) = self.lambda.deliver(target, &role, arn, message).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(
                arn,
                error,
                "word of changes given up could not be delivered"
            );
        }
    }

    /// Keeps how far the mapping has come; one that is gone stays so.
    async fn keep(&self, place: StreamPlace, result: &str) -> Result<(), Error> {
        let mut progress = nothing_read(place);
        result.clone_into(&mut progress.result);
        let progress = &progress;
        let (mapping, key) = (&key(self.uuid), &progress_key(self.uuid));
        let store = &self.lambda.0.store;
        store
            .transact(|txn| async move {
                if txn.get(mapping).await?.is_some() {
                    txn.put(key.clone(), kv::record::encode(progress));
                }
                Ok(())
            })
            .await
    }
}

fn stalled(uuid: &str, error: &Error) {
    let error: &dyn std::error::Error = error;
    tracing::warn!(uuid, error, "an event source mapping makes no progress");
}

/// How many of the first changes are done with.
fn finished(done: &Done, mapping: &MappingRecord, part: &[Change]) -> usize {
    match &done.outcome.answer {
        Answer::Failed(_) => 0,
        Answer::Returned(report) if mapping.reports_failures => done_with(report, part),
        Answer::Returned(_) => part.len(),
    }
}

/// The changes that a mapping's filters let through.
fn wanted(mapping: &MappingRecord, changes: Vec<Change>) -> Vec<Change> {
    let Some(filters) = &mapping.filters else {
        return changes;
    };
    let patterns: Vec<Pattern> = filters.iter().filter_map(|f| Pattern::parse(f)).collect();
    let passes = |change: &Change| patterns.iter().any(|p| p.matches(Some(&change.record)));
    changes.into_iter().filter(passes).collect()
}
