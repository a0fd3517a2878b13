//! Streams as other services follow them: whole, past the ends of shards, under the same gate as
//! the operations.

use super::get_records::{decode, shown};
use super::{named, on_stream};
use crate::Dynamodb;
use crate::error::{Error, ErrorKind, StreamError};
use crate::stream::{Shard, Stream, StreamName, sequence_of, sequence_text};
use kv::{KeyRange, Order};
use serde_json::Value;
use service::{
    Authorizer, BoxFuture, Caller, Change, ChangeStreams, FollowError, StreamPage, StreamPlace,
    StreamStart, authorise,
};
use std::sync::Arc;
use wire::dynamodbstreams::{GetRecordsInput, GetRecordsOutput, Record};
use wire::{Common, Fault, Input, Output};

/// What following a stream takes.
const ACTIONS: [&str; 3] = [
    "dynamodb:DescribeStream",
    "dynamodb:GetShardIterator",
    "dynamodb:GetRecords",
];

/// Follows streams under the gate.
pub struct Follower {
    dynamodb: Arc<Dynamodb>,
    authorizer: Arc<dyn Authorizer>,
}

impl Follower {
    pub fn new(dynamodb: Arc<Dynamodb>, authorizer: Arc<dyn Authorizer>) -> Follower {
        Follower {
            dynamodb,
            authorizer,
        }
    }

    async fn authorise(&self, caller: &Caller, stream_arn: &str) -> Result<(), FollowError> {
        let missing = || FollowError::NotFound(stream_arn.to_owned());
        let name = StreamName::from_arn(stream_arn).ok_or_else(missing)?;
        let mut requirements = Vec::new();
        for action in ACTIONS {
            let requirement = on_stream(&self.dynamodb, action, &name).await;
            requirements.push(requirement.map_err(of_error)?);
        }
        let permit = authorise(&*self.authorizer, caller.clone(), &requirements).await;
        permit.map(|_| ()).map_err(of_fault)
    }

    async fn place(&self, stream_arn: &str, start: StreamStart) -> Result<StreamPlace, Error> {
        let service = &*self.dynamodb;
        let name = named(stream_arn)?;
        service.recover().await?;
        let now = service.clock.now();
        let settled = service.sequencer.settled(now);
        service.stream_at(&service.store.snapshot(), &name).await?;
        let horizon = Stream::horizon(now);
        Ok(StreamPlace(match start {
            StreamStart::TrimHorizon => horizon,
            StreamStart::Latest => settled,
            StreamStart::AtTimestamp(time) => sequence_of(time).max(horizon),
        }))
    }

    async fn read(
        &self,
        caller: &Caller,
        stream_arn: &str,
        from: StreamPlace,
        limit: usize,
    ) -> Result<StreamPage, Error> {
        let service = &*self.dynamodb;
        let name = named(stream_arn)?;
        service.recover().await?;
        let now = service.clock.now();
        // Before the snapshot, which then shows everything that is settled.
        let settled = service.sequencer.settled(now);
        let snapshot = service.store.snapshot();
        let stream = service.stream_at(&snapshot, &name).await?;
        let shards = Shard::all(&stream, now);
        let start = from.0.max(Stream::horizon(now));
        let range = KeyRange::new(
            Stream::record_key(stream.id, start),
            Stream::record_key(stream.id, settled.max(start)),
        );
        let mut scan = snapshot.scan(range, Order::Ascending);
        let mut page = StreamPage {
            changes: Vec::new(),
            next: StreamPlace(settled.max(start)),
        };
        while let Some((key, change)) = scan.next().await? {
            let sequence = Stream::sequence(&key)?;
            if page.changes.len() >= limit {
                page.next = StreamPlace(sequence);
                break;
            }
            let change = decode(&change)?;
            let created = change.created;
            let shard = shards.iter().find(|shard| sequence < shard.end());
            let record = shown(&stream, sequence, change, name.table.region.as_str());
            page.changes.push(Change {
                place: StreamPlace(sequence),
                sequence_number: sequence_text(sequence),
                shard_id: shard.map(Shard::id).unwrap_or_default(),
                created,
                record: json(record, caller),
            });
        }
        Ok(page)
    }
}

impl ChangeStreams for Follower {
    fn place<'a>(
        &'a self,
        caller: &'a Caller,
        stream_arn: &'a str,
        start: StreamStart,
    ) -> BoxFuture<'a, Result<StreamPlace, FollowError>> {
        Box::pin(async move {
            self.authorise(caller, stream_arn).await?;
            self.place(stream_arn, start).await.map_err(of_error)
        })
    }

    fn read<'a>(
        &'a self,
        caller: &'a Caller,
        stream_arn: &'a str,
        from: StreamPlace,
        limit: usize,
    ) -> BoxFuture<'a, Result<StreamPage, FollowError>> {
        Box::pin(async move {
            self.authorise(caller, stream_arn).await?;
            let page = self.read(caller, stream_arn, from, limit).await;
            page.map_err(of_error)
        })
    }
}

/// The record as GetRecords answers it.
fn json(record: Record, caller: &Caller) -> Value {
    let output = GetRecordsOutput {
        records: Some(vec![record]),
        next_shard_iterator: None,
    };
    let info = (GetRecordsInput::SERVICE, GetRecordsInput::OPERATION);
    let reply = output.reply(info.0, info.1, &caller.request_id);
    let mut answer: Value = serde_json::from_slice(&reply.body.bytes).unwrap_or_default();
    let record = answer.pointer_mut("/Records/0").map(Value::take);
    record.unwrap_or_default()
}

fn of_error(error: Error) -> FollowError {
    match &error.kind {
        ErrorKind::Stream(StreamError::NotFound(arn)) => FollowError::NotFound(arn.clone()),
        _ => of_fault(error.into()),
    }
}

fn of_fault(fault: Fault) -> FollowError {
    if fault.is_common(Common::AccessDenied) {
        FollowError::Denied(fault.message().to_owned())
    } else {
        FollowError::Unavailable(fault)
    }
}
