//! JSON as mapping templates see it: objects keep the order of their members, integers keep all
//! their digits, decimals are doubles printed as Java prints them.
//!
//! API Gateway reads bodies with a Java library, and what templates print shows it; a reader of
//! our own is the price for that. Depth is bounded here, so that every later walk over a
//! document may recurse.

mod read;
mod write;

pub use read::{Dialect, ReadError, Trouble};
pub(crate) use write::{push_java_double, push_string};

use indexmap::IndexMap;

/// Deepest nesting that is read.
pub const MAX_DEPTH: usize = 200;

/// One JSON document.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    Object(Box<IndexMap<String, Json>>),
}

/// A JSON number, as Java would hold it.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    Integer(i64),
    /// Digits of an integer that needs more than 64 bits.
    Big(Box<str>),
    Double(f64),
}

impl Json {
    /// Reads one document; of a repeated name the last value counts.
    ///
    /// # Errors
    /// What is wrong and where, in the words of the Java library.
    pub fn read(text: &str, dialect: Dialect) -> Result<Json, ReadError> {
        read::document(text, dialect)
    }

    /// The member of this name, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.get(name),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The document without white space.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }

    /// Appends the document without white space.
    pub fn write(&self, out: &mut String) {
        write::json(self, out);
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Json {
        Json::String(text.to_owned())
    }
}

impl From<i64> for Json {
    fn from(n: i64) -> Json {
        Json::Number(Number::Integer(n))
    }
}

#[cfg(test)]
mod tests;
