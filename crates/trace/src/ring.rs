//! The recent spans.

use crate::here::Span;
use crate::id::{TraceHeader, TraceId};
use base::{Clock, Entropy};
use parking_lot::Mutex;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::sync::mpsc::Sender;

/// How many spans are remembered.
const REMEMBERED: usize = 10_000;
/// How many traces a list has at most.
const LISTED: usize = 100;

/// A step of a trace that has ended.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SpanRecord {
    #[serde(skip)]
    pub trace_id: TraceId,
    #[serde(serialize_with = "digits")]
    pub id: u64,
    #[serde(serialize_with = "maybe_digits")]
    pub parent: Option<u64>,
    /// Whether it did not begin within another span of this server.
    #[serde(skip)]
    pub is_first: bool,
    pub name: String,
    /// Since the epoch.
    pub start_us: i64,
    pub duration_us: u64,
    #[serde(serialize_with = "pairs")]
    pub notes: Vec<(&'static str, String)>,
    pub log: Vec<String>,
}

/// A trace in a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub id: String,
    /// Of the first step.
    pub name: String,
    pub start_us: i64,
    pub duration_us: u64,
    pub spans: usize,
    /// What to ask for to get what ended later.
    pub position: u64,
}

/// Where spans come in.
pub struct Traces {
    clock: Clock,
    entropy: Entropy,
    /// A moment of the monotonic clock, and what the time was then.
    anchor: (Instant, i64),
    ring: Mutex<Ring>,
    /// The ids of the spans that have not ended.
    open: Mutex<HashSet<u64>>,
    exporter: OnceLock<Sender<Arc<SpanRecord>>>,
}

#[derive(Default)]
struct Ring {
    spans: VecDeque<Arc<SpanRecord>>,
    /// How many were ever added.
    added: u64,
}

impl Traces {
    pub fn new(clock: Clock, entropy: Entropy) -> Traces {
        let now_us = clock.now().as_millis().saturating_mul(1_000);
        Traces {
            clock,
            entropy,
            anchor: (Instant::now(), now_us),
            ring: Mutex::default(),
            open: Mutex::default(),
            exporter: OnceLock::new(),
        }
    }

    /// Sends every span from now on, as long as there is room. Only the first call counts.
    pub fn export_to(&self, exporter: Sender<Arc<SpanRecord>>) {
        let _ = self.exporter.set(exporter);
    }

    /// The first span of a new trace.
    pub fn begin(self: &Arc<Traces>) -> Span {
        Span::begin(self, TraceId::new(self.clock.now(), &self.entropy), None)
    }

    /// A span of the trace that a request names; `None` if it is not to be recorded.
    pub fn join(self: &Arc<Traces>, header: TraceHeader) -> Option<Span> {
        header
            .sampled
            .then(|| Span::begin(self, header.root, header.parent))
    }

    /// The spans of a trace in the order of their starts.
    pub fn spans(&self, trace_id: &str) -> Vec<Arc<SpanRecord>> {
        let ring = self.ring.lock();
        let own = ring
            .spans
            .iter()
            .filter(|s| s.trace_id.as_str() == trace_id);
        let mut own: Vec<_> = own.cloned().collect();
        drop(ring);
        own.sort_by_key(|span| (span.start_us, std::cmp::Reverse(span.duration_us)));
        own
    }

    /// The traces that ended last, oldest first, or those that ended after a position. A trace
    /// has ended when its first span here has.
    pub fn recent(&self, after: Option<u64>) -> Vec<Summary> {
        let ring = self.ring.lock();
        let newest_first = (0..ring.added).rev().zip(ring.spans.iter().rev());
        let new = newest_first.take_while(|(number, _)| *number >= after.unwrap_or(0));
        let roots = new.filter(|(_, span)| span.is_first).take(LISTED);
        let mut summaries: Vec<Summary> = roots
            .map(|(number, root)| Summary {
                id: root.trace_id.to_string(),
                name: root.name.clone(),
                start_us: root.start_us,
                duration_us: root.duration_us,
                spans: of_trace(&ring.spans, &root.trace_id),
                position: number + 1,
            })
            .collect();
        summaries.reverse();
        summaries
    }

    pub(crate) fn add(&self, span: SpanRecord) {
        let span = Arc::new(span);
        if let Some(exporter) = self.exporter.get() {
            // A slow receiver loses spans; requests do not wait for it.
            let _ = exporter.try_send(span.clone());
        }
        let mut ring = self.ring.lock();
        if ring.spans.len() == REMEMBERED {
            ring.spans.pop_front();
        }
        ring.spans.push_back(span);
        ring.added += 1;
    }

    /// The id of a new span, and whether its parent, if it has one, is none of ours.
    pub(crate) fn opened(&self, parent: Option<u64>) -> (u64, bool) {
        let id = self.entropy.u64();
        let mut open = self.open.lock();
        open.insert(id);
        (id, parent.is_none_or(|parent| !open.contains(&parent)))
    }

    pub(crate) fn closed(&self, id: u64) {
        self.open.lock().remove(&id);
    }

    pub(crate) fn micros(&self, moment: Instant) -> i64 {
        let (anchor, anchor_us) = self.anchor;
        let since = |from: Instant, to: Instant| {
            i64::try_from(to.saturating_duration_since(from).as_micros()).unwrap_or(i64::MAX)
        };
        anchor_us + since(anchor, moment) - since(moment, anchor)
    }
}

fn of_trace(spans: &VecDeque<Arc<SpanRecord>>, trace_id: &TraceId) -> usize {
    spans.iter().filter(|s| s.trace_id == *trace_id).count()
}

fn digits<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{id:016x}"))
}

fn maybe_digits<S: Serializer>(id: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match id {
        Some(id) => digits(id, serializer),
        None => serializer.serialize_none(),
    }
}

fn pairs<S: Serializer>(
    pairs: &[(&'static str, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (key, value) in pairs {
        map.serialize_entry(key, value)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_is_bounded_and_lists_what_is_new() {
        let traces = Arc::new(Traces::new(Clock::system(), Entropy::seeded(1)));
        for number in 0..REMEMBERED + 5 {
            traces.begin().end(format!("request {number}"));
        }
        assert_eq!(traces.ring.lock().spans.len(), REMEMBERED);
        let recent = traces.recent(None);
        assert_eq!(recent.len(), LISTED);
        let last = recent.last().unwrap();
        assert_eq!(last.name, format!("request {}", REMEMBERED + 4));
        assert!(traces.recent(Some(last.position)).is_empty());
        traces.begin().end("later");
        assert_eq!(traces.recent(Some(last.position)).len(), 1);
        let header = TraceHeader {
            root: TraceId::new(Clock::system().now(), &Entropy::seeded(2)),
            parent: Some(7),
            sampled: false,
        };
        assert!(traces.join(header).is_none());
    }

    #[test]
    fn spans_as_json() {
        let traces = Arc::new(Traces::new(Clock::system(), Entropy::seeded(1)));
        let span = traces.begin();
        span.note("status", "200");
        span.end("request");
        let id = traces.recent(None)[0].id.clone();
        let report = traces.report(&id, "").unwrap();
        let json: serde_json::Value = serde_json::from_str(&report).unwrap();
        let span = &json["spans"][0];
        assert_eq!(span["notes"]["status"], "200");
        assert_eq!(span["id"].as_str().unwrap().len(), 16);
        assert!(span["parent"].is_null());
        assert_eq!(traces.report("last", ""), Some(report));
        assert_eq!(traces.report("1-2-3", ""), None);
        let list: serde_json::Value =
            serde_json::from_str(&traces.report("", "after=0").unwrap()).unwrap();
        assert_eq!(
            (list["traces"][0]["id"].as_str(), list["position"].as_u64()),
            (Some(&*id), Some(1))
        );
    }
}
