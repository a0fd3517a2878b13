//! DeleteLogGroup.

use crate::record::{GroupPath, stream_name};
use crate::{Logs, LogsError, on_group};
use kv::Order;
use service::{Caller, Operate, Permit, Requirement};
use wire::logs::DeleteLogGroupInput;

impl Operate<Logs> for DeleteLogGroupInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        Ok(on_group(
            "logs:DeleteLogGroup",
            caller,
            &self.log_group_name,
        ))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        if path.read(&logs.store.snapshot()).await?.deletion_protected {
            return Err(LogsError::DeletionProtected);
        }
        // Streams may be made while others are deleted; the group goes once there are none.
        while let Some(stream) = delete_if_empty(logs, path).await? {
            match logs.delete_stream(path, &stream).await {
                Ok(()) | Err(LogsError::NoSuchStream) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Deletes the group, or names a stream that it still has.
async fn delete_if_empty(logs: &Logs, path: GroupPath<'_>) -> Result<Option<String>, LogsError> {
    logs.store
        .transact(|txn| async move {
            path.load(&txn).await?;
            let mut streams = txn.scan(path.streams_range(""), Order::Ascending);
            if let Some((key, _)) = streams.next().await? {
                return Ok(Some(stream_name(&key)?));
            }
            txn.delete(path.key());
            Ok(None)
        })
        .await
}
