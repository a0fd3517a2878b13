//! Lines inside brackets that YAML's grammar wants further to the right.
//!
//! The grammar has every line of a flow collection stand deeper than the block around it. PyYAML
//! does not ask for that, and templates are written by what it takes:
//!
//! ```text
//!   Statement: [{
//!     Effect: Allow
//!   }]
//! ```
//!
//! Such a line is moved to the right for the parser, and its places back for the reader.

use super::{MAX_TEXT_BYTES, Mark};
use saphyr_parser::Marker;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What the parser says of a line inside brackets, and only there, that stands too far left.
const TOO_FAR_LEFT: [&str; 2] = [
    "invalid indentation",
    "invalid indentation in flow construct",
];
/// How many bytes may be read again in all: every moved line costs another reading.
const MAX_READ_AGAIN: usize = 64 * MAX_TEXT_BYTES;
const MAX_SHIFTED: usize = 2_000;

/// A text and the lines of it that have been moved.
pub(super) struct Layout<'t> {
    original: &'t str,
    /// Numbers of lines, from one.
    shifted: BTreeSet<usize>,
    /// How far lines are moved: beyond every block of the text.
    by: usize,
}

impl<'t> Layout<'t> {
    pub fn new(original: &'t str) -> Layout<'t> {
        let start = |line: &str| line.chars().take_while(|c| matches!(c, ' ' | '-')).count();
        let deepest = original.lines().map(start).max().unwrap_or_default();
        Layout {
            original,
            shifted: BTreeSet::new(),
            by: deepest + 1,
        }
    }

    /// The text for the parser.
    pub fn text(&self) -> Cow<'t, str> {
        if self.shifted.is_empty() {
            return Cow::Borrowed(self.original);
        }
        let indent = " ".repeat(self.by);
        let mut text = String::with_capacity(self.original.len());
        for (line, number) in self.original.split_inclusive('\n').zip(1..) {
            if self.shifted.contains(&number) {
                text.push_str(&indent);
            }
            text.push_str(line);
        }
        Cow::Owned(text)
    }

    /// Whether moving this line may help against what the parser says of it.
    pub fn may_shift(&self, line: usize, message: &str) -> bool {
        let readings = self.shifted.len() + 1;
        TOO_FAR_LEFT.contains(&message)
            && !self.shifted.contains(&line)
            && readings <= MAX_SHIFTED
            && readings.saturating_mul(self.original.len()) <= MAX_READ_AGAIN
    }

    pub fn shift(&mut self, line: usize) {
        self.shifted.insert(line);
    }

    /// A place of the parser's text in the text as it was written.
    pub fn mark(&self, marker: &Marker) -> Mark {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let moved = if self.shifted.contains(&marker.line()) {
            self.by
        } else {
            0
        };
        Mark {
            line: count(marker.line()),
            column: count(marker.col().saturating_sub(moved)).saturating_add(1),
        }
    }
}
