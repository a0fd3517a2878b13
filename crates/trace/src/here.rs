//! The span that work runs within.

use crate::id::{TraceHeader, TraceId};
use crate::ring::Traces;
use crate::segment::{Kept, Segment, Source, Within};
use parking_lot::Mutex;
use std::fmt::Display;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

tokio::task_local! {
    static HERE: Option<Span>;
}

/// A span that has begun. It ends with [`Span::end`]; one that never ends is never told.
#[derive(Clone)]
pub struct Span {
    trace: Arc<Open>,
    within: Within,
    started: Instant,
}

/// A trace, or what one request adds to it, that is going on: its spans are kept together, and
/// reach the others when the first of them ends.
struct Open {
    traces: Arc<Traces>,
    source: Source,
    told: Mutex<Told>,
}

struct Told {
    segment: Segment,
    begun: u32,
    /// Whether the first span has ended: nobody waits for what comes later.
    is_over: bool,
    announced: Vec<u64>,
}

impl Span {
    pub(crate) fn first(traces: Arc<Traces>, source: Source) -> Span {
        let told = Told {
            segment: Segment::new(),
            begun: 1,
            is_over: false,
            announced: Vec::new(),
        };
        Span {
            trace: Arc::new(Open {
                traces,
                source,
                told: Mutex::new(told),
            }),
            within: Within {
                number: 0,
                parent: None,
            },
            started: Instant::now(),
        }
    }

    fn child(&self) -> Span {
        Span {
            trace: self.trace.clone(),
            within: self.trace.told.lock().next(self.within.number),
            started: Instant::now(),
        }
    }

    /// Adds to what is told of the span.
    pub fn note(&self, key: &'static str, value: impl Display) {
        let mut told = self.trace.told.lock();
        told.segment.note(self.within.number, Some(key), value);
    }

    /// Ends it under a name.
    pub fn end(&self, name: impl Display) {
        let mut told = self.trace.told.lock();
        let start_us = self.trace.traces.micros(self.started);
        let took_us = micros(self.started.elapsed());
        told.segment.end(self.within, name, start_us, took_us);
        told.is_over |= self.within.number == 0;
        if told.is_over || told.segment.is_full() {
            let segment = told.segment.take();
            drop(told);
            let source = self.trace.source;
            self.trace.traces.add(Kept { source, segment });
        }
    }

    /// Adds a step that is over, and what there is to tell of it.
    fn add(
        &self,
        name: &'static str,
        started: Instant,
        took: Duration,
        tell: impl FnOnce(&mut Point<'_>),
    ) {
        let mut told = self.trace.told.lock();
        let within = told.next(self.within.number);
        let start_us = self.trace.traces.micros(started);
        told.segment.end(within, name, start_us, micros(took));
        tell(&mut Point {
            segment: &mut told.segment,
            number: within.number,
        });
    }

    pub(crate) fn header(&self) -> TraceHeader {
        let source = &self.trace.source;
        let id = source.id(self.within.number);
        let mut told = self.trace.told.lock();
        if !told.announced.contains(&id) {
            told.announced.push(id);
            self.trace.traces.announce(id);
        }
        TraceHeader {
            root: source.trace_id,
            parent: Some(id),
            sampled: true,
        }
    }
}

impl Told {
    /// The place of one more span.
    fn next(&mut self, parent: u32) -> Within {
        let number = self.begun;
        self.begun = number.saturating_add(1);
        Within {
            number,
            parent: Some(parent),
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let announced = &self.told.get_mut().announced;
        if !announced.is_empty() {
            self.traces.forget(announced);
        }
    }
}

/// A step of no length, to be told of.
pub struct Point<'a> {
    segment: &'a mut Segment,
    number: u32,
}

impl Point<'_> {
    /// Adds to what is told of it.
    pub fn note(&mut self, key: &'static str, value: impl Display) {
        self.segment.note(self.number, Some(key), value);
    }
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// Does something with the span that this runs within, if it runs within one.
fn here<T>(work: impl FnOnce(&Span) -> T) -> Option<T> {
    HERE.try_with(|span| span.as_ref().map(work)).ok().flatten()
}

/// The trace that this runs within, if it runs within one.
pub fn current_root() -> Option<TraceId> {
    here(|span| span.trace.source.trace_id)
}

/// What a request made from here says of its trace.
pub fn current_header() -> Option<TraceHeader> {
    here(Span::header)
}

/// Runs work within a span, or within none.
pub fn within<F: Future>(span: Option<Span>, work: F) -> impl Future<Output = F::Output> {
    HERE.scope(span, work)
}

/// Runs work as a step of the current trace.
pub async fn span<F: Future>(name: &'static str, work: F) -> F::Output {
    let span = here(Span::child);
    let output = within(span.clone(), work).await;
    if let Some(span) = span {
        span.end(name);
    }
    output
}

/// Work that stays within the current trace when another task does it.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    within(here(Span::clone), work)
}

/// Adds to what is told of the current span.
pub fn note<D: Display>(key: &'static str, value: impl FnOnce() -> D) {
    here(|span| span.note(key, value()));
}

/// Adds lines that a program wrote to the current span.
pub fn log<'a>(lines: impl Iterator<Item = &'a str>) {
    here(|span| {
        let mut told = span.trace.told.lock();
        lines.for_each(|line| told.segment.note(span.within.number, None, line));
    });
}

/// Adds a step of no length. What it tells must not be traced itself.
pub fn mark(name: &'static str, tell: impl FnOnce(&mut Point<'_>)) {
    here(|span| span.add(name, Instant::now(), Duration::ZERO, tell));
}

/// Adds a step that is over: it took so long and ended this long ago.
pub fn took(name: &'static str, took: Duration, ago: Duration) {
    here(|span| {
        if let Some(started) = Instant::now().checked_sub(took + ago) {
            span.add(name, started, took, |_| {});
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::MAX_TEXT_BYTES;
    use base::{Clock, Entropy};

    #[tokio::test]
    async fn steps_belong_to_the_span_they_run_in() {
        let traces = Arc::new(Traces::new(Clock::system(), Entropy::seeded(1), u32::MAX));
        assert_eq!(current_root(), None);
        let untold = || -> &str { unreachable!("outside of traces nothing is told") };
        note("nobody", untold);
        let root = traces.begin().unwrap();
        within(Some(root.clone()), async {
            note("key", || "x".repeat(2 * MAX_TEXT_BYTES));
            span("step", async {
                mark("point", |point| point.note("a", 1));
                tokio::spawn(carried(async { log(["line"].into_iter()) }))
                    .await
                    .unwrap();
            })
            .await;
            took("before", Duration::from_millis(2), Duration::ZERO);
        })
        .await;
        root.end("request");
        let id = traces.recent(None)[0].id;
        let spans = traces.spans(id);
        let names: Vec<&str> = spans.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names.len(), 4);
        let find = |name: &str| spans.iter().find(|s| s.name == name).unwrap();
        assert_eq!(find("step").parent, Some(find("request").id));
        assert_eq!(find("point").parent, Some(find("step").id));
        assert_eq!(find("step").log, ["line"]);
        assert_eq!(find("point").notes, [("a", "1".to_owned())]);
        assert!(find("request").notes[0].1.len() <= MAX_TEXT_BYTES + '…'.len_utf8());
        assert_eq!(find("before").duration_us, 2_000);
    }

    #[tokio::test]
    async fn what_ends_after_its_request_is_told_as_well() {
        let traces = Arc::new(Traces::new(Clock::system(), Entropy::seeded(1), u32::MAX));
        let request = traces.begin().unwrap();
        let mut header = None;
        let late = request.child();
        within(Some(late.clone()), async {
            note("key", || "early");
            header = current_header();
        })
        .await;
        request.end("request");
        let [trace] = &traces.recent(None)[..] else {
            panic!("the request is over")
        };
        assert_eq!((trace.spans, trace.name.as_str()), (1, "request"));
        traces.join(header.unwrap()).unwrap().end("called");
        assert_eq!(traces.recent(None).len(), 1, "it is called from within");
        late.end("late");
        drop((request, late));
        let spans = traces.spans(trace.id);
        let notes: Vec<usize> = spans.iter().map(|span| span.notes.len()).collect();
        assert_eq!(notes.iter().sum::<usize>(), 1);
        assert_eq!(spans.len(), 3);
        traces.join(header.unwrap()).unwrap().end("later");
        assert_eq!(traces.recent(None).len(), 2);
    }
}
