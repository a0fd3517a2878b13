//! CloudWatch Logs: groups, streams and their events.
//!
//! Events are stored once, in the order of their time within a stream; a group is read by
//! merging its streams. Functions' output comes in through [`Sink`], which goes through the same
//! operations and the same gate as everybody else. Functions that subscribe to a group get its
//! events behind the answer to whoever puts them.

mod error;
mod event;
mod filter;
mod operations;
mod page;
mod record;
mod sink;
mod subscribers;
mod sweep;

pub use error::LogsError;
pub use sink::Sink;

use base::{Arn, Clock};
use kv::Store;
use record::GroupPath;
use service::{Caller, Handler, Requirement, Service};
use std::sync::OnceLock;
use subscribers::Subscribers;

/// The service.
pub struct Logs {
    store: Store,
    clock: Clock,
    subscribers: OnceLock<Subscribers>,
}

impl Service for Logs {
    type Error = LogsError;

    /// With the tags of the group that an ARN of a group or stream names.
    async fn describe(
        &self,
        caller: &Caller,
        mut requirement: Requirement,
    ) -> Result<Requirement, LogsError> {
        let arn: Option<Arn> = requirement.resource.parse().ok();
        let name = arn.as_ref().and_then(|arn| {
            let mut parts = arn.resource().split(':');
            let is_group = arn.service() == "logs" && parts.next() == Some("log-group");
            parts.next().filter(|_| is_group)
        });
        let Some(group) = name.filter(|name| !name.is_empty()) else {
            return Ok(requirement);
        };
        let path = GroupPath { caller, group };
        match path.read(&self.store.snapshot()).await {
            Ok(group) => requirement.add_resource_tags(group.tags),
            Err(LogsError::NoSuchGroup) => {}
            Err(error) => return Err(error),
        }
        Ok(requirement)
    }
}

impl Logs {
    pub fn new(store: Store, clock: Clock) -> Logs {
        Logs {
            store,
            clock,
            subscribers: OnceLock::new(),
        }
    }

    /// Every operation that is built.
    pub fn handlers() -> Vec<Handler<Logs>> {
        operations::handlers()
    }
}

/// `arn:...:log-group:NAME`, without the `:*` that most of AWS's answers put behind it.
fn group_arn(caller: &Caller, group: &str) -> String {
    let resource = format!("log-group:{group}");
    Arn::regional("logs", &caller.region, caller.account, &resource).to_string()
}

/// A requirement on a group. AWS evaluates these against the group's streams, which is why
/// policies must end in `:*` (CloudWatch Logs user guide, "CloudWatch Logs resources").
fn on_group(action: &'static str, caller: &Caller, group: &str) -> Vec<Requirement> {
    on_stream(action, caller, group, "")
}

/// A requirement on a stream.
fn on_stream(action: &'static str, caller: &Caller, group: &str, stream: &str) -> Vec<Requirement> {
    let arn = format!("{}:log-stream:{stream}", group_arn(caller, group));
    vec![Requirement::new(action, arn)]
}

#[cfg(test)]
mod tests;
