//! Items in files, as exports write them and imports read them.
//!
//! Knows files' contents, and neither tables nor where files are.

pub mod csv;
pub mod dynamodb_json;
pub mod ion;

use serde::{Deserialize, Serialize};

/// A format that exports have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Format {
    DynamodbJson,
    Ion,
}

/// A record of a file that is no item.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error("no JSON: {0}")]
    Json(String),
    #[error("no item in DynamoDB's JSON")]
    NotAnItem,
    #[error("a value of no type that attributes have")]
    Value,
    #[error("no Ion text, at byte {0}")]
    Ion(usize),
    #[error("{0} columns where the header has {1}")]
    Columns(usize, usize),
    #[error("no value of the type that the key attribute {0} has")]
    KeyType(String),
}
