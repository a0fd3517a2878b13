//! AWS Lambda: functions, their versions, and running them.
//!
//! Two halves. [`engine`] runs deployments in processes and knows nothing of users; [`runtimes`]
//! finds what they need on the machine. Above them, [`Lambda`] keeps functions in the store and
//! implements AWS's operations, each in its own file; it hands the engine what to run.
//!
//! Meets other services (roles, logs, the gate) through the `service` crate's traits only, and
//! never sees a request's protocol.

mod activation;
mod aliases;
mod catalog;
mod code;
mod code_signing;
mod configuration;
mod destination;
pub mod engine;
mod error;
mod event_config;
mod event_source;
mod function_url;
mod invocation;
mod invoker;
mod lambda;
mod layers;
mod lineage;
mod operations;
mod page;
mod permissions;
mod provisioned;
mod publishing;
mod queue;
mod record;
mod reserved_concurrency;
mod runtime;
mod runtime_management;
mod runtimes;
mod settings;
mod streaming;
mod tagging;
mod target;
mod url;

#[cfg(test)]
mod tests;

pub use code::{CodePlaces, HotFolders};
pub use engine::{EGRESS_PORTS, Egress, Network, NoNetwork};
pub use error::{Absent, Clash, Error, Invalid, Revised};
pub use lambda::{Lambda, LambdaConfig, Parts, Provisioning};
pub use operations::handlers;
pub use runtime::{Runtime, UnsupportedRuntime};
pub use runtimes::{Interpreter, Missing, Progress, ProvisionError, Runtimes, SearchPath};
pub use url::{UrlAnswer, UrlRequest, UrlSigner, refuse_large};
