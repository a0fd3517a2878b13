//! Lambda proxy integrations: the event a function gets (payload format 1.0), and what its
//! answer must look like.

mod answer;
mod event;

pub use answer::{Encoding, Malformed, parse, parse_head};
pub use event::{EventBody, authorizer_event, event};

#[cfg(test)]
mod tests;
