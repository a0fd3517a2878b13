//! The recent traces.
//!
//! They are kept in several rings, so that the threads that serve requests do not wait for each
//! other, nor fetch and free each other's memory, which costs more than all else about a trace.

use crate::here::{Span, micros};
use crate::id::{TraceHeader, TraceId};
use crate::pace::Pace;
use crate::record::{SpanRecord, Summary};
use crate::segment::{Kept, Source};
use base::{Clock, Entropy};
use parking_lot::{Mutex, MutexGuard};
use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;
use std::time::Instant;
use tokio::sync::mpsc::Sender;

/// How much is remembered, in all rings together.
const MAX_BYTES: usize = 8 * 1024 * 1024;
/// The most rings.
const MAX_RINGS: usize = 8;
/// How many traces a list has at most.
const LISTED: usize = 100;

/// Where spans come in.
pub struct Traces {
    clock: Clock,
    entropy: Entropy,
    /// A moment of the monotonic clock, and what the time was then.
    anchor: (Instant, i64),
    pace: Pace,
    /// Each thread adds to one of them.
    rings: Box<[Ring]>,
    /// How many segments were ever added.
    added: AtomicU64,
    /// The ids of spans that were told to others, who may send requests from within them.
    announced: Mutex<HashSet<u64>>,
    exporter: OnceLock<Sender<SpanRecord>>,
}

/// What was added by some of the threads, and by these alone.
#[derive(Default)]
#[repr(align(128))]
struct Ring(Mutex<Segments>);

#[derive(Default)]
struct Segments {
    /// With the number of each among all that were ever added.
    kept: VecDeque<(u64, Kept)>,
    /// What they take together.
    bytes: usize,
}

thread_local! {
    /// Which of the rings is this thread's, if there were as many as one likes.
    static PLACE: usize = {
        static THREADS: AtomicUsize = AtomicUsize::new(0);
        THREADS.fetch_add(1, Ordering::Relaxed)
    };
}

impl Traces {
    /// At most `per_second` traces begin in a second; what belongs to a trace that has begun is
    /// always added to it.
    pub fn new(clock: Clock, entropy: Entropy, per_second: u32) -> Traces {
        let now_us = clock.now().as_millis().saturating_mul(1_000);
        let rings = 0..available_parallelism().map_or(1, |n| n.get().min(MAX_RINGS));
        Traces {
            clock,
            entropy,
            anchor: (Instant::now(), now_us),
            pace: Pace::per_second(per_second),
            rings: rings.map(|_| Ring::default()).collect(),
            added: AtomicU64::new(0),
            announced: Mutex::default(),
            exporter: OnceLock::new(),
        }
    }

    /// Sends every span from now on, as long as there is room. Only the first call counts.
    pub fn export_to(&self, exporter: Sender<SpanRecord>) {
        let _ = self.exporter.set(exporter);
    }

    /// The first span of a new trace; `None` if too many have begun.
    pub fn begin(self: &Arc<Traces>) -> Option<Span> {
        let id = || TraceId::new(self.clock.now(), &self.entropy);
        self.is_due().then(|| self.open(id(), None, true))
    }

    /// A span of the trace that a request names; `None` if it is not to be recorded.
    pub fn join(self: &Arc<Traces>, header: TraceHeader) -> Option<Span> {
        let TraceHeader { root, parent, .. } = header;
        let is_ours = |id: u64| self.announced.lock().contains(&id);
        let is_first = header.sampled && !parent.is_some_and(is_ours);
        let is_recorded = header.sampled && (!is_first || self.is_due());
        is_recorded.then(|| self.open(root, parent, is_first))
    }

    fn is_due(&self) -> bool {
        let (anchor, _) = self.anchor;
        self.pace.admits(micros(anchor.elapsed()))
    }

    fn open(self: &Arc<Traces>, trace_id: TraceId, parent: Option<u64>, is_first: bool) -> Span {
        let source = Source {
            trace_id,
            first_id: self.entropy.u64(),
            parent,
            is_first,
        };
        Span::first(self.clone(), source)
    }

    /// The spans of a trace in the order of their starts.
    pub fn spans(&self, trace_id: TraceId) -> Vec<SpanRecord> {
        let rings = self.look();
        let kept = rings.iter().flat_map(|ring| &ring.kept);
        let own = kept.filter(|(_, kept)| kept.source.trace_id == trace_id);
        let mut own: Vec<_> = own.flat_map(|(_, kept)| kept.records()).collect();
        drop(rings);
        own.sort_by_key(|span| (span.start_us, std::cmp::Reverse(span.duration_us)));
        own
    }

    /// The traces that ended last, oldest first, or those that ended after a position. A trace
    /// has ended when its first span here has.
    pub fn recent(&self, after: Option<u64>) -> Vec<Summary> {
        let rings = self.look();
        let kept = rings.iter().flat_map(|ring| &ring.kept);
        let new = kept.filter(|(number, _)| *number >= after.unwrap_or(0));
        let mut begun: Vec<_> = new.filter(|(_, kept)| kept.has_beginning()).collect();
        begun.sort_by_key(|(number, _)| *number);
        begun.drain(..begun.len().saturating_sub(LISTED));
        let summaries = begun.into_iter().filter_map(|(number, kept)| {
            let first = kept.beginning()?;
            Some(Summary {
                id: first.trace_id,
                name: first.name,
                start_us: first.start_us,
                duration_us: first.duration_us,
                spans: count_spans(&rings, first.trace_id),
                position: number + 1,
            })
        });
        summaries.collect()
    }

    pub(crate) fn add(&self, kept: Kept) {
        if let Some(exporter) = self.exporter.get() {
            for span in kept.records() {
                // A slow receiver loses spans; requests do not wait for it.
                let _ = exporter.try_send(span);
            }
        }
        let place = PLACE.with(|place| place % self.rings.len());
        let Some(Ring(ring)) = self.rings.get(place) else {
            return;
        };
        let mut ring = ring.lock();
        // Under the lock, so that whoever looks sees all up to a number.
        let number = self.added.fetch_add(1, Ordering::Relaxed);
        ring.bytes += kept.bytes();
        ring.kept.push_back((number, kept));
        while ring.bytes > MAX_BYTES / self.rings.len()
            && let Some((_, oldest)) = ring.kept.pop_front()
        {
            ring.bytes -= oldest.bytes();
        }
    }

    /// All rings at one moment.
    fn look(&self) -> Vec<MutexGuard<'_, Segments>> {
        self.rings.iter().map(|Ring(ring)| ring.lock()).collect()
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

fn count_spans(rings: &[MutexGuard<'_, Segments>], trace_id: TraceId) -> usize {
    let kept = rings.iter().flat_map(|ring| &ring.kept);
    let own = kept.filter(|(_, kept)| kept.source.trace_id == trace_id);
    own.map(|(_, kept)| kept.len()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ring_is_bounded_and_lists_what_is_new() {
        let traces = Arc::new(Traces::new(Clock::system(), Entropy::seeded(1), u32::MAX));
        let one = {
            traces.begin().unwrap().end("request");
            traces.look().iter().map(|ring| ring.bytes).sum::<usize>()
        };
        let fit = MAX_BYTES / traces.rings.len() / one;
        for number in 0..fit + 5 {
            traces
                .begin()
                .unwrap()
                .end(format_args!("request {number}"));
        }
        let kept: usize = traces.look().iter().map(|ring| ring.kept.len()).sum();
        assert_eq!(kept, fit);
        let recent = traces.recent(None);
        assert_eq!(recent.len(), LISTED);
        let last = recent.last().unwrap();
        assert_eq!(last.name, format!("request {}", fit + 4));
        assert!(traces.recent(Some(last.position)).is_empty());
        traces.begin().unwrap().end("later");
        assert_eq!(traces.recent(Some(last.position)).len(), 1);
        let header = TraceHeader {
            root: TraceId::new(Clock::system().now(), &Entropy::seeded(2)),
            parent: Some(7),
            sampled: false,
        };
        assert!(traces.join(header).is_none());
    }

    #[test]
    fn what_belongs_to_a_trace_is_told_at_any_pace() {
        let traces = Arc::new(Traces::new(Clock::system(), Entropy::seeded(1), 1));
        let first = traces.begin().unwrap();
        assert!(traces.begin().is_none());
        let called = first.header();
        assert!(traces.join(called).is_some());
        let of_others = TraceHeader {
            parent: Some(7),
            ..called
        };
        assert!(traces.join(of_others).is_none());
    }

    #[test]
    fn what_threads_add_is_listed_in_one_order() {
        let traces = Arc::new(Traces::new(Clock::system(), Entropy::seeded(1), u32::MAX));
        for number in 0..6 {
            let traces = traces.clone();
            let one = move || {
                traces
                    .begin()
                    .unwrap()
                    .end(format_args!("request {number}"))
            };
            std::thread::spawn(one).join().unwrap();
        }
        let recent = traces.recent(Some(2));
        let names: Vec<&str> = recent.iter().map(|trace| &*trace.name).collect();
        assert_eq!(names, ["request 2", "request 3", "request 4", "request 5"]);
        assert_eq!(recent[3].position, 6);
    }

    #[test]
    fn spans_as_json() {
        let traces = Arc::new(Traces::new(Clock::system(), Entropy::seeded(1), u32::MAX));
        let span = traces.begin().unwrap();
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
