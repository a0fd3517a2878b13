//! Request ids, in the two forms AWS's services use.

use crate::Entropy;
use std::fmt;

/// The id of one request, answered in `x-amzn-RequestId`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(String);

impl RequestId {
    /// A UUID, as most services have it.
    pub fn uuid(entropy: &Entropy) -> RequestId {
        RequestId(entropy.uuid())
    }

    /// 52 capital letters and digits, as DynamoDB has it.
    pub fn long(entropy: &Entropy) -> RequestId {
        RequestId(entropy.upper_alnum(26) + "VV4KQNSO5AEMVJF66Q9ASUAAJG")
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
