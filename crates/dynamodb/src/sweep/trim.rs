//! Change records that are older than a day, and streams of which nothing else is left.

use crate::Dynamodb;
use crate::error::Error;
use crate::stream::Stream;
use bytes::Bytes;
use kv::key::KeyWriter;
use kv::{Order, Space};

impl Dynamodb {
    pub(super) async fn trim_streams(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let range = KeyWriter::new(Space::Dynamodb).text("stream").range();
        let mut streams = self.store.snapshot().scan(range, Order::Ascending);
        while let Some((key, record)) = streams.next().await? {
            let stream: Stream = kv::record::decode(&record)?;
            let mut old = Stream::records_prefix(stream.id).range();
            let is_over = stream.is_over(now);
            if !is_over {
                old.end = Stream::record_key(stream.id, Stream::horizon(now));
            }
            while self.remove_some(&old).await? {}
            if is_over {
                self.forget_stream(&key).await?;
            }
        }
        Ok(())
    }

    async fn forget_stream(&self, key: &Bytes) -> Result<(), Error> {
        self.store
            .transact(|txn| async move {
                txn.delete(key.clone());
                Ok(())
            })
            .await
    }
}
