//! HTTP and WebSocket APIs: the control plane that clients know as `apigatewayv2`, and the data plane that serves
//! what it makes.
//!
//! One file a kind of thing ([`routes`], [`integrations`], ...): its operations and how the wire
//! shows it; most of what operations do with it is the same for all kinds (`parts`). A deployment
//! keeps one record with all of an API's parts; the data plane (`execute`) compiles such a record
//! once. What only one of the two kinds has stands apart: `responses`, `selection`, `messages` and
//! `execute/websocket` are of WebSocket APIs.
//!
//! What REST APIs and these have in common, such as integrations' endpoints, authorizers' answers,
//! token buckets and logs, is the crate's own and used by both.

mod apis;
mod authorizers;
mod compiled;
mod deployments;
mod domains;
mod error;
mod execute;
mod integrations;
mod links;
mod mapping;
mod messages;
mod models;
mod openapi;
mod parts;
pub(crate) mod record;
mod responses;
mod routes;
mod selection;
mod stages;
mod tags;

pub use compiled::Deployed;
pub(crate) use compiled::is_api;
pub use error::Refusal;
pub use execute::{Connections, Opened, Opening, Recognition};
pub use openapi::HttpApiDocument;
pub use stages::has_keys;

use crate::Gateway;
use service::{Caller, Handler, Requirement};
use wire::apigatewayv2 as shapes;

/// Every operation of `apigatewayv2` that is built.
pub fn handlers() -> Vec<Handler<Gateway>> {
    [
        apis::handlers(),
        authorizers::handlers(),
        deployments::handlers(),
        domains::handlers(),
        integrations::handlers(),
        links::handlers(),
        models::handlers(),
        openapi::handlers(),
        responses::handlers(),
        routes::handlers(),
        stages::handlers(),
        tags::handlers(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The one requirement of nearly every operation: its verb on its path.
fn require(caller: &Caller, verb: &str, path: &[&str]) -> Vec<Requirement> {
    crate::operations::require(caller, verb, path)
}

/// An empty list or map is left out of answers.
fn filled<T: IntoIterator + Clone>(values: T) -> Option<T> {
    let is_filled = values.clone().into_iter().next().is_some();
    is_filled.then_some(values)
}

/// A moment as answers show it.
fn moment(ms: i64) -> Option<wire::IsoTimestamp> {
    Some(wire::IsoTimestamp(base::Timestamp::from_millis(ms)))
}
