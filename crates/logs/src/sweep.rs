//! Deletes what retention says is gone. Reading hides such events at once; this gives their room
//! back.

use crate::event::{self, Position};
use crate::record::{Group, GroupPath};
use crate::{Logs, LogsError};
use base::AccountId;
use bytes::Bytes;
use kv::key::{KeyReader, KeyWriter};
use kv::{KeyRange, Order, Space, record};

/// Keys deleted in one transaction.
const CHUNK: usize = 1_000;

impl Logs {
    /// Deletes the events that every group's retention has put behind its horizon.
    ///
    /// # Errors
    /// The store's; what was deleted so far stays deleted.
    pub async fn sweep(&self) -> Result<(), LogsError> {
        let mut groups = self.store.snapshot().scan(
            KeyWriter::new(Space::Logs).byte(1).range(),
            Order::Ascending,
        );
        while let Some((key, value)) = groups.next().await? {
            let group: Group = record::decode(&value)?;
            let horizon = group.horizon(self.clock.now());
            if let Ok(horizon) = u64::try_from(horizon) {
                self.sweep_group(&key, horizon).await?;
            }
        }
        Ok(())
    }

    async fn sweep_group(&self, key: &[u8], horizon_ms: u64) -> Result<(), LogsError> {
        let mut reader = KeyReader::new(Space::Logs, key)?;
        reader.byte()?;
        let account: AccountId = reader.account()?;
        let region = reader.text()?;
        let name = reader.text()?;
        let streams = KeyWriter::new(Space::Logs)
            .byte(2)
            .account(account)
            .text(&region)
            .text(&name);
        let mut streams = self
            .store
            .snapshot()
            .scan(streams.range(), Order::Ascending);
        while let Some((stream_key, _)) = streams.next().await? {
            let stream = crate::record::stream_name(&stream_key)?;
            let events = KeyWriter::new(Space::LogsEvent)
                .account(account)
                .text(&region);
            let events = events.text(&name).text(&stream);
            let end = Position {
                time_ms: horizon_ms,
                sequence: 0,
            };
            self.delete_range(event::range(&events, Position::FIRST, end))
                .await?;
        }
        Ok(())
    }

    /// Deletes every key of a range, in transactions of bounded size.
    pub(crate) async fn delete_range(&self, range: KeyRange) -> Result<(), LogsError> {
        loop {
            let mut keys: Vec<Bytes> = Vec::with_capacity(CHUNK);
            let mut scan = self.store.snapshot().scan(range.clone(), Order::Ascending);
            while keys.len() < CHUNK
                && let Some((key, _)) = scan.next().await?
            {
                keys.push(key);
            }
            if keys.is_empty() {
                return Ok(());
            }
            let keys = &keys;
            let deleted = self.store.transact(|txn| async move {
                for key in keys {
                    txn.delete(key.clone());
                }
                Ok::<(), kv::Error>(())
            });
            deleted.await?;
        }
    }

    /// Deletes a stream with all its events. The last events go in the same transaction as the
    /// stream itself, so none is left behind for a later stream of the same name.
    pub(crate) async fn delete_stream(
        &self,
        path: GroupPath<'_>,
        stream: &str,
    ) -> Result<(), LogsError> {
        loop {
            let deleted = self.store.transact(|txn| async move {
                path.load_stream(&txn, stream).await?;
                let mut events = txn.scan(path.events(stream).range(), Order::Ascending);
                let mut count = 0;
                while count < CHUNK
                    && let Some((key, _)) = events.next().await?
                {
                    txn.delete(key);
                    count += 1;
                }
                if count < CHUNK {
                    txn.delete(path.stream_key(stream));
                }
                Ok::<usize, LogsError>(count)
            });
            if deleted.await? < CHUNK {
                return Ok(());
            }
        }
    }
}
