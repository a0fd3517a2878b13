//! JSONPath, as `$input.json`, `$input.path` and parameter mappings take it.
//!
//! The language is that of the library API Gateway documents: `$`, `.name`, `['name']`, `[n]`
//! (also from the end), `[*]`, `.*`, `..`, unions, slices and filters. A path that can match one
//! place only is *definite*: it yields that value, or nothing. Any other yields a list, which may
//! be empty.
//!
//! Parsing bounds the path's length and nesting, evaluation bounds the places visited: a path of
//! descents cannot run away on a large document.

mod evaluate;
mod lexer;
mod parser;

use crate::json::Json;

/// A parsed path.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonPath {
    steps: Vec<Step>,
}

/// What a path yields on a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Found<'a> {
    /// A definite path's value.
    One(&'a Json),
    /// An indefinite path's values, in document order.
    Many(Vec<&'a Json>),
    /// A definite path that leads nowhere.
    Nothing,
}

/// Why a path is refused or its evaluation abandoned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Invalid path: unexpected {found} at position {at}")]
    Unexpected { found: String, at: usize },
    #[error("Invalid path: ends too early")]
    End,
    #[error("Invalid path: longer than {MAX_LENGTH} characters or nested too deeply")]
    TooComplex,
    #[error("Invalid path: function {0}() is not supported")]
    Function(String),
    #[error("Invalid path: pattern {0} cannot be compiled")]
    Pattern(String),
    #[error("Path visits more than {MAX_VISITS} places")]
    TooMuchWork,
}

/// Longest path that is parsed, in bytes.
pub const MAX_LENGTH: usize = 4096;
/// Places of a document that one evaluation may visit.
pub const MAX_VISITS: usize = 1_000_000;

#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// One member or several: `.a`, `['a']`, `['a','b']`.
    Names(Vec<String>),
    /// One item or several: `[0]`, `[-1]`, `[0,2]`.
    Indexes(Vec<i64>),
    Slice {
        from: Option<i64>,
        to: Option<i64>,
        by: Option<i64>,
    },
    /// `[*]` or `.*`
    Every,
    /// `..`: the place itself and everything below it.
    Descent,
    Filter(Condition),
    /// `.length()` or `.size()`
    Length,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Any(Vec<Condition>),
    All(Vec<Condition>),
    Not(Box<Condition>),
    Exists(Operand),
    Compare(Operand, Comparison, Operand),
    In {
        needle: Operand,
        among: Vec<Json>,
        negated: Negation,
    },
    Matches(Operand, Pattern),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Negation {
    Plain,
    Negated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Literal(Json),
    /// `@...`: relative to the item under test.
    Item(JsonPath),
    /// `$...`: relative to the document.
    Root(JsonPath),
}

/// A compiled pattern that compares by its text.
#[derive(Debug, Clone)]
struct Pattern(regex::Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl JsonPath {
    /// Parses a path, with or without the leading `$`: a path that does not start with `$` or
    /// `@` is taken to start at the document, as the library does.
    ///
    /// # Errors
    /// Everything that the language does not have, with its place.
    pub fn parse(text: &str) -> Result<JsonPath, Error> {
        parser::parse(text)
    }

    /// Whether the path can match one place only.
    pub fn is_definite(&self) -> bool {
        self.steps.iter().all(|step| match step {
            Step::Names(names) => names.len() == 1,
            Step::Indexes(indexes) => indexes.len() == 1,
            Step::Length => true,
            Step::Slice { .. } | Step::Every | Step::Descent | Step::Filter(_) => false,
        })
    }

    /// What the path yields on `document`; `Length` steps yield numbers that are not in the
    /// document, so the values come out through `with`.
    ///
    /// # Errors
    /// [`Error::TooMuchWork`] if the bound on visited places is hit.
    pub fn evaluate<R>(
        &self,
        document: &Json,
        with: impl FnOnce(Found<'_>) -> R,
    ) -> Result<R, Error> {
        evaluate::evaluate(self, document, with)
    }
}

#[cfg(test)]
mod tests;
