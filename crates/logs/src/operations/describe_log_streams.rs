//! DescribeLogStreams.

use super::group_meant;
use crate::page::{decode_name, encode_name};
use crate::record::{GroupPath, Stream, stream_name};
use crate::{Logs, LogsError, group_arn, on_group};
use kv::{Order, record};
use service::{Caller, Operate, Permit, Requirement};
use wire::logs::{DescribeLogStreamsInput, DescribeLogStreamsOutput, LogStream, OrderBy};

const DEFAULT_LIMIT: usize = 50;

impl Operate<Logs> for DescribeLogStreamsInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let (name, identifier) = (&self.log_group_name, &self.log_group_identifier);
        let group = group_meant(name.as_ref(), identifier.as_ref(), caller)?;
        Ok(on_group("logs:DescribeLogStreams", caller, &group))
    }

    async fn operate(
        self,
        logs: &Logs,
        permit: &Permit,
    ) -> Result<DescribeLogStreamsOutput, LogsError> {
        let caller = permit.caller();
        let (name, identifier) = (&self.log_group_name, &self.log_group_identifier);
        let group = group_meant(name.as_ref(), identifier.as_ref(), caller)?;
        let path = GroupPath {
            caller,
            group: &group,
        };
        let by_time = self.order_by == Some(OrderBy::LastEventTime);
        let prefix = self.log_stream_name_prefix.as_deref();
        if by_time && prefix.is_some() {
            return Err(LogsError::invalid(
                "Cannot order by LastEventTime with a logStreamNamePrefix.",
            ));
        }
        let mut streams = all_streams(logs, path, prefix.unwrap_or_default()).await?;
        if by_time {
            streams.sort_by_key(|(_, stream)| stream.last_event_ms);
        }
        if self.descending == Some(true) {
            streams.reverse();
        }
        if let Some(token) = &self.next_token {
            let last = decode_name(token)?;
            let seen = streams
                .iter()
                .position(|(name, _)| *name == last)
                .map_or(0, |at| at + 1);
            streams.drain(..seen);
        }
        let limit = self
            .limit
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(DEFAULT_LIMIT);
        let more = streams.len() > limit;
        streams.truncate(limit);
        let last = streams.last().map(|(name, _)| encode_name(name));
        let shown = streams
            .into_iter()
            .map(|(name, stream)| shown(path, name, &stream))
            .collect();
        Ok(DescribeLogStreamsOutput {
            log_streams: Some(shown),
            next_token: last.filter(|_| more),
        })
    }
}

async fn all_streams(
    logs: &Logs,
    path: GroupPath<'_>,
    prefix: &str,
) -> Result<Vec<(String, Stream)>, LogsError> {
    let snapshot = logs.store.snapshot();
    path.read(&snapshot).await?;
    let mut scan = snapshot.scan(path.streams_range(prefix), Order::Ascending);
    let mut streams = Vec::new();
    while let Some((key, value)) = scan.next().await? {
        streams.push((stream_name(&key)?, record::decode(&value)?));
    }
    Ok(streams)
}

fn shown(path: GroupPath<'_>, name: String, stream: &Stream) -> LogStream {
    let arn = format!("{}:log-stream:{name}", group_arn(path.caller, path.group));
    LogStream {
        log_stream_name: Some(name),
        creation_time: Some(stream.created_ms),
        first_event_timestamp: stream.first_event_ms,
        last_event_timestamp: stream.last_event_ms,
        last_ingestion_time: stream.last_ingestion_ms,
        upload_sequence_token: stream
            .last_ingestion_ms
            .map(|_| format!("{:056}", stream.next_sequence)),
        arn: Some(arn),
        stored_bytes: Some(0),
    }
}
