//! Region names as they stand in a signature's scope.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A region name such as `us-east-1`. Any well-formed name is accepted: regions are only
/// namespaces here, and new ones appear every year.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(Arc<str>);

/// The text is not made of 1 to 32 lower-case letters, digits and hyphens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a region name is 1 to 32 lower-case letters, digits and hyphens")]
pub struct InvalidRegion;

impl Region {
    /// The region of requests that name none.
    pub fn default_region() -> Region {
        Region(Arc::from("us-east-1"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Region {
    type Err = InvalidRegion;

    fn from_str(text: &str) -> Result<Self, InvalidRegion> {
        let well_formed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=32).contains(&text.len()) && text.bytes().all(well_formed) {
            Ok(Region(Arc::from(text)))
        } else {
            Err(InvalidRegion)
        }
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
