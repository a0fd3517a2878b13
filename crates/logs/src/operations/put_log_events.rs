//! PutLogEvents.

use crate::event::{self, Position};
use crate::record::GroupPath;
use crate::subscribers::SubscribedEvent;
use crate::{Logs, LogsError, on_stream};
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use std::time::Duration;
use wire::logs::{InputLogEvent, PutLogEventsInput, PutLogEventsOutput, RejectedLogEventsInfo};

/// What AWS adds to each message when it counts a batch's bytes.
const EVENT_OVERHEAD_BYTES: usize = 26;
const MAX_BATCH_BYTES: usize = 1_048_576;
const HOUR: Duration = Duration::from_secs(3600);
const DAY_MS: i64 = 86_400_000;

impl Operate<Logs> for PutLogEventsInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let (group, stream) = (&self.log_group_name, &self.log_stream_name);
        Ok(on_stream("logs:PutLogEvents", caller, group, stream))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<PutLogEventsOutput, LogsError> {
        check_batch(&self.log_events)?;
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        let (name, events) = (self.log_stream_name.as_str(), self.log_events.as_slice());
        let now = logs.clock.now();
        let stored = logs
            .store
            .transact(|txn| async move {
                let group = path.load(&txn).await?;
                let mut stream = path.load_stream(&txn, name).await?;
                let accepted = Accepted::of(events, group.horizon(now), now);
                let mut published = Vec::new();
                for (event, time_ms) in accepted.events(events) {
                    let position = Position {
                        time_ms,
                        sequence: stream.next_sequence,
                    };
                    if !group.subscriptions.is_empty() {
                        published.push(SubscribedEvent::new(event, position, name));
                    }
                    let key = position.key(path.events(name));
                    txn.put(key, event::encode(now.as_millis(), &event.message));
                    stream.next_sequence += 1;
                    let time = event.timestamp;
                    stream.first_event_ms =
                        Some(stream.first_event_ms.map_or(time, |first| first.min(time)));
                    stream.last_event_ms =
                        Some(stream.last_event_ms.map_or(time, |last| last.max(time)));
                }
                stream.last_ingestion_ms = Some(now.as_millis());
                path.save_stream(&txn, name, &stream);
                let output = PutLogEventsOutput {
                    next_sequence_token: Some(format!("{:056}", stream.next_sequence)),
                    rejected_log_events_info: accepted.rejected(events.len()),
                    rejected_entity_info: None,
                };
                Ok::<_, LogsError>((output, group.subscriptions, published))
            })
            .await;
        let (output, subscriptions, published) = stored?;
        logs.publish(path, name, &subscriptions, &published);
        Ok(output)
    }
}

fn check_batch(events: &[InputLogEvent]) -> Result<(), LogsError> {
    let sizes = events
        .iter()
        .map(|event| event.message.len() + EVENT_OVERHEAD_BYTES);
    let bytes: usize = sizes.sum();
    if bytes > MAX_BATCH_BYTES {
        return Err(LogsError::invalid(format!(
            "Upload too large: {bytes} bytes exceeds limit of {MAX_BATCH_BYTES}"
        )));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        return Err(LogsError::invalid(
            "Log events in a single PutLogEvents request must be in chronological order.",
        ));
    }
    let span = events.first().zip(events.last());
    if span.is_some_and(|(first, last)| last.timestamp - first.timestamp > DAY_MS) {
        return Err(LogsError::invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ));
    }
    Ok(())
}

/// Which part of a batch, sorted by time, is taken.
struct Accepted {
    too_old_end: usize,
    expired_end: usize,
    too_new_start: usize,
}

impl Accepted {
    /// AWS takes events of the last 14 days and the next 2 hours, and none that its group's
    /// retention would delete at once.
    fn of(events: &[InputLogEvent], horizon_ms: i64, now: Timestamp) -> Accepted {
        let oldest = now.saturating_sub(HOUR * 24 * 14).as_millis();
        let newest = now.saturating_add(HOUR * 2).as_millis();
        Accepted {
            too_old_end: events.partition_point(|event| event.timestamp < oldest),
            expired_end: events.partition_point(|event| event.timestamp < horizon_ms),
            too_new_start: events.partition_point(|event| event.timestamp <= newest),
        }
    }

    fn events<'a>(
        &self,
        events: &'a [InputLogEvent],
    ) -> impl Iterator<Item = (&'a InputLogEvent, u64)> + use<'a> {
        let start = self.too_old_end.max(self.expired_end);
        let taken = events.get(start..self.too_new_start).unwrap_or_default();
        taken
            .iter()
            .filter_map(|event| Some((event, u64::try_from(event.timestamp).ok()?)))
    }

    fn rejected(&self, count: usize) -> Option<RejectedLogEventsInfo> {
        let index = |at: usize| i32::try_from(at).ok();
        let info = RejectedLogEventsInfo {
            too_old_log_event_end_index: index(self.too_old_end).filter(|end| *end > 0),
            expired_log_event_end_index: index(self.expired_end)
                .filter(|end| *end > 0 && self.expired_end > self.too_old_end),
            too_new_log_event_start_index: index(self.too_new_start)
                .filter(|_| self.too_new_start < count),
        };
        (info != RejectedLogEventsInfo::default()).then_some(info)
    }
}
