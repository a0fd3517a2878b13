//! The recent traces.

use crate::here::Span;
use crate::id::{TraceHeader, TraceId};
use crate::record::{SpanRecord, Summary};
use crate::segment::{Kept, Source};
use base::{Clock, Entropy};
use parking_lot::Mutex;
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::sync::mpsc::Sender;

/// How much is remembered.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// How many traces a list has at most.
const LISTED: usize = 100;

/// Where spans come in.
pub struct Traces {
    clock: Clock,
    entropy: Entropy,
    /// A moment of the monotonic clock, and what the time was then.
    anchor: (Instant, i64),
    ring: Mutex<Ring>,
    /// The ids of spans that were told to others, who may send requests from within them.
    announced: Mutex<HashSet<u64>>,
    exporter: OnceLock<Sender<SpanRecord>>,
}

#[derive(Default)]
struct Ring {
    kept: VecDeque<Kept>,
    /// What they take together.
    bytes: usize,
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
            announced: Mutex::default(),
            exporter: OnceLock::new(),
        }
    }

    /// Sends every span from now on, as long as there is room. Only the first call counts.
    pub fn export_to(&self, exporter: Sender<SpanRecord>) {
        let _ = self.exporter.set(exporter);
    }

    /// The first span of a new trace.
    pub fn begin(self: &Arc<Traces>) -> Span {
        self.open(TraceId::new(self.clock.now(), &self.entropy), None)
    }

    /// A span of the trace that a request names; `None` if it is not to be recorded.
    pub fn join(self: &Arc<Traces>, header: TraceHeader) -> Option<Span> {
        let TraceHeader { root, parent, .. } = header;
        header.sampled.then(|| self.open(root, parent))
    }

    fn open(self: &Arc<Traces>, trace_id: TraceId, parent: Option<u64>) -> Span {
        let source = Source {
            trace_id,
            first_id: self.entropy.u64(),
            parent,
            is_first: parent.is_none_or(|parent| !self.announced.lock().contains(&parent)),
        };
        Span::first(self.clone(), source)
    }

    /// The spans of a trace in the order of their starts.
    pub fn spans(&self, trace_id: TraceId) -> Vec<SpanRecord> {
        let ring = self.ring.lock();
        let own = ring.kept.iter().filter(|k| k.source.trace_id == trace_id);
        let mut own: Vec<_> = own.flat_map(Kept::records).collect();
        drop(ring);
        own.sort_by_key(|span| (span.start_us, std::cmp::Reverse(span.duration_us)));
        own
    }

    /// The traces that ended last, oldest first, or those that ended after a position. A trace
    /// has ended when its first span here has.
    pub fn recent(&self, after: Option<u64>) -> Vec<Summary> {
        let ring = self.ring.lock();
        let newest_first = (0..ring.added).rev().zip(ring.kept.iter().rev());
        let new = newest_first.take_while(|(number, _)| *number >= after.unwrap_or(0));
        let begun = new.filter_map(|(number, kept)| Some((number, kept.beginning()?)));
        let mut summaries: Vec<Summary> = begun
            .take(LISTED)
            .map(|(number, first)| Summary {
                id: first.trace_id,
                name: first.name,
                start_us: first.start_us,
                duration_us: first.duration_us,
                spans: ring.spans_of(first.trace_id),
                position: number + 1,
            })
            .collect();
        summaries.reverse();
        summaries
    }

    pub(crate) fn add(&self, kept: Kept) {
        if let Some(exporter) = self.exporter.get() {
            for span in kept.records() {
                // A slow receiver loses spans; requests do not wait for it.
                let _ = exporter.try_send(span);
            }
        }
        let mut ring = self.ring.lock();
        ring.bytes += kept.bytes();
        ring.kept.push_back(kept);
        ring.added += 1;
        while ring.bytes > MAX_BYTES
            && let Some(oldest) = ring.kept.pop_front()
        {
            ring.bytes -= oldest.bytes();
        }
    }

    pub(crate) fn announce(&self, id: u64) {
        self.announced.lock().insert(id);
    }

    pub(crate) fn forget(&self, announced: &[u64]) {
        let mut ids = self.announced.lock();
        for id in announced {
            ids.remove(id);
        }
    }

    pub(crate) fn micros(&self, moment: Instant) -> i64 {
        let (anchor, anchor_us) = self.anchor;
        let since = |from: Instant, to: Instant| {
            i64::try_from(to.saturating_duration_since(from).as_micros()).unwrap_or(i64::MAX)
        };
        anchor_us + since(anchor, moment) - since(moment, anchor)
    }
}

impl Ring {
    fn spans_of(&self, trace_id: TraceId) -> usize {
        let own = self.kept.iter().filter(|k| k.source.trace_id == trace_id);
        own.map(Kept::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_is_bounded_and_lists_what_is_new() {
        let traces = Arc::new(Traces::new(Clock::system(), Entropy::seeded(1)));
        let one = {
            traces.begin().end("request");
            traces.ring.lock().bytes
        };
        let fit = MAX_BYTES / one;
        for number in 0..fit + 5 {
            traces.begin().end(format_args!("request {number}"));
        }
        assert_eq!(traces.ring.lock().kept.len(), fit);
        assert!(traces.ring.lock().bytes <= MAX_BYTES);
        let recent = traces.recent(None);
        assert_eq!(recent.len(), LISTED);
        let last = recent.last().unwrap();
        assert_eq!(last.name, format!("request {}", fit + 4));
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
        let id = traces.recent(None)[0].id.to_string();
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
