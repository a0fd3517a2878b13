//! GetLogEvents.

use super::group_meant;
use crate::event::{self, Event, Position};
use crate::page::StreamToken;
use crate::record::GroupPath;
use crate::{Logs, LogsError, on_stream};
use kv::{Order, Snapshot};
use service::{Caller, Operate, Permit, Requirement};
use wire::logs::{GetLogEventsInput, GetLogEventsOutput, OutputLogEvent};

const MAX_EVENTS: usize = 10_000;
/// One answer holds at most this much text, as AWS's does.
const MAX_PAGE_BYTES: usize = 1_048_576;

impl Operate<Logs> for GetLogEventsInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let (name, identifier) = (&self.log_group_name, &self.log_group_identifier);
        let group = group_meant(name.as_ref(), identifier.as_ref(), caller)?;
        Ok(on_stream(
            "logs:GetLogEvents",
            caller,
            &group,
            &self.log_stream_name,
        ))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<GetLogEventsOutput, LogsError> {
        let caller = permit.caller();
        let (name, identifier) = (&self.log_group_name, &self.log_group_identifier);
        let group = group_meant(name.as_ref(), identifier.as_ref(), caller)?;
        let path = GroupPath {
            caller,
            group: &group,
        };
        let snapshot = logs.store.snapshot();
        let record = path.read(&snapshot).await?;
        let stream = self.log_stream_name.as_str();
        if snapshot.get(&path.stream_key(stream)).await?.is_none() {
            return Err(LogsError::NoSuchStream);
        }
        let horizon = record.horizon(logs.clock.now());
        let window = Window {
            start: at_time(self.start_time.unwrap_or(0).max(horizon)),
            end: at_time(self.end_time.unwrap_or(i64::MAX)),
        };
        let token = self
            .next_token
            .as_deref()
            .map(StreamToken::decode)
            .transpose()?;
        let from = token.unwrap_or(match self.start_from_head {
            Some(true) => StreamToken::Forward(Position::FIRST),
            _ => StreamToken::Backward(at_time(i64::MAX)),
        });
        let limit = self
            .limit
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(MAX_EVENTS);
        let events = window.page(&snapshot, path, stream, from, limit).await?;
        Ok(answer(events, from))
    }
}

/// The times asked for; the end is exclusive.
struct Window {
    start: Position,
    end: Position,
}

impl Window {
    /// Up to `limit` events next to where the token stands, in the order of time.
    async fn page(
        &self,
        snapshot: &Snapshot,
        path: GroupPath<'_>,
        stream: &str,
        from: StreamToken,
        limit: usize,
    ) -> Result<Vec<Event>, LogsError> {
        let (start, end, order) = match from {
            StreamToken::Forward(at) => (self.start.max(at), self.end, Order::Ascending),
            StreamToken::Backward(at) => (self.start, self.end.min(at), Order::Descending),
        };
        let mut events = Vec::new();
        if start >= end {
            return Ok(events);
        }
        let mut scan = snapshot.scan(event::range(&path.events(stream), start, end), order);
        let mut bytes = 0;
        while events.len() < limit
            && bytes < MAX_PAGE_BYTES
            && let Some((key, value)) = scan.next().await?
        {
            let event = event::decode(&key, &value)?;
            bytes += event.message.len();
            events.push(event);
        }
        if order == Order::Descending {
            events.reverse();
        }
        Ok(events)
    }
}

/// At the end of a stream the token that was given comes back, so that clients see it.
fn answer(events: Vec<Event>, from: StreamToken) -> GetLogEventsOutput {
    let (StreamToken::Forward(at) | StreamToken::Backward(at)) = from;
    let resting = if at == at_time(i64::MAX) {
        Position::FIRST
    } else {
        at
    };
    let backward = events.first().map_or(resting, |event| event.position);
    let forward = events.last().map_or(resting, |event| event.position.next());
    let shown = events.into_iter().map(|event| OutputLogEvent {
        timestamp: i64::try_from(event.position.time_ms).ok(),
        message: Some(event.message),
        ingestion_time: Some(event.ingested_ms),
    });
    GetLogEventsOutput {
        events: Some(shown.collect()),
        next_forward_token: Some(StreamToken::Forward(forward).encode()),
        next_backward_token: Some(StreamToken::Backward(backward).encode()),
    }
}

fn at_time(time_ms: i64) -> Position {
    Position {
        time_ms: u64::try_from(time_ms).unwrap_or(0),
        sequence: 0,
    }
}
