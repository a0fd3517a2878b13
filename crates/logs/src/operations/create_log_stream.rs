//! CreateLogStream.

use crate::record::{GroupPath, Stream};
use crate::{Logs, LogsError, on_stream};
use service::{Caller, Operate, Permit, Requirement};
use wire::logs::CreateLogStreamInput;

impl Operate<Logs> for CreateLogStreamInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let (group, stream) = (&self.log_group_name, &self.log_stream_name);
        Ok(on_stream("logs:CreateLogStream", caller, group, stream))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        let name = self.log_stream_name.as_str();
        let stream = Stream {
            created_ms: logs.clock.now().as_millis(),
            first_event_ms: None,
            last_event_ms: None,
            last_ingestion_ms: None,
            next_sequence: 0,
        };
        let stream = &stream;
        logs.store
            .transact(|txn| async move {
                path.load(&txn).await?;
                if txn.get(&path.stream_key(name)).await?.is_some() {
                    return Err(LogsError::StreamExists);
                }
                path.save_stream(&txn, name, stream);
                Ok(())
            })
            .await
    }
}
