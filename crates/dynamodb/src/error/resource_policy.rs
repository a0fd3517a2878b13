//! Refusals of operations on resource policies.

use crate::resource_policy::MAX_DOCUMENT_BYTES;
use policy::Malformed;

/// What is wrong with a policy, or with a request that is about one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error("Resource-based policy not found for the provided ResourceArn: {0}")]
    NotFound(String),
    #[error("Resource-based policy not found for the provided ResourceArn: {0}")]
    Revision(RevisionError),
    #[error("One or more parameter values were invalid: Invalid policy document: {0}")]
    Document(Malformed),
    #[error(
        "One or more parameter values were invalid: Maximum policy size of {MAX_DOCUMENT_BYTES} bytes exceeded"
    )]
    Size,
    #[error(
        "One or more parameter values were invalid: The policy removes your permission to change the policy of this resource. Set ConfirmRemoveSelfResourceAccess to confirm that"
    )]
    LocksOut,
}

/// Why a policy is not the one that a request expects. `of` is what it is attached to, such as
/// `table orders`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    #[error(
        "Requested update for policy with revision id {expected}, but the policy associated to target {of} has revision id {found}."
    )]
    Other {
        of: String,
        expected: String,
        found: u64,
    },
    #[error(
        "Requested policy update expecting none to be present for {of}, but a policy exists with revision id {found}."
    )]
    Exists { of: String, found: u64 },
    #[error(
        "Requested update for policy with revision id {expected}, but no policy is associated to target {of}."
    )]
    Absent { of: String, expected: String },
}
