//! Filter patterns (CloudWatch Logs user guide, "Filter pattern syntax"), in their three forms:
//! terms of a text, conditions on fields of a JSON document (`{...}`), and columns of a line
//! (`[...]`). Each may compare with a regular expression (`%...%`), which takes linear time.
//!
//! Must not know where messages come from.

mod columns;
mod condition;
mod fields;
mod lexer;
mod selector;
mod terms;

use crate::LogsError;
use columns::Columns;
pub use condition::Wildcard;
use fields::Fields;
use std::collections::BTreeMap;
use terms::Terms;

/// A parsed pattern.
#[derive(Debug)]
pub enum Filter {
    Terms(Terms),
    Fields(Fields),
    Columns(Columns),
}

impl Filter {
    /// Reads a pattern; an empty one matches everything.
    ///
    /// # Errors
    /// [`LogsError::InvalidParameter`].
    pub fn parse(pattern: &str) -> Result<Filter, LogsError> {
        let pattern = pattern.trim();
        let parsed = match pattern.chars().next() {
            Some('{') => Fields::parse(pattern).map(Filter::Fields),
            Some('[') => Columns::parse(pattern).map(Filter::Columns),
            _ => Terms::parse(pattern).map(Filter::Terms),
        };
        parsed.ok_or_else(|| LogsError::invalid("Invalid filter pattern"))
    }

    /// Whether it matches, and what the pattern's names stand for in the message if it does.
    pub fn extract(&self, message: &str) -> Option<BTreeMap<String, String>> {
        match self {
            Filter::Terms(terms) => terms.matches(message).then(BTreeMap::new),
            Filter::Fields(fields) => fields.extract(message),
            Filter::Columns(columns) => columns.extract(message),
        }
    }

    pub fn matches(&self, message: &str) -> bool {
        match self {
            Filter::Terms(terms) => terms.matches(message),
            Filter::Fields(fields) => fields.matches(message),
            Filter::Columns(columns) => columns.extract(message).is_some(),
        }
    }
}

#[cfg(test)]
mod tests;
