//! The runtimes that functions can be written for.

use base::{PARTITION, Region, hex};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// A runtime that functions can be created for.
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
    /// `ruby3.MINOR`
    Ruby {
        minor: u8,
    },
    /// `javaMAJOR`
    Java {
        major: u8,
    },
    /// `java8.al2`
    Java8Al2,
    /// `dotnetMAJOR`
    Dotnet {
        major: u8,
    },
    ProvidedAl2,
    ProvidedAl2023,
    /// What a container image brings; nothing that functions can be created with by name.
    Image,
}

const IMAGE: &str = "image";

/// The text names no runtime that functions can be created for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a runtime: {0}")]
pub struct UnsupportedRuntime(pub String);

impl Runtime {
    /// All of them, in AWS's order.
    pub const ALL: [Runtime; 25] = [
        Runtime::Nodejs { major: 16 },
        Runtime::Nodejs { major: 18 },
        Runtime::Nodejs { major: 20 },
        Runtime::Nodejs { major: 22 },
        Runtime::Nodejs { major: 24 },
        Runtime::Python { minor: 8 },
        Runtime::Python { minor: 9 },
        Runtime::Python { minor: 10 },
        Runtime::Python { minor: 11 },
        Runtime::Python { minor: 12 },
        Runtime::Python { minor: 13 },
        Runtime::Python { minor: 14 },
        Runtime::Ruby { minor: 2 },
        Runtime::Ruby { minor: 3 },
        Runtime::Ruby { minor: 4 },
        Runtime::Java8Al2,
        Runtime::Java { major: 11 },
        Runtime::Java { major: 17 },
        Runtime::Java { major: 21 },
        Runtime::Java { major: 25 },
        Runtime::Dotnet { major: 6 },
        Runtime::Dotnet { major: 8 },
        Runtime::Dotnet { major: 10 },
        Runtime::ProvidedAl2,
        Runtime::ProvidedAl2023,
    ];

    /// Whether functions bring their own program instead of a handler.
    pub fn is_provided(self) -> bool {
        use Runtime::{Image, ProvidedAl2, ProvidedAl2023};
        matches!(self, ProvidedAl2 | ProvidedAl2023 | Image)
    }

    /// The runtime's name and version as the log's `INIT_START` line has them.
    pub fn version_label(self) -> String {
        match self {
            Runtime::Python { minor } => format!("python:3.{minor}"),
            Runtime::Nodejs { major } => format!("nodejs:{major}"),
            Runtime::Ruby { minor } => format!("ruby:3.{minor}"),
            Runtime::Java8Al2 => "java:8.al2".to_owned(),
            Runtime::Java { major } => format!("java:{major}"),
            Runtime::Dotnet { major } => format!("dotnet:{major}"),
            Runtime::ProvidedAl2 => "provided:al2".to_owned(),
            Runtime::ProvidedAl2023 => "provided:al2023".to_owned(),
            Runtime::Image => IMAGE.to_owned(),
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
            Runtime::Ruby { minor } => write!(f, "ruby3.{minor}"),
            Runtime::Java8Al2 => f.write_str("java8.al2"),
            Runtime::Java { major } => write!(f, "java{major}"),
            Runtime::Dotnet { major } => write!(f, "dotnet{major}"),
            Runtime::ProvidedAl2 => f.write_str("provided.al2"),
            Runtime::ProvidedAl2023 => f.write_str("provided.al2023"),
            Runtime::Image => f.write_str(IMAGE),
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
        match name.as_str() {
            IMAGE => Ok(Runtime::Image),
            name => name.parse(),
        }
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
    fn they_are_those_that_refusals_list() {
        let mut ours = Runtime::ALL.map(|runtime| runtime.to_string());
        let mut listed = wire::CREATABLE_RUNTIMES.map(str::to_owned);
        ours.sort_unstable();
        listed.sort_unstable();
        assert_eq!(ours, listed);
    }

    #[test]
    fn names_round_trip() {
        for runtime in Runtime::ALL {
            assert_eq!(runtime.to_string().parse(), Ok(runtime));
        }
        assert_eq!("python3.12".parse(), Ok(Runtime::Python { minor: 12 }));
        for unknown in ["", "python3.7", "python", "nodejs20", "provided", "ruby2.7"] {
            assert!(unknown.parse::<Runtime>().is_err(), "{unknown}");
        }
    }
}
