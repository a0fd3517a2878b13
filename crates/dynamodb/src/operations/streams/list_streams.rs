//! ListStreams.

use super::{named, page_size};
use crate::Dynamodb;
use crate::error::Error;
use crate::stream::{Stream, StreamName};
use crate::tables::TableName;
use kv::Order;
use service::{Caller, Operate, Permit, Requirement};
use wire::dynamodbstreams::{ListStreamsInput, ListStreamsOutput, Stream as WireStream};

const MAX_STREAMS: i32 = 100;

impl Operate<Dynamodb> for ListStreamsInput {
    async fn requirements(&self, _: &Dynamodb, caller: &Caller) -> Result<Vec<Requirement>, Error> {
        let resource = match &self.table_name {
            Some(table) => format!("{}/stream/*", TableName::read(caller, table)?.arn()),
            None => "*".to_owned(),
        };
        Ok(vec![Requirement::new("dynamodb:ListStreams", resource)])
    }

    async fn operate(
        self,
        service: &Dynamodb,
        permit: &Permit,
    ) -> Result<ListStreamsOutput, Error> {
        let caller = permit.caller();
        let prefix = StreamName::prefix(caller.account, &caller.region);
        let table = self
            .table_name
            .map(|table| TableName::read(caller, &table))
            .transpose()?;
        let mut range = match &table {
            Some(table) => prefix.text(&table.name).range(),
            None => prefix.range(),
        };
        let start = self.exclusive_start_stream_arn.as_deref();
        let start = start.map(named).transpose()?;
        if let Some(start) = start {
            range.pass(Some(&start.key()), Order::Ascending);
        }
        let limit = page_size(self.limit, MAX_STREAMS)?;
        let now = service.clock.now();
        let (mut streams, mut last) = (Vec::new(), None);
        let mut records = service.store.snapshot().scan(range, Order::Ascending);
        while let Some((_, record)) = records.next().await? {
            let stream: Stream = kv::record::decode(&record)?;
            if stream.is_over(now) {
                continue;
            }
            if streams.len() == limit {
                last = streams
                    .last()
                    .and_then(|stream: &WireStream| stream.stream_arn.clone());
                break;
            }
            streams.push(shown(caller, stream));
        }
        Ok(ListStreamsOutput {
            streams: Some(streams),
            last_evaluated_stream_arn: last,
        })
    }
}

fn shown(caller: &Caller, stream: Stream) -> WireStream {
    let table = TableName {
        account: caller.account,
        region: caller.region.clone(),
        name: stream.table.clone(),
    };
    let arn = StreamName {
        table,
        label: stream.label.clone(),
    }
    .arn();
    WireStream {
        stream_arn: Some(arn),
        table_name: Some(stream.table),
        stream_label: Some(stream.label),
    }
}
