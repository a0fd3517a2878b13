//! The span that work runs within.

use crate::id::{TraceHeader, TraceId};
use crate::ring::{SpanRecord, Traces};
use parking_lot::Mutex;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

tokio::task_local! {
    static HERE: Span;
}

/// The most notes and the most log lines that a span keeps.
const MAX_ENTRIES: usize = 64;
/// The longest note or line, in bytes.
const MAX_TEXT_BYTES: usize = 1_024;

/// A span that has begun. It ends with [`Span::end`]; one that never ends is never told.
#[derive(Clone)]
pub struct Span(Arc<Open>);

struct Open {
    traces: Arc<Traces>,
    root: TraceId,
    id: u64,
    parent: Option<u64>,
    is_first: bool,
    started: Instant,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    notes: Vec<(&'static str, String)>,
    log: Vec<String>,
}

impl Span {
    pub(crate) fn begin(traces: &Arc<Traces>, root: TraceId, parent: Option<u64>) -> Span {
        let (id, is_first) = traces.opened(parent);
        Span(Arc::new(Open {
            traces: traces.clone(),
            root,
            id,
            parent,
            is_first,
            started: Instant::now(),
            told: Mutex::default(),
        }))
    }

    fn child(&self) -> Span {
        Span::begin(&self.0.traces, self.0.root.clone(), Some(self.0.id))
    }

    /// Runs work within the span.
    pub fn around<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        HERE.scope(self.clone(), work)
    }

    /// Adds to what is told of the span.
    pub fn note(&self, key: &'static str, value: impl Into<String>) {
        let mut told = self.0.told.lock();
        if told.notes.len() < MAX_ENTRIES {
            told.notes.push((key, short(value.into())));
        }
    }

    fn log(&self, line: &str) {
        let mut told = self.0.told.lock();
        if told.log.len() < MAX_ENTRIES {
            told.log.push(short(line.to_owned()));
        }
    }

    /// Ends it under a name.
    pub fn end(&self, name: impl Into<String>) {
        self.ended(name.into(), self.0.started, self.0.started.elapsed());
    }

    fn ended(&self, name: String, started: Instant, took: Duration) {
        let open = &*self.0;
        let told = std::mem::take(&mut *open.told.lock());
        open.traces.add(SpanRecord {
            trace_id: open.root.clone(),
            id: open.id,
            parent: open.parent,
            is_first: open.is_first,
            name,
            start_us: open.traces.micros(started),
            duration_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            notes: told.notes,
            log: told.log,
        });
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.traces.closed(self.id);
    }
}

fn current() -> Option<Span> {
    HERE.try_with(Span::clone).ok()
}

/// The trace that this runs within, if it runs within one.
pub fn current_root() -> Option<TraceId> {
    HERE.try_with(|span| span.0.root.clone()).ok()
}

/// What a request made from here says of its trace.
pub fn current_header() -> Option<TraceHeader> {
    let span = current()?;
    Some(TraceHeader {
        root: span.0.root.clone(),
        parent: Some(span.0.id),
        sampled: true,
    })
}

/// Runs work as a step of the current trace.
pub async fn span<F: Future>(name: &'static str, work: F) -> F::Output {
    let Some(parent) = current() else {
        return work.await;
    };
    let span = parent.child();
    let output = span.around(work).await;
    span.end(name);
    output
}

/// Work that stays within the current trace when another task does it.
pub fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let span = current();
    async move {
        match span {
            Some(span) => span.around(work).await,
            None => work.await,
        }
    }
}

/// Adds to what is told of the current span.
pub fn note(key: &'static str, value: impl FnOnce() -> String) {
    let _ = HERE.try_with(|span| span.note(key, value()));
}

/// Adds lines that a program wrote to the current span.
pub fn log<'a>(lines: impl Iterator<Item = &'a str>) {
    let _ = HERE.try_with(|span| lines.for_each(|line| span.log(line)));
}

/// Adds a step of no length.
pub fn mark<const N: usize>(
    name: &'static str,
    notes: impl FnOnce() -> [(&'static str, String); N],
) {
    let Some(parent) = current() else { return };
    let span = parent.child();
    for (key, value) in notes() {
        span.note(key, value);
    }
    span.end(name);
}

/// Adds a step that is over: it took so long and ended this long ago.
pub fn took(name: &'static str, took: Duration, ago: Duration) {
    let Some(parent) = current() else { return };
    let started = Instant::now().checked_sub(took + ago);
    if let Some(started) = started {
        parent.child().ended(name.to_owned(), started, took);
    }
}

/// The text, cut at a character if it is long.
fn short(mut text: String) -> String {
    if text.len() > MAX_TEXT_BYTES {
        let ends = (0..=MAX_TEXT_BYTES).rev();
        let end = ends.into_iter().find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::{Clock, Entropy};

    #[tokio::test]
    async fn steps_belong_to_the_span_they_run_in() {
        let traces = Arc::new(Traces::new(Clock::system(), Entropy::seeded(1)));
        assert_eq!(current_root(), None);
        note("nobody", || {
            unreachable!("outside of traces nothing is told")
        });
        let root = traces.begin();
        root.around(async {
            note("key", || "x".repeat(2 * MAX_TEXT_BYTES));
            span("step", async {
                mark("point", || [("a", "1".to_owned())]);
                tokio::spawn(carried(async { log(["line"].into_iter()) }))
                    .await
                    .unwrap();
            })
            .await;
            took("before", Duration::from_millis(2), Duration::ZERO);
        })
        .await;
        root.end("request");
        let id = traces.recent(None)[0].id.clone();
        let spans = traces.spans(&id);
        let names: Vec<&str> = spans.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names.len(), 4);
        let find = |name: &str| spans.iter().find(|s| s.name == name).unwrap();
        assert_eq!(find("step").parent, Some(find("request").id));
        assert_eq!(find("point").parent, Some(find("step").id));
        assert_eq!(find("step").log, ["line"]);
        assert!(find("request").notes[0].1.len() <= MAX_TEXT_BYTES + '…'.len_utf8());
        assert_eq!(find("before").duration_us, 2_000);
    }
}
