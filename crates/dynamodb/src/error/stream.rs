//! Refusals to read a stream.

use wire::ErrorInfo;
use wire::dynamodbstreams::errors;

/// Why a stream cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    #[error("Requested resource not found: Stream: {0} not found")]
    NotFound(String),
    #[error("Invalid StreamArn")]
    Arn,
    #[error("Requested resource not found: Shard: {shard} in Stream: {stream} not found")]
    NoShard { shard: String, stream: String },
    #[error("Invalid ShardIterator")]
    Iterator,
    #[error("The shard iterator is expired. Shard iterators are only valid for 15 minutes")]
    Expired,
    #[error("The requested data is beyond the trim horizon")]
    Trimmed,
    #[error("One or more parameter values were invalid: SequenceNumber cannot be null")]
    NoSequence,
    #[error("Invalid SequenceNumber for the shard")]
    Sequence,
    #[error("One or more parameter values were invalid: Timestamp cannot be null")]
    NoTimestamp,
    #[error(
        "One or more parameter values were invalid: SequenceNumber must be null for ShardIteratorType {0}"
    )]
    NeedlessSequence(&'static str),
    #[error(
        "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to {max}"
    )]
    Limit { limit: i32, max: i32 },
    #[error(
        "1 validation error detected: Value null at '{0}' failed to satisfy constraint: Member must not be null"
    )]
    Null(&'static str),
}

impl StreamError {
    /// The error of the model; nothing for those of validation.
    pub(super) fn info(&self) -> Option<&'static ErrorInfo> {
        match self {
            StreamError::NotFound(_) | StreamError::NoShard { .. } => {
                Some(&errors::RESOURCE_NOT_FOUND)
            }
            StreamError::Expired => Some(&errors::EXPIRED_ITERATOR),
            StreamError::Trimmed => Some(&errors::TRIMMED_DATA_ACCESS),
            StreamError::Arn
            | StreamError::Iterator
            | StreamError::NoSequence
            | StreamError::Sequence
            | StreamError::NoTimestamp
            | StreamError::NeedlessSequence(_)
            | StreamError::Limit { .. }
            | StreamError::Null(_) => None,
        }
    }
}
