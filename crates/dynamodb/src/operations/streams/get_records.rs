//! GetRecords.

use super::{on_stream, page_size};
use crate::Dynamodb;
use crate::error::{Error, ErrorKind, StreamError};
use crate::item::answered;
use crate::stream::iterator::ShardIterator;
use crate::stream::record::{ChangeKind, ChangeRecord};
use crate::stream::{Shard, Stream, sequence_text};
use crate::write::Author;
use base::Timestamp;
use bytes::Bytes;
use kv::{Cause, KeyRange, Order};
use md5::{Digest, Md5};
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodbstreams::{
    GetRecordsInput, GetRecordsOutput, Identity, OperationType, Record, StreamRecord,
};

const MAX_RECORDS: i32 = 1000;
const MAX_BYTES: usize = 1024 * 1024;

impl Operate<Dynamodb> for GetRecordsInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        _: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        let iterator = read(&self.shard_iterator)?;
        Ok(vec![
            on_stream(service, "dynamodb:GetRecords", &iterator.stream).await?,
        ])
    }

    async fn operate(self, service: &Dynamodb, _: &Permit) -> Result<GetRecordsOutput, Error> {
        let iterator = read(&self.shard_iterator)?;
        let now = service.clock.now();
        if iterator.is_expired(now) {
            return Err(StreamError::Expired.into());
        }
        service.recover().await?;
        // Before the snapshot, which then shows everything that is settled.
        let settled = service.sequencer.settled(now);
        let snapshot = service.store.snapshot();
        let stream = service.stream_at(&snapshot, &iterator.stream).await?;
        let mut shards = Shard::all(&stream, now).into_iter();
        let shard = shards.find(|shard| shard.id() == iterator.shard_id);
        let shard = shard.ok_or(StreamError::Trimmed)?;
        let end = settled.min(shard.end());
        let start = iterator.position.max(Stream::horizon(now));
        let range = KeyRange::new(
            Stream::record_key(stream.id, start),
            Stream::record_key(stream.id, end),
        );
        let limit = page_size(self.limit, MAX_RECORDS)?;
        let region = iterator.stream.table.region.as_str();
        let (mut records, mut bytes) = (Vec::new(), 0);
        let mut position = None;
        let mut changes = snapshot.scan(range, Order::Ascending);
        while records.len() < limit && bytes < MAX_BYTES {
            let Some((key, change)) = changes.next().await? else {
                position = Some(end.max(iterator.position));
                break;
            };
            let sequence = Stream::sequence(&key)?;
            let change = decode(&change)?;
            bytes += change.size_bytes();
            records.push(shown(&stream, sequence, change, region));
            position = Some(sequence + 1);
        }
        let position = position.unwrap_or(iterator.position);
        let is_over = shard.is_closed(settled) && position >= end;
        let next = ShardIterator {
            position,
            created: now,
            ..iterator
        };
        Ok(GetRecordsOutput {
            records: Some(records),
            next_shard_iterator: (!is_over).then(|| next.text()),
        })
    }
}

fn read(text: &str) -> Result<ShardIterator, Error> {
    Ok(ShardIterator::parse(text).ok_or(StreamError::Iterator)?)
}

pub(super) fn decode(change: &Bytes) -> Result<ChangeRecord, Error> {
    let change = ChangeRecord::decode(change);
    change.map_err(|error| ErrorKind::Store(kv::Error::Corrupt(Cause::new(error))).into())
}

pub(super) fn shown(stream: &Stream, sequence: u64, change: ChangeRecord, region: &str) -> Record {
    let size_bytes = i64::try_from(change.size_bytes()).ok();
    let identity = (change.author == Author::TimeToLive).then(|| Identity {
        principal_id: Some("dynamodb.amazonaws.com".to_owned()),
        r#type: Some("Service".to_owned()),
    });
    Record {
        event_id: Some(event_id(stream, sequence)),
        event_name: Some(match change.kind {
            ChangeKind::Insert => OperationType::Insert,
            ChangeKind::Modify => OperationType::Modify,
            ChangeKind::Remove => OperationType::Remove,
        }),
        event_version: Some("1.1".to_owned()),
        event_source: Some("aws:dynamodb".to_owned()),
        aws_region: Some(region.to_owned()),
        dynamodb: Some(StreamRecord {
            // Whole seconds, as DynamoDB has it.
            approximate_creation_date_time: Some(Timestamp::from_secs(change.created.as_secs())),
            keys: Some(answered(&change.keys)),
            new_image: change.new.as_ref().map(answered),
            old_image: change.old.as_ref().map(answered),
            sequence_number: Some(sequence_text(sequence)),
            size_bytes,
            stream_view_type: Some(super::describe_stream::view(stream.view)),
        }),
        user_identity: identity,
    }
}

/// The same for the same record, and for no other.
fn event_id(stream: &Stream, sequence: u64) -> String {
    let mut hasher = Md5::new_with_prefix(stream.id.to_be_bytes());
    hasher.update(sequence.to_be_bytes());
    let digest: [u8; 16] = hasher.finalize().into();
    format!("{:032x}", u128::from_be_bytes(digest))
}
