//! What the engine needs to know of a function's version to run it.

use crate::runtime::Runtime;
use base::{AccountId, Arn, Region};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// A version of a function, unpacked and ready to run. Never changes: a change of the function is
/// another deployment with a higher generation.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The function's ARN without a qualifier.
    pub function_arn: Arn,
    pub account: AccountId,
    pub region: Region,
    pub function_name: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// Counts the changes of this version: instances of a lower generation get no more work.
    pub generation: u64,
    pub runtime: Runtime,
    pub handler: String,
    pub initialization: Initialization,
    pub role_arn: String,
    pub timeout: Duration,
    pub memory_mb: u32,
    /// The size of `/tmp`.
    pub scratch_mb: u32,
    pub variables: BTreeMap<String, String>,
    pub logging: Logging,
    /// The folder that the code was unpacked to.
    pub code: PathBuf,
    /// What to run if the code is the root of a container image.
    pub image: Option<ImageProgram>,
    /// The folder of its layers, merged; what `/opt` is to the function.
    pub opt: Option<PathBuf>,
    /// How many invocations of all versions together may run at once.
    pub reserved_concurrency: Option<u32>,
    /// How many invocations of all functions without a reservation may run at once, in the account
    /// and region.
    pub unreserved_concurrency: usize,
}

/// What a container image runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageProgram {
    /// What the program may take for the function's handler.
    pub handler: String,
    /// The program's name and its arguments.
    pub arguments: Vec<String>,
    /// Absolute, within the image.
    pub working_directory: PathBuf,
    /// The image's own; the function's override them.
    pub variables: BTreeMap<String, String>,
}

/// How instances come to be initialised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initialization {
    OnDemand,
    /// Ahead of requests, because somebody asked for as many instances.
    ProvisionedConcurrency,
    /// As from a snapshot: what the function registers for that is called.
    SnapStart,
}

impl Initialization {
    /// As AWS's variables and events name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Initialization::OnDemand => "on-demand",
            Initialization::ProvisionedConcurrency => "provisioned-concurrency",
            Initialization::SnapStart => "snap-start",
        }
    }
}

/// Where a function's log goes and how its lines look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    pub group: String,
    pub format: LogFormat,
}

/// How a runtime writes log lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json {
        /// The lowest level that the function's own lines have, such as `INFO`.
        application_level: String,
    },
}

impl Deployment {
    /// What tells this version from all others.
    pub(super) fn key(&self) -> String {
        key(&self.function_arn.to_string(), &self.version)
    }
}

/// What tells a function's version from all others.
pub(super) fn key(function_arn: &str, version: &str) -> String {
    format!("{function_arn}:{version}")
}
