//! Handing changes over: batches, retries, and what becomes of changes that are given up.

use super::batch::{complete, done_with, event};
use super::filter::Pattern;
use super::lanes::{Lanes, deal};
use super::poller::stalled;
use super::window::{Invocation, OpenWindow};
use super::{MappingRecord, key, nothing_read, progress_key};
use crate::catalog::{self, Reader};
use crate::engine::Answer;
use crate::error::Error;
use crate::invocation::{Call, Done};
use crate::lambda::Lambda;
use crate::target::Target;
use base::Timestamp;
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use service::{Change, StreamPage, StreamPlace};
use std::time::Duration;
use tokio::time::sleep;

/// How long after a failed invocation a batch is tried again; doubled each time.
const RETRY_AFTER: Duration = Duration::from_millis(500);
const RETRY_AFTER_AT_MOST: Duration = Duration::from_secs(60);
const OK: &str = "OK";
const FAILED: &str = "PROBLEM: Function call failed";

/// Hands over what was read for a mapping.
pub(super) struct Delivery<'a> {
    lambda: &'a Lambda,
    uuid: &'a str,
    pub mapping: &'a MappingRecord,
    pub target: &'a Target,
}

/// An invocation that has taken place.
struct Invoked {
    request_id: String,
    done: Done,
}

/// Why changes are given up, in AWS's words.
#[derive(Clone, Copy)]
enum GivenUp {
    RecordAgeExceeded,
    RetryAttemptsExhausted,
}

impl GivenUp {
    fn as_str(self) -> &'static str {
        match self {
            GivenUp::RecordAgeExceeded => "RecordAgeExceeded",
            GivenUp::RetryAttemptsExhausted => "RetryAttemptsExhausted",
        }
    }
}

impl<'a> Delivery<'a> {
    pub fn new(
        lambda: &'a Lambda,
        uuid: &'a str,
        mapping: &'a MappingRecord,
        target: &'a Target,
    ) -> Delivery<'a> {
        Delivery {
            lambda,
            uuid,
            mapping,
            target,
        }
    }

    /// Hands changes over until all are done with, by success or by being given up. Whether the
    /// mapping still is enabled.
    pub async fn hand_over(&self, page: StreamPage) -> Result<bool, Error> {
        let dealt = deal(self.wanted(page.changes), self.mapping.lanes());
        let lanes = &Lanes::new(&dealt, page.next);
        let runs = dealt.into_iter().enumerate().map(|(lane, changes)| {
            let run = Run::new(self, lanes, lane, None);
            run.hand_over(changes)
        });
        let ended = try_join_all(runs).await?;
        if !ended.iter().all(|run| run.is_enabled) {
            return Ok(false);
        }
        self.keep(page.next, None, OK).await?;
        Ok(true)
    }

    /// The same for the changes that fall in an open window.
    pub async fn hand_over_in(
        &self,
        window: OpenWindow,
        mut page: StreamPage,
    ) -> Result<bool, Error> {
        let later = page.changes.iter().position(|c| !window.holds(c.created));
        if let Some(at) = later {
            page.changes.truncate(at + 1);
            page.next = page.changes.pop().map_or(page.next, |change| change.place);
        }
        let changes = self.wanted(page.changes);
        let lanes = &Lanes::new(std::slice::from_ref(&changes), page.next);
        let run = Run::new(self, lanes, 0, Some(window));
        let ended = run.hand_over(changes).await?;
        if ended.is_enabled {
            self.keep(page.next, ended.window, OK).await?;
        }
        Ok(ended.is_enabled)
    }

    /// Ends a window with an invocation that has no changes.
    pub async fn end_window(&self, window: OpenWindow, place: StreamPlace) -> Result<bool, Error> {
        let lanes = &Lanes::new(&[], place);
        let run = Run::new(self, lanes, 0, Some(window));
        if !run.end_window(Invocation::Last).await? {
            return Ok(false);
        }
        self.keep(place, None, OK).await?;
        Ok(true)
    }

    /// Whether the mapping is still there, and enabled.
    async fn is_enabled(&self) -> Result<bool, Error> {
        if self.lambda.0.queue.is_stopped() {
            return Ok(false);
        }
        let found: Option<MappingRecord> = self.lambda.0.store.record(&key(self.uuid)).await?;
        Ok(found.is_some_and(|mapping| mapping.enabled))
    }

    /// The changes that the mapping's filters let through, as functions get them.
    fn wanted(&self, mut changes: Vec<Change>) -> Vec<Change> {
        for change in &mut changes {
            complete(change, &self.mapping.stream_arn);
        }
        let Some(filters) = &self.mapping.filters else {
            return changes;
        };
        let patterns: Vec<Pattern> = filters.iter().filter_map(|f| Pattern::parse(f)).collect();
        let passes = |change: &Change| patterns.iter().any(|p| p.matches(Some(&change.record)));
        changes.into_iter().filter(passes).collect()
    }

    fn is_too_old(&self, first: &Change) -> bool {
        let age = self.lambda.0.clock.now().as_millis() - first.created.as_millis();
        let most = i64::from(self.mapping.max_age_s) * 1000;
        most >= 0 && age > most
    }

    async fn invoke(&self, payload: Vec<u8>) -> Result<Invoked, Error> {
        let request_id = self.lambda.0.entropy.uuid();
        let call = Call {
            target: self.target.clone(),
            request_id: request_id.clone(),
            payload: payload.into(),
            client_context: None,
            trace: None,
        };
        let done = self.lambda.call(call).await?;
        Ok(Invoked { request_id, done })
    }

    /// Tells where the mapping says that changes are given up: not the changes, but which.
    async fn give_up(
        &self,
        part: &[Change],
        failures: i32,
        why: GivenUp,
        invoked: Option<&Invoked>,
    ) {
        let Some(arn) = &self.mapping.on_failure else {
            return;
        };
        let Some(message) = self.word_of(part, failures, why, invoked) else {
            return;
        };
        let role = match catalog::resolve(&self.lambda.0.store, self.target, None).await {
            Ok(found) => found.record.settings.role,
            Err(_) => return,
        };
        let message = message.to_string().into();
        let delivered = self.lambda.deliver(self.target, &role, arn, message).await;
        if let Err(error) = delivered {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(
                arn,
                error,
                "word of changes given up could not be delivered"
            );
        }
    }

    fn word_of(
        &self,
        part: &[Change],
        failures: i32,
        why: GivenUp,
        invoked: Option<&Invoked>,
    ) -> Option<Value> {
        let (first, last) = (part.first()?, part.last()?);
        let time = |time: Timestamp| time.iso8601();
        let mut message = json!({
            "requestContext": {
                "requestId": invoked.map(|invoked| &invoked.request_id),
                "functionArn": self.mapping.function_arn,
                "condition": why.as_str(),
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
                "streamArn": self.mapping.stream_arn,
            },
        });
        if let (Some(Invoked { done, .. }), Some(fields)) = (invoked, message.as_object_mut()) {
            let response = json!({
                "statusCode": 200,
                "executedVersion": done.executed_version,
                "functionError": done.has_failed().then_some("Unhandled"),
            });
            fields.insert("responseContext".to_owned(), response);
        }
        Some(message)
    }

    /// Keeps how far the mapping has come; one that is gone stays so.
    pub async fn keep(
        &self,
        place: StreamPlace,
        window: Option<OpenWindow>,
        result: &str,
    ) -> Result<(), Error> {
        let mut progress = nothing_read(place);
        result.clone_into(&mut progress.result);
        progress.window = window;
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

/// One lane's way through its changes.
struct Run<'a> {
    delivery: &'a Delivery<'a>,
    lanes: &'a Lanes,
    lane: usize,
    window: Option<OpenWindow>,
    /// Parts that wait, the first last, each with the failures it has had.
    parts: Vec<(Vec<Change>, i32)>,
}

/// What a run leaves.
struct Ended {
    is_enabled: bool,
    window: Option<OpenWindow>,
}

impl<'a> Run<'a> {
    fn new(
        delivery: &'a Delivery<'a>,
        lanes: &'a Lanes,
        lane: usize,
        window: Option<OpenWindow>,
    ) -> Run<'a> {
        Run {
            delivery,
            lanes,
            lane,
            window,
            parts: Vec::new(),
        }
    }

    async fn hand_over(mut self, changes: Vec<Change>) -> Result<Ended, Error> {
        let batches = changes.chunks(self.delivery.mapping.batch_limit().max(1));
        self.parts = batches.rev().map(|batch| (batch.to_vec(), 0)).collect();
        let mut is_enabled = true;
        while let Some((part, failures)) = self.parts.pop() {
            is_enabled = self.delivery.is_enabled().await?;
            if !is_enabled {
                break;
            }
            self.hand_over_part(part, failures).await?;
        }
        Ok(Ended {
            is_enabled,
            window: self.window,
        })
    }

    async fn hand_over_part(&mut self, part: Vec<Change>, failures: i32) -> Result<(), Error> {
        let delivery = self.delivery;
        if part.first().is_some_and(|first| delivery.is_too_old(first)) {
            let why = GivenUp::RecordAgeExceeded;
            delivery.give_up(&part, failures, why, None).await;
            return self.advance(OK).await;
        }
        let stream_arn = &delivery.mapping.stream_arn;
        let window = self.window.as_ref();
        let window = window.map(|window| window.fields(stream_arn, Invocation::Ordinary));
        let invoked = match delivery.invoke(event(&part, window)).await {
            Ok(invoked) => invoked,
            // It was not invoked, which is no failure of the function.
            Err(error) => {
                stalled(delivery.uuid, &error);
                sleep(RETRY_AFTER).await;
                self.parts.push((part, failures));
                return Ok(());
            }
        };
        let finished = finished(&invoked.done, delivery.mapping, &part);
        if finished > 0 {
            self.take_state(&invoked.done).await?;
        }
        if finished == part.len() {
            return self.advance(OK).await;
        }
        let mut rest = part;
        let rest = rest.split_off(finished);
        let failures = if finished > 0 { 1 } else { failures + 1 };
        self.try_again(rest, failures, &invoked).await
    }

    /// What did not succeed is tried again, in halves if the mapping says so, or given up.
    async fn try_again(
        &mut self,
        mut rest: Vec<Change>,
        failures: i32,
        invoked: &Invoked,
    ) -> Result<(), Error> {
        let mapping = self.delivery.mapping;
        let is_exhausted = mapping.max_retries >= 0 && failures > mapping.max_retries;
        if mapping.bisect && rest.len() > 1 {
            let second = rest.split_off(rest.len() / 2);
            self.parts.push((second, 0));
            self.parts.push((rest, 0));
            return self.advance(FAILED).await;
        }
        if is_exhausted {
            let why = GivenUp::RetryAttemptsExhausted;
            let delivery = self.delivery;
            delivery.give_up(&rest, failures, why, Some(invoked)).await;
            return self.advance(FAILED).await;
        }
        self.parts.push((rest, failures));
        self.advance(FAILED).await?;
        sleep(backoff(failures)).await;
        Ok(())
    }

    /// Takes over a window's state; one that has become too large ends the window, and the rest
    /// of its changes begin it anew.
    async fn take_state(&mut self, done: &Done) -> Result<(), Error> {
        let Some(window) = &mut self.window else {
            return Ok(());
        };
        if let Answer::Returned(answer) = &done.outcome.answer {
            window.take_state(answer);
        }
        if window.is_too_large() {
            self.end_window(Invocation::LastEarly).await?;
            if let Some(window) = &mut self.window {
                window.take_state(b"");
            }
        }
        Ok(())
    }

    /// The last invocation of a window. Whether the mapping still is enabled.
    async fn end_window(&self, invocation: Invocation) -> Result<bool, Error> {
        let delivery = self.delivery;
        let mapping = delivery.mapping;
        let mut failures = 0;
        while delivery.is_enabled().await? {
            let window = self.window.as_ref();
            let window = window.map(|window| window.fields(&mapping.stream_arn, invocation));
            match delivery.invoke(event(&[], window)).await {
                Ok(invoked) if !invoked.done.has_failed() => return Ok(true),
                Ok(_) => failures += 1,
                Err(error) => stalled(delivery.uuid, &error),
            }
            if mapping.max_retries >= 0 && failures > mapping.max_retries {
                return Ok(true);
            }
            sleep(backoff(failures)).await;
        }
        Ok(false)
    }

    /// Keeps that all before the next part is done with.
    async fn advance(&self, result: &str) -> Result<(), Error> {
        let next = self.parts.last().and_then(|(part, _)| part.first());
        let place = self
            .lanes
            .advance(self.lane, next.map(|change| change.place));
        let window = self.window.clone();
        self.delivery.keep(place, window, result).await
    }
}

fn backoff(failures: i32) -> Duration {
    let doubled = 2u32.saturating_pow(u32::try_from(failures.clamp(0, 16)).unwrap_or(0));
    (RETRY_AFTER * doubled).min(RETRY_AFTER_AT_MOST)
}

/// How many of the first changes are done with.
fn finished(done: &Done, mapping: &MappingRecord, part: &[Change]) -> usize {
    match &done.outcome.answer {
        Answer::Failed(_) => 0,
        Answer::Returned(report) if mapping.reports_failures => done_with(report, part),
        Answer::Returned(_) => part.len(),
    }
}
