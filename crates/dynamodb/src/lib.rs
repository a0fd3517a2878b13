//! DynamoDB: tables, items and everything that reads or writes them.

pub mod expression;
pub mod item;
pub mod key;
pub mod number;
