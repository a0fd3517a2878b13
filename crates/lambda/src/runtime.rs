//! The runtimes that functions can be written for.

use base::{PARTITION, Region, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// A runtime that we can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Runtime {
    /// `python3.MINOR`
    Python {
        minor: u8,
    },
    /// `nodejsMAJOR.x`
    Nodejs {
        major: u8,
    },
    ProvidedAl2,
    ProvidedAl2023,
}

/// The text names no runtime that we can run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a runtime that can be run here: {0}")]
pub struct UnsupportedRuntime(pub String);

impl Runtime {
    /// All of them, in AWS's order.
    pub const ALL: [Runtime; 12] = [
        Runtime::Nodejs { major: 18 },
        Runtime::Nodejs { major: 20 },
        Runtime::Nodejs { major: 22 },
        Runtime::Nodejs { major: 24 },
        Runtime::Python { minor: 9 },
        Runtime::Python { minor: 10 },
        Runtime::Python { minor: 11 },
        Runtime::Python { minor: 12 },
        Runtime::Python { minor: 13 },
        Runtime::Python { minor: 14 },
        Runtime::ProvidedAl2,
        Runtime::ProvidedAl2023,
    ];

    /// Whether functions bring their own program instead of a handler.
    pub fn is_provided(self) -> bool {
        matches!(self, Runtime::ProvidedAl2 | Runtime::ProvidedAl2023)
    }

    /// The runtime's name and version as the log's `INIT_START` line has them.
    pub fn version_label(self) -> String {
        match self {
            Runtime::Python { minor } => format!("python:3.{minor}"),
            Runtime::Nodejs { major } => format!("nodejs:{major}"),
            Runtime::ProvidedAl2 => "provided:al2".to_owned(),
            Runtime::ProvidedAl2023 => "provided:al2023".to_owned(),
        }
    }
}

/// AWS names each build of a runtime by a digest; ours stands for the runtime alone.
pub(crate) fn version_arn(runtime: Runtime, region: &Region) -> String {
    let digest = hex::encode(&Sha256::digest(runtime.to_string()));
    format!("arn:{PARTITION}:lambda:{region}::runtime:{digest}")
}

/// The name AWS has for it.
impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Runtime::Python { minor } => write!(f, "python3.{minor}"),
            Runtime::Nodejs { major } => write!(f, "nodejs{major}.x"),
            Runtime::ProvidedAl2 => f.write_str("provided.al2"),
            Runtime::ProvidedAl2023 => f.write_str("provided.al2023"),
        }
    }
}

impl FromStr for Runtime {
    type Err = UnsupportedRuntime;

    fn from_str(name: &str) -> Result<Runtime, UnsupportedRuntime> {
        let known = Runtime::ALL.into_iter().find(|r| r.to_string() == name);
        known.ok_or_else(|| UnsupportedRuntime(name.to_owned()))
    }
}

impl TryFrom<String> for Runtime {
    type Error = UnsupportedRuntime;

    fn try_from(name: String) -> Result<Runtime, UnsupportedRuntime> {
        name.parse()
    }
}

impl From<Runtime> for String {
    fn from(runtime: Runtime) -> String {
        runtime.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for runtime in Runtime::ALL {
            assert_eq!(runtime.to_string().parse(), Ok(runtime));
        }
        assert_eq!("python3.12".parse(), Ok(Runtime::Python { minor: 12 }));
        for unknown in ["", "python3.8", "python", "nodejs20", "provided", "ruby3.3"] {
            assert!(unknown.parse::<Runtime>().is_err(), "{unknown}");
        }
    }
}
