//! GetShardIterator.

use super::{named, on_stream};
use crate::Dynamodb;
use crate::error::{Error, StreamError};
use crate::stream::iterator::ShardIterator;
use crate::stream::{Shard, Stream, parse_sequence, sequence_of};
use service::{Caller, Operate, Permit, Requirement};
use wire::Enumeration as _;
use wire::dynamodbstreams::{
    GetShardIteratorInput, GetShardIteratorOutput, ShardIteratorType as Kind,
};

impl Operate<Dynamodb> for GetShardIteratorInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        _: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            on_stream(
                service,
                "dynamodb:GetShardIterator",
                &named(&self.stream_arn)?,
            )
            .await?,
        ])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        _: &Permit,
    ) -> Result<GetShardIteratorOutput, Error> {
        let name = named(&self.stream_arn)?;
        let now = service.clock.now();
        service.recover().await?;
        let settled = service.sequencer.settled(now);
        let stream = service.stream_at(&service.store.snapshot(), &name).await?;
        let mut shards = Shard::all(&stream, now).into_iter();
        let shard = shards.find(|shard| shard.id() == self.shard_id);
        let shard = shard.ok_or_else(|| StreamError::NoShard {
            shard: self.shard_id.clone(),
            stream: name.arn(),
        })?;
        let oldest = shard.start().max(Stream::horizon(now));
        let number = self.sequence_number.as_ref();
        if number.is_some() && matches!(self.shard_iterator_type, Kind::TrimHorizon | Kind::Latest)
        {
            let kind = self.shard_iterator_type.as_str();
            return Err(StreamError::NeedlessSequence(kind).into());
        }
        let position = match self.shard_iterator_type {
            Kind::TrimHorizon => oldest,
            Kind::Latest => settled,
            Kind::AtTimestamp => {
                let time = self.timestamp.ok_or(StreamError::NoTimestamp)?;
                sequence_of(time).max(oldest)
            }
            Kind::AtSequenceNumber => sequence(number, &shard, oldest)?,
            Kind::AfterSequenceNumber => sequence(number, &shard, oldest)?.saturating_add(1),
        };
        let iterator = ShardIterator {
            stream: name,
            shard_id: self.shard_id,
            position: position.max(shard.start()).min(shard.end()),
            created: now,
        };
        Ok(GetShardIteratorOutput {
            shard_iterator: Some(iterator.text()),
        })
    }
}

/// The sequence number that is asked for, which must be one of the shard's and still be kept.
fn sequence(text: Option<&String>, shard: &Shard, oldest: u64) -> Result<u64, StreamError> {
    let number = parse_sequence(text.ok_or(StreamError::NoSequence)?);
    match number.filter(|number| (shard.start()..shard.end()).contains(number)) {
        Some(number) if number < oldest => Err(StreamError::Trimmed),
        Some(number) => Ok(number),
        None => Err(StreamError::Sequence),
    }
}
