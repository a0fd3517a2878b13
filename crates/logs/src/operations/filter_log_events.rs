//! FilterLogEvents: the streams of a group merged by time.

use super::group_meant;
use crate::event::{self, Event, Position};
use crate::filter::Filter;
use crate::page::MergeToken;
use crate::record::{GroupPath, stream_name};
use crate::{Logs, LogsError, on_group};
use kv::{Order, Scan, Snapshot};
use service::{Caller, Operate, Permit, Requirement};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use wire::logs::{FilterLogEventsInput, FilterLogEventsOutput, FilteredLogEvent};

const MAX_EVENTS: usize = 10_000;
const MAX_PAGE_BYTES: usize = 1_048_576;

impl Operate<Logs> for FilterLogEventsInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let (name, identifier) = (&self.log_group_name, &self.log_group_identifier);
        let group = group_meant(name.as_ref(), identifier.as_ref(), caller)?;
        Ok(on_group("logs:FilterLogEvents", caller, &group))
    }

    async fn operate(
        self,
        logs: &Logs,
        permit: &Permit,
    ) -> Result<FilterLogEventsOutput, LogsError> {
        let caller = permit.caller();
        let (name, identifier) = (&self.log_group_name, &self.log_group_identifier);
        let group = group_meant(name.as_ref(), identifier.as_ref(), caller)?;
        let path = GroupPath {
            caller,
            group: &group,
        };
        let filter = Filter::parse(self.filter_pattern.as_deref().unwrap_or_default())?;
        let after = self
            .next_token
            .as_deref()
            .map(MergeToken::decode)
            .transpose()?;
        let limit = self
            .limit
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(MAX_EVENTS);
        let snapshot = logs.store.snapshot();
        let horizon = path.read(&snapshot).await?.horizon(logs.clock.now());
        let names = self.streams(&snapshot, path).await?;
        let start = self.start_time.unwrap_or(0).max(horizon);
        let from = after.as_ref().map_or(0, |after| after.time_ms);
        let range = (
            u64::try_from(start).unwrap_or(0).max(from),
            end_of(self.end_time),
        );
        let mut merge = Merge::open(&snapshot, path, names, range).await?;
        let mut page = Page::default();
        let mut next_token = None;
        while let Some(found) = merge.next().await? {
            let at = found.token();
            if after.as_ref().is_some_and(|after| at <= *after)
                || !filter.matches(&found.event.message)
            {
                continue;
            }
            if page.is_full(limit) {
                next_token = page.last.as_ref().map(MergeToken::encode);
                break;
            }
            page.push(found, at);
        }
        Ok(FilterLogEventsOutput {
            events: Some(page.events),
            searched_log_streams: Some(Vec::new()),
            next_token,
        })
    }
}

/// AWS's end time is inclusive; ours is the first time that is not wanted.
fn end_of(end_time: Option<i64>) -> u64 {
    end_time.map_or(u64::MAX, |end| {
        u64::try_from(end).map_or(0, |end| end.saturating_add(1))
    })
}

/// Which streams are searched.
trait Searched {
    async fn streams(
        &self,
        snapshot: &Snapshot,
        path: GroupPath<'_>,
    ) -> Result<Vec<String>, LogsError>;
}

impl Searched for FilterLogEventsInput {
    async fn streams(
        &self,
        snapshot: &Snapshot,
        path: GroupPath<'_>,
    ) -> Result<Vec<String>, LogsError> {
        if let Some(names) = self
            .log_stream_names
            .as_ref()
            .filter(|names| !names.is_empty())
        {
            if self.log_stream_name_prefix.is_some() {
                return Err(LogsError::invalid(
                    "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
                ));
            }
            for name in names {
                if snapshot.get(&path.stream_key(name)).await?.is_none() {
                    return Err(LogsError::NoSuchStream);
                }
            }
            return Ok(names.clone());
        }
        let prefix = self.log_stream_name_prefix.as_deref().unwrap_or_default();
        let mut scan = snapshot.scan(path.streams_range(prefix), Order::Ascending);
        let mut names = Vec::new();
        while let Some((key, _)) = scan.next().await? {
            names.push(stream_name(&key)?);
        }
        Ok(names)
    }
}

/// An event with its stream.
struct Found {
    stream: String,
    event: Event,
}

impl Found {
    fn token(&self) -> MergeToken {
        let Position { time_ms, sequence } = self.event.position;
        MergeToken {
            time_ms,
            stream: self.stream.clone(),
            sequence,
        }
    }
}

/// One stream being read, and the head of what is left of it.
struct Source {
    name: String,
    scan: Scan,
}

/// The order of a merge: by time, then stream, then number; and where the event waits.
type Head = Reverse<(MergeToken, usize)>;

/// Streams merged by the time of their events, one event of each in memory.
struct Merge {
    sources: Vec<Source>,
    waiting: Vec<Option<Event>>,
    heads: BinaryHeap<Head>,
}

impl Merge {
    async fn open(
        snapshot: &Snapshot,
        path: GroupPath<'_>,
        streams: Vec<String>,
        (start_ms, end_ms): (u64, u64),
    ) -> Result<Merge, LogsError> {
        let at = |time_ms| Position {
            time_ms,
            sequence: 0,
        };
        let mut merge = Merge {
            sources: Vec::new(),
            waiting: Vec::new(),
            heads: BinaryHeap::new(),
        };
        if start_ms >= end_ms {
            return Ok(merge);
        }
        for (index, name) in streams.into_iter().enumerate() {
            let range = event::range(&path.events(&name), at(start_ms), at(end_ms));
            merge.sources.push(Source {
                name,
                scan: snapshot.scan(range, Order::Ascending),
            });
            merge.waiting.push(None);
            merge.refill(index).await?;
        }
        Ok(merge)
    }

    async fn refill(&mut self, index: usize) -> Result<(), LogsError> {
        let Some(source) = self.sources.get_mut(index) else {
            return Ok(());
        };
        let Some((key, value)) = source.scan.next().await? else {
            return Ok(());
        };
        let event = event::decode(&key, &value)?;
        let found = Found {
            stream: source.name.clone(),
            event,
        };
        self.heads.push(Reverse((found.token(), index)));
        if let Some(slot) = self.waiting.get_mut(index) {
            *slot = Some(found.event);
        }
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Found>, LogsError> {
        let Some(Reverse((token, index))) = self.heads.pop() else {
            return Ok(None);
        };
        let event = self.waiting.get_mut(index).and_then(Option::take);
        self.refill(index).await?;
        Ok(event.map(|event| Found {
            stream: token.stream,
            event,
        }))
    }
}

#[derive(Default)]
struct Page {
    events: Vec<FilteredLogEvent>,
    bytes: usize,
    last: Option<MergeToken>,
}

impl Page {
    fn is_full(&self, limit: usize) -> bool {
        self.events.len() >= limit || self.bytes >= MAX_PAGE_BYTES
    }

    fn push(&mut self, found: Found, at: MergeToken) {
        let Found { stream, event } = found;
        let id = event.position.id(&stream);
        self.bytes += event.message.len();
        self.events.push(FilteredLogEvent {
            event_id: Some(id),
            log_stream_name: Some(stream),
            timestamp: i64::try_from(at.time_ms).ok(),
            message: Some(event.message),
            ingestion_time: Some(event.ingested_ms),
        });
        self.last = Some(at);
    }
}
