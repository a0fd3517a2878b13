//! Where functions' output comes in: the ordinary operations, as the function's role.

use crate::record::GroupPath;
use crate::{Logs, LogsError};
use service::{Authorizer, BoxFuture, Caller, LogLine, LogSink, LogSinkError, Operate, perform};
use std::sync::Arc;
use wire::logs::{CreateLogGroupInput, CreateLogStreamInput, InputLogEvent, PutLogEventsInput};
use wire::{Common, Fault};

/// AWS takes at most 10,000 events and 1 MiB in one call; this stays below both.
const BATCH_LINES: usize = 2_000;
const BATCH_BYTES: usize = 900_000;
/// Longest message; longer lines are cut, as AWS cuts them.
const MAX_MESSAGE_BYTES: usize = 250_000;

/// Appends lines to streams under the gate.
pub struct Sink {
    logs: Arc<Logs>,
    authorizer: Arc<dyn Authorizer>,
}

impl Sink {
    pub fn new(logs: Arc<Logs>, authorizer: Arc<dyn Authorizer>) -> Sink {
        Sink { logs, authorizer }
    }

    async fn run<I: Operate<Logs>>(&self, caller: &Caller, input: I) -> Result<I::Output, Fault> {
        perform(&*self.logs, &*self.authorizer, caller.clone(), input).await
    }

    async fn ensure(&self, caller: &Caller, group: &str, stream: &str) -> Result<(), Fault> {
        let path = GroupPath { caller, group };
        let snapshot = self.logs.store.snapshot();
        let exists = snapshot
            .get(&path.stream_key(stream))
            .await
            .map_err(LogsError::from)?;
        if exists.is_some() {
            return Ok(());
        }
        if snapshot
            .get(&path.key())
            .await
            .map_err(LogsError::from)?
            .is_none()
        {
            let input = CreateLogGroupInput {
                log_group_name: group.to_owned(),
                ..Default::default()
            };
            unless_there(self.run(caller, input).await)?;
        }
        let input = CreateLogStreamInput {
            log_group_name: group.to_owned(),
            log_stream_name: stream.to_owned(),
        };
        unless_there(self.run(caller, input).await)
    }

    async fn put(
        &self,
        caller: &Caller,
        group: &str,
        stream: &str,
        lines: Vec<LogLine>,
    ) -> Result<(), Fault> {
        self.ensure(caller, group, stream).await?;
        for batch in batches(lines) {
            let input = PutLogEventsInput {
                log_group_name: group.to_owned(),
                log_stream_name: stream.to_owned(),
                log_events: batch,
                ..Default::default()
            };
            self.run(caller, input).await?;
        }
        Ok(())
    }
}

impl LogSink for Sink {
    fn append<'a>(
        &'a self,
        caller: &'a Caller,
        group: &'a str,
        stream: &'a str,
        lines: Vec<LogLine>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>> {
        Box::pin(async move {
            self.put(caller, group, stream, lines)
                .await
                .map_err(|fault| {
                    if fault.is_common(Common::AccessDenied) {
                        LogSinkError::Denied(fault.message().to_owned())
                    } else {
                        LogSinkError::Refused(fault)
                    }
                })
        })
    }
}

/// Somebody else may have made it in the meantime, which is as good.
fn unless_there(made: Result<(), Fault>) -> Result<(), Fault> {
    match made {
        Err(fault) if fault.is(&wire::logs::errors::RESOURCE_ALREADY_EXISTS) => Ok(()),
        other => other,
    }
}

fn batches(mut lines: Vec<LogLine>) -> Vec<Vec<InputLogEvent>> {
    lines.sort_by_key(|line| line.time);
    let mut batches = vec![Vec::new()];
    let mut bytes = 0;
    for line in lines {
        let event = InputLogEvent {
            timestamp: line.time.as_millis(),
            message: cut(line.message),
        };
        let full = batches
            .last()
            .is_some_and(|batch| batch.len() >= BATCH_LINES);
        if full || bytes + event.message.len() > BATCH_BYTES {
            batches.push(Vec::new());
            bytes = 0;
        }
        bytes += event.message.len() + 26;
        if let Some(batch) = batches.last_mut() {
            batch.push(event);
        }
    }
    batches.retain(|batch| !batch.is_empty());
    batches
}

fn cut(mut message: String) -> String {
    if message.is_empty() {
        // An empty message is refused; an empty line is still a line.
        return " ".to_owned();
    }
    if message.len() > MAX_MESSAGE_BYTES {
        let mut end = MAX_MESSAGE_BYTES;
        while !message.is_char_boundary(end) {
            end -= 1;
        }
        message.truncate(end);
    }
    message
}
