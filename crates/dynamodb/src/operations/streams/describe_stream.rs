//! DescribeStream.

use super::{named, on_stream, page_size};
use crate::Dynamodb;
use crate::error::{Error, StreamError};
use crate::key::{KeyAttribute, KeySchema};
use crate::stream::{Shard, Stream, StreamName, sequence_text};
use crate::table::StreamView;
use base::Timestamp;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodbstreams::{
    DescribeStreamInput, DescribeStreamOutput, KeySchemaElement, KeyType, SequenceNumberRange,
    Shard as WireShard, StreamDescription, StreamStatus, StreamViewType,
};

const MAX_SHARDS: i32 = 100;

impl Operate<Dynamodb> for DescribeStreamInput {
    async fn requirements(
        &self,
        service: &Dynamodb,
        _: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        Ok(vec![
            on_stream(
                service,
                "dynamodb:DescribeStream",
                &named(&self.stream_arn)?,
            )
            .await?,
        ])
    }

    async fn operate(self, service: &Dynamodb, _: &Permit) -> Result<DescribeStreamOutput, Error> {
        let name = named(&self.stream_arn)?;
        let now = service.clock.now();
        service.recover().await?;
        let settled = service.sequencer.settled(now);
        let stream = service.stream_at(&service.store.snapshot(), &name).await?;
        let limit = page_size(self.limit, MAX_SHARDS)?;
        let mut shards = Shard::all(&stream, now);
        if let Some(start) = &self.exclusive_start_shard_id {
            // Ids start with times of one length, so they are in order.
            shards.retain(|shard| shard.id() > *start);
        }
        if let Some(filter) = self.shard_filter {
            // There is only one type: the children of a shard.
            filter.r#type.ok_or(StreamError::Null("shardFilter.type"))?;
            let parent = filter
                .shard_id
                .ok_or(StreamError::Null("shardFilter.shardId"))?;
            shards.retain(|shard| shard.parent_id().as_ref() == Some(&parent));
        }
        let is_cut = shards.len() > limit;
        shards.truncate(limit);
        let last = shards.last().filter(|_| is_cut).map(Shard::id);
        let shards = shards.iter().map(|shard| shown(shard, settled)).collect();
        Ok(DescribeStreamOutput {
            stream_description: Some(StreamDescription {
                shards: Some(shards),
                last_evaluated_shard_id: last,
                ..described(&name, stream)
            }),
        })
    }
}

fn described(name: &StreamName, stream: Stream) -> StreamDescription {
    StreamDescription {
        stream_arn: Some(name.arn()),
        stream_label: Some(stream.label),
        stream_status: Some(match stream.disabled_at_ms {
            Some(_) => StreamStatus::Disabled,
            None => StreamStatus::Enabled,
        }),
        stream_view_type: Some(view(stream.view)),
        creation_request_date_time: Some(Timestamp::from_millis(stream.created_at_ms)),
        table_name: Some(stream.table),
        key_schema: Some(key_schema(&stream.key)),
        shards: None,
        last_evaluated_shard_id: None,
    }
}

fn shown(shard: &Shard, settled: u64) -> WireShard {
    let last = shard
        .is_closed(settled)
        .then(|| shard.end().saturating_sub(1));
    WireShard {
        shard_id: Some(shard.id()),
        sequence_number_range: Some(SequenceNumberRange {
            starting_sequence_number: Some(sequence_text(shard.start())),
            ending_sequence_number: last.map(sequence_text),
        }),
        parent_shard_id: shard.parent_id(),
    }
}

pub fn view(view: StreamView) -> StreamViewType {
    match view {
        StreamView::KeysOnly => StreamViewType::KeysOnly,
        StreamView::NewImage => StreamViewType::NewImage,
        StreamView::OldImage => StreamViewType::OldImage,
        StreamView::NewAndOldImages => StreamViewType::NewAndOldImages,
    }
}

fn key_schema(key: &KeySchema) -> Vec<KeySchemaElement> {
    let element = |attribute: &KeyAttribute, key_type: KeyType| KeySchemaElement {
        attribute_name: attribute.name.clone(),
        key_type,
    };
    let partition = key
        .partition
        .iter()
        .map(|attribute| element(attribute, KeyType::Hash));
    partition
        .chain(
            key.sort
                .iter()
                .map(|attribute| element(attribute, KeyType::Range)),
        )
        .collect()
}
