//! A place in a template's text.

use super::{Problem, SyntaxError};

/// Reads a text from left to right; copies are places to come back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a str,
}

/// Why a part cannot be parsed. Many are made only to be dropped, where a text may be read in
/// another way, so they cost nothing: whoever shows one looks for its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) problem: Problem,
    /// How many bytes of the text are left there.
    left: usize,
}

impl Fault {
    /// The error with its place in the text that was parsed.
    pub(super) fn placed_in(self, text: &str) -> SyntaxError {
        let read = text.len().checked_sub(self.left);
        let read = read.and_then(|end| text.get(..end)).unwrap_or(text);
        let line_start = read.rfind('\n').map_or(0, |at| at + 1);
        let column = read.get(line_start..).unwrap_or_default().chars().count() + 1;
        SyntaxError {
            problem: self.problem,
            line: read.matches('\n').count() + 1,
            column,
        }
    }
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { rest: text }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next();
        self.rest = chars.as_str();
        c
    }

    /// Steps over `expected` if it stands here.
    pub(super) fn take(&mut self, expected: &str) -> bool {
        match self.rest.strip_prefix(expected) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Steps over everything that belongs and returns it.
    pub(super) fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// Steps over everything before `end` and over `end`; all of the rest if it is missing.
    pub(super) fn take_until(&mut self, end: &str) -> &'a str {
        let (taken, rest) = self.rest.split_once(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    /// `[A-Za-z_][A-Za-z0-9_-]*`, if one starts here.
    pub(super) fn identifier(&mut self) -> Option<&'a str> {
        let starts = |c: char| c.is_ascii_alphabetic() || c == '_';
        if !self.peek().is_some_and(starts) {
            return None;
        }
        Some(self.take_while(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'))
    }

    pub(super) fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Blanks and one line end, if there is nothing else on the line: they belong to the
    /// directive before them.
    pub(super) fn rest_of_line(&mut self) {
        let after = self.rest.trim_start_matches([' ', '\t']);
        let line_end = after
            .strip_prefix("\r\n")
            .or_else(|| after.strip_prefix(['\n', '\r']));
        if let Some(rest) = line_end {
            self.rest = rest;
        }
    }

    /// The text between an earlier place and this one.
    pub(super) fn since(&self, earlier: &Cursor<'a>) -> &'a str {
        let length = earlier.rest.len().checked_sub(self.rest.len());
        length
            .and_then(|length| earlier.rest.get(..length))
            .unwrap_or_default()
    }

    pub(super) fn error(&self, problem: Problem) -> Fault {
        Fault {
            problem,
            left: self.rest.len(),
        }
    }

    /// An error that names what stands here.
    pub(super) fn unexpected(&self, inside: &'static str) -> Fault {
        self.error(match self.peek() {
            Some(c) => Problem::Unexpected(format!("'{c}' in {inside}")),
            None => Problem::Unclosed(inside),
        })
    }
}
