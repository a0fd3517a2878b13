//! HTTP requests as events of functions, in payload format 2.0, what functions answer to them, and
//! the cross-origin headers around both: the same for HTTP APIs and for function URLs.
//!
//! Knows neither who asks nor what invokes; both callers bring what their events say of them.

mod answer;
mod cors;
mod event;

pub use answer::{Answer, END_OF_HEAD, end_of_head};
pub use cors::Cors;
pub use event::{
    Authorizer, Iam, Jwt, Question, Request, body, cookies, joined_headers, joined_query,
};

/// The first value of a header, whatever the case of its name.
fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut named = headers.iter();
    let found = named.find(|(sent, _)| sent.eq_ignore_ascii_case(name))?;
    Some(found.1.as_str())
}
