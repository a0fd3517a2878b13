//! What has to hold for any input: one module for each parser or codec, one function in each.
//!
//! A function panics if something is wrong, and returns whatever the input was otherwise. None of
//! them keeps anything: the same bytes do the same thing again.

pub mod expression;
pub mod http_api;
pub mod item_record;
pub mod json_path;
pub mod json_request;
pub mod key_position;
pub mod kv_key;
pub mod number;
pub mod number_order;
pub mod openapi;
pub mod partiql;
pub mod path;
pub mod policy;
pub mod template;
pub mod wildcard;

mod input;
