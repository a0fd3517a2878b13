//! DeleteLogStream.

use crate::record::GroupPath;
use crate::{Logs, LogsError, on_stream};
use service::{Caller, Operate, Permit, Requirement};
use wire::logs::DeleteLogStreamInput;

impl Operate<Logs> for DeleteLogStreamInput {
    async fn requirements(&self, _: &Logs, caller: &Caller) -> Result<Vec<Requirement>, LogsError> {
        let (group, stream) = (&self.log_group_name, &self.log_stream_name);
        Ok(on_stream("logs:DeleteLogStream", caller, group, stream))
    }

    async fn operate(self, logs: &Logs, permit: &Permit) -> Result<(), LogsError> {
        let path = GroupPath {
            caller: permit.caller(),
            group: &self.log_group_name,
        };
        path.read(&logs.store.snapshot()).await?;
        logs.delete_stream(path, &self.log_stream_name).await
    }
}
