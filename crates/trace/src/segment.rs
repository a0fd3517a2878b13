//! What is told of a trace, as it is kept: three blocks of memory, whatever their number of steps
//! and notes. It becomes records when someone looks.

use crate::id::TraceId;
use crate::record::SpanRecord;
use std::fmt::{self, Display, Write};

/// The most notes, and the most log lines, that a step keeps.
const MAX_ENTRIES: usize = 64;
/// The longest name, note or line, in bytes.
pub(crate) const MAX_TEXT_BYTES: usize = 1_024;
/// Steps that wait for their trace's end.
const MAX_STEPS: usize = 128;
/// What most traces of one call need.
const USUAL: (usize, usize, usize) = (4, 12, 512);

/// Steps that are over, and what was noted of steps.
pub(crate) struct Segment {
    steps: Vec<Step>,
    entries: Vec<Entry>,
    text: String,
}

struct Step {
    number: u32,
    /// The number of the step that it is within; the first is within none of the trace's.
    parent: Option<u32>,
    name: Place,
    start_us: i64,
    duration_us: u64,
}

struct Entry {
    step: u32,
    /// A log line has none.
    key: Option<&'static str>,
    value: Place,
}

/// Where something stands in the text.
#[derive(Clone, Copy)]
struct Place {
    start: u32,
    end: u32,
}

/// A step's place in its trace.
#[derive(Clone, Copy)]
pub(crate) struct Within {
    pub number: u32,
    pub parent: Option<u32>,
}

impl Segment {
    pub(crate) fn new() -> Segment {
        let (steps, entries, text_bytes) = USUAL;
        Segment {
            steps: Vec::with_capacity(steps),
            entries: Vec::with_capacity(entries),
            text: String::with_capacity(text_bytes),
        }
    }

    /// Adds to what is told of a step.
    pub(crate) fn note(&mut self, step: u32, key: Option<&'static str>, value: impl Display) {
        let alike = |entry: &&Entry| entry.step == step && entry.key.is_some() == key.is_some();
        if self.entries.iter().filter(alike).count() < MAX_ENTRIES {
            let value = self.write(value);
            self.entries.push(Entry { step, key, value });
        }
    }

    /// Adds a step that is over.
    pub(crate) fn end(
        &mut self,
        within: Within,
        name: impl Display,
        start_us: i64,
        duration_us: u64,
    ) {
        let name = self.write(name);
        self.steps.push(Step {
            number: within.number,
            parent: within.parent,
            name,
            start_us,
            duration_us,
        });
    }

    pub(crate) fn is_full(&self) -> bool {
        self.steps.len() >= MAX_STEPS
    }

    /// Takes all steps out, and leaves what was noted of those that go on.
    pub(crate) fn take(&mut self) -> Segment {
        let taken = std::mem::replace(self, Segment::EMPTY);
        for entry in &taken.entries {
            if taken.steps.iter().all(|step| step.number != entry.step) {
                self.note(entry.step, entry.key, taken.at(entry.value));
            }
        }
        taken
    }

    const EMPTY: Segment = Segment {
        steps: Vec::new(),
        entries: Vec::new(),
        text: String::new(),
    };

    fn write(&mut self, value: impl Display) -> Place {
        let start = self.text.len();
        let mut bounded = Bounded {
            text: &mut self.text,
            left: MAX_TEXT_BYTES,
        };
        // It fails when nothing more fits, which is what is wanted.
        let _ = write!(bounded, "{value}");
        let offset = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Place {
            start: offset(start),
            end: offset(self.text.len()),
        }
    }

    fn at(&self, place: Place) -> &str {
        let offset = |at| usize::try_from(at).unwrap_or(usize::MAX);
        let range = offset(place.start)..offset(place.end);
        self.text.get(range).unwrap_or_default()
    }

    fn bytes(&self) -> usize {
        self.text.capacity()
            + self.steps.capacity() * size_of::<Step>()
            + self.entries.capacity() * size_of::<Entry>()
    }
}

/// Text that ends with an ellipsis when it becomes too long.
struct Bounded<'a> {
    text: &'a mut String,
    /// In bytes.
    left: usize,
}

impl Write for Bounded<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let (fits, rest) = more.split_at(floor(more, self.left));
        self.text.push_str(fits);
        self.left -= fits.len();
        if rest.is_empty() {
            return Ok(());
        }
        self.text.push('…');
        self.left = 0;
        Err(fmt::Error)
    }
}

/// The last place up to `end` that is between two characters.
fn floor(text: &str, end: usize) -> usize {
    let mut ends = (0..=end.min(text.len())).rev();
    let end = ends.find(|end| text.is_char_boundary(*end));
    end.unwrap_or_default()
}

/// What all steps of a trace that came in as one request have in common.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    pub trace_id: TraceId,
    /// The id of the first step; those of the others follow it.
    pub first_id: u64,
    /// The span that the first step is within.
    pub parent: Option<u64>,
    /// Whether that is none of this server's.
    pub is_first: bool,
}

impl Source {
    pub(crate) fn id(&self, number: u32) -> u64 {
        self.first_id.wrapping_add(u64::from(number))
    }
}

/// Steps of a trace that are over.
pub(crate) struct Kept {
    pub(crate) source: Source,
    pub(crate) segment: Segment,
}

impl Kept {
    /// How much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Kept>() + self.segment.bytes()
    }

    pub(crate) fn len(&self) -> usize {
        self.segment.steps.len()
    }

    /// Whether the step that a trace began with here is among these.
    pub(crate) fn has_beginning(&self) -> bool {
        self.first().is_some()
    }

    /// The step that a trace began with here, if it is among these.
    pub(crate) fn beginning(&self) -> Option<SpanRecord> {
        Some(self.record(self.first()?))
    }

    fn first(&self) -> Option<&Step> {
        let mut steps = self.segment.steps.iter();
        steps.find(|step| self.source.is_first && step.number == 0)
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = SpanRecord> {
        self.segment.steps.iter().map(|step| self.record(step))
    }

    fn record(&self, step: &Step) -> SpanRecord {
        let Kept { source, segment } = self;
        let mut record = SpanRecord {
            trace_id: source.trace_id,
            id: source.id(step.number),
            parent: match step.parent {
                Some(number) => Some(source.id(number)),
                None => source.parent,
            },
            name: segment.at(step.name).to_owned(),
            start_us: step.start_us,
            duration_us: step.duration_us,
            notes: Vec::new(),
            log: Vec::new(),
        };
        for entry in segment.entries.iter().filter(|e| e.step == step.number) {
            let value = segment.at(entry.value).to_owned();
            match entry.key {
                Some(key) => record.notes.push((key, value)),
                None => record.log.push(value),
            }
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_keeps_its_notes() {
        let mut segment = Segment::new();
        segment.note(0, Some("early"), 1);
        segment.note(1, Some("key"), "x".repeat(MAX_TEXT_BYTES + 1));
        for _ in 0..=MAX_ENTRIES {
            segment.note(1, None, "line");
        }
        let place = |number, parent| Within { number, parent };
        segment.end(place(1, Some(0)), "step", 5, 2);
        let source = Source {
            trace_id: TraceId::parse("1-5759e988-bd862e3fe1be46a994272793").unwrap(),
            first_id: u64::MAX,
            parent: Some(7),
            is_first: true,
        };
        let kept = |segment| Kept { source, segment };
        let step = kept(segment.take());
        assert!(step.beginning().is_none());
        let records: Vec<_> = step.records().collect();
        assert_eq!((records.len(), records[0].id), (1, 0));
        assert_eq!(records[0].parent, Some(u64::MAX));
        assert_eq!(records[0].log.len(), MAX_ENTRIES);
        let cut = format!("{}…", "x".repeat(MAX_TEXT_BYTES));
        assert_eq!(records[0].notes, [("key", cut)]);

        segment.end(place(0, None), "request", 0, 9);
        let beginning = kept(segment.take()).beginning().unwrap();
        assert_eq!(beginning.notes, [("early", "1".to_owned())]);
        assert_eq!((beginning.parent, beginning.duration_us), (Some(7), 9));
    }
}
