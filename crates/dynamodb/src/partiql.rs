//! PartiQL: SQL statements for items.
//!
//! ```text
//! text --lexer--> tokens --parser--> Statement --lower--> plan of reads, or Change --> the paths
//!                                                         that every other operation takes
//! ```
//!
//! The grammar is that of PartiQL's reference parser, as far as DynamoDB has a use for it, and so
//! are its complaints, which DynamoDB passes on. What a statement means is decided when it is
//! lowered: conditions become [`crate::expression::Condition`]s, assignments an
//! [`crate::expression::Update`], and a `WHERE` clause the keys to read. No text comes into being
//! on the way, and nothing here writes items or indexes.
//!
//! [`parse`] reads any text in bounded time and depth; a printed [`Statement`] reads back as
//! itself.

pub mod ast;
mod condition;
mod error;
mod keys;
mod lexer;
mod next_token;
mod operand;
mod parser;
mod print;
mod read;
mod request;
mod reserved;
mod select;
mod update;
mod write;

pub use ast::Statement;
pub use error::{StatementError, SyntaxError};
pub(crate) use next_token::NextToken;
pub use parser::parse;
pub(crate) use read::Reader;
pub(crate) use request::{Request, Target, return_value};
pub(crate) use select::Query;
pub(crate) use write::KeyCheck;

#[cfg(test)]
mod tests;
