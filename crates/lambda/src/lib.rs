//! AWS Lambda: functions, their versions, and running them.
//!
//! [`engine`] runs deployments in processes; [`runtimes`] finds what they need on the machine.
//!
//! Knows how other services are met (roles, logs) through the `service` crate's traits only.

pub mod engine;
mod runtime;
mod runtimes;

pub use runtime::{Runtime, UnsupportedRuntime};
pub use runtimes::{Interpreter, Missing, Progress, ProvisionError, Runtimes, SearchPath};
