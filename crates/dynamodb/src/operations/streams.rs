//! The operations of the streams' own service, each in its own file.

mod describe_stream;
mod follow;
mod get_records;
mod get_shard_iterator;
mod list_streams;

pub use follow::Follower;

use crate::Dynamodb;
use crate::error::{Error, StreamError};
use crate::resource_policy::ResourcePolicy;
use crate::stream::{Stream, StreamName};
use kv::Snapshot;
use service::Requirement;

/// A requirement on a stream, with the policy that it has.
///
/// # Errors
/// The store's.
pub async fn on_stream(
    service: &Dynamodb,
    action: &'static str,
    name: &StreamName,
) -> Result<Requirement, Error> {
    let record = service.store.snapshot().get(&name.key()).await?;
    let stream: Option<Stream> = record
        .map(|record| kv::record::decode(&record))
        .transpose()?;
    let policy = stream.as_ref().and_then(|stream| stream.policy.as_ref());
    let policy = policy.map(ResourcePolicy::parsed).transpose()?;
    Ok(Requirement::new(action, name.arn()).resource_policy(policy))
}

/// The stream that an ARN names.
///
/// # Errors
/// [`StreamError::Arn`] for what can name none.
fn named(arn: &str) -> Result<StreamName, Error> {
    let name = StreamName::from_arn(arn);
    Ok(name.ok_or(StreamError::Arn)?)
}

/// How many things a page has at most.
///
/// # Errors
/// [`StreamError::Limit`] for more than `max`.
fn page_size(limit: Option<i32>, max: i32) -> Result<usize, StreamError> {
    match limit {
        Some(limit) if limit > max => Err(StreamError::Limit { limit, max }),
        limit => Ok(usize::try_from(limit.unwrap_or(max)).unwrap_or(0)),
    }
}

impl Dynamodb {
    /// The stream as a snapshot shows it.
    async fn stream_at(&self, snapshot: &Snapshot, name: &StreamName) -> Result<Stream, Error> {
        let record = snapshot.get(&name.key()).await?;
        let record = record.ok_or_else(|| StreamError::NotFound(name.arn()))?;
        let stream: Stream = kv::record::decode(&record)?;
        if stream.is_over(self.clock.now()) {
            return Err(StreamError::NotFound(name.arn()).into());
        }
        Ok(stream)
    }
}
