//! DynamoDB: tables, items and everything that reads or writes them.

pub mod item;
pub mod key;
pub mod number;
