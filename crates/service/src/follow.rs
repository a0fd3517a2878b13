//! How a service follows the changes of tables. Implemented by DynamoDB, used by Lambda.

use crate::{BoxFuture, Caller};
use base::Timestamp;
use wire::Fault;

/// Reads streams of changes.
pub trait ChangeStreams: Send + Sync {
    /// The place in a stream from which reading is to start. The caller must be allowed what
    /// [`ChangeStreams::read`] demands.
    fn place<'a>(
        &'a self,
        caller: &'a Caller,
        stream_arn: &'a str,
        start: StreamStart,
    ) -> BoxFuture<'a, Result<StreamPlace, FollowError>>;

    /// The changes from a place on, at most `limit` of them, in the order in which they happened.
    /// The caller must be allowed `dynamodb:DescribeStream`, `dynamodb:GetShardIterator` and
    /// `dynamodb:GetRecords` on the stream.
    fn read<'a>(
        &'a self,
        caller: &'a Caller,
        stream_arn: &'a str,
        from: StreamPlace,
        limit: usize,
    ) -> BoxFuture<'a, Result<StreamPage, FollowError>>;
}

/// Where to start reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamStart {
    /// With the oldest change that is kept.
    TrimHorizon,
    /// With the next change.
    Latest,
    AtTimestamp(Timestamp),
}

/// A place in a stream: before all changes whose number is not lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamPlace(pub u64);

/// Some changes, and where to go on.
#[derive(Clone, Debug)]
pub struct StreamPage {
    pub changes: Vec<Change>,
    pub next: StreamPlace,
}

/// One change.
#[derive(Clone, Debug)]
pub struct Change {
    pub place: StreamPlace,
    /// The number as clients see it.
    pub sequence_number: String,
    pub shard_id: String,
    pub created: Timestamp,
    /// The record as functions get it, but for the stream's ARN: JSON.
    pub record: serde_json::Value,
}

/// Why a stream cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FollowError {
    #[error("{0}")]
    Denied(String),
    #[error("there is no such stream: {0}")]
    NotFound(String),
    #[error("{0}")]
    Unavailable(Fault),
}
