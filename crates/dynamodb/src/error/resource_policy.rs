//! Refusals of operations on resource policies.

use crate::resource_policy::MAX_DOCUMENT_BYTES;
use policy::Malformed;

/// What is wrong with a policy, or with a request that is about one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error("Resource-based policy not found for the provided ResourceArn: {0}")]
    NotFound(String),
    #[error(
        "Resource-based policy not found: the ExpectedRevisionId does not match the revision of the policy"
    )]
    Revision,
    #[error("One or more parameter values were invalid: Invalid policy document: {0}")]
    Document(Malformed),
    #[error(
        "One or more parameter values were invalid: Policy exceeds the maximum size of {MAX_DOCUMENT_BYTES} bytes"
    )]
    Size,
    #[error(
        "One or more parameter values were invalid: The policy removes your permission to change the policy of this resource. Set ConfirmRemoveSelfResourceAccess to confirm that"
    )]
    LocksOut,
}
