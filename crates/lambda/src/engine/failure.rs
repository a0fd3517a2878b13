//! What a caller gets when a function fails without having said so itself.

use super::extensions::ShutdownReason;
use bytes::Bytes;
use sandbox::Exit;
use serde::Serialize;
use std::time::Duration;

/// The largest payload of a synchronous invocation, in and out: 6 MiB and 100 bytes.
pub const MAX_PAYLOAD_BYTES: usize = 6 * 1024 * 1024 + 100;

/// A failure that the platform reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    TimedOut(Duration),
    Exited(Exit),
    OutOfMemory,
    ResponseTooLarge,
    /// There is no program to start: what the code lacks, or the machine.
    InvalidEntrypoint(String),
    /// An extension has failed: with which of AWS's error types, and why.
    Extension(&'static str, String),
}

#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "errorType")]
    error_type: &'a str,
    #[serde(rename = "errorMessage")]
    error_message: String,
}

impl Failure {
    pub fn error_type(&self) -> &'static str {
        match self {
            Failure::TimedOut(_) => "Sandbox.Timedout",
            Failure::Exited(_) => "Runtime.ExitError",
            Failure::OutOfMemory => "Runtime.OutOfMemory",
            Failure::ResponseTooLarge => "Function.ResponseSizeTooLarge",
            Failure::InvalidEntrypoint(_) => "Runtime.InvalidEntrypoint",
            Failure::Extension(error_type, _) => error_type,
        }
    }

    /// The document that the invocation answers.
    pub fn payload(&self, request_id: &str) -> Bytes {
        let error_message = match self {
            Failure::ResponseTooLarge => self.reason(),
            _ => format!("RequestId: {request_id} Error: {}", self.reason()),
        };
        let document = Document {
            error_type: self.error_type(),
            error_message,
        };
        serde_json::to_vec(&document).unwrap_or_default().into()
    }

    /// What the function's log says about it; nothing if the runtime has said it.
    pub fn log_message(&self, request_id: &str, now: &str) -> Option<String> {
        let reason = self.reason();
        match self {
            Failure::TimedOut(_) => Some(format!("{now} {request_id} {reason}\n\n")),
            Failure::ResponseTooLarge => None,
            _ => {
                let error_type = self.error_type();
                Some(format!(
                    "RequestId: {request_id} Error: {reason}\n{error_type}\n"
                ))
            }
        }
    }

    /// `timeout` or `error`, as the REPORT line has it.
    pub fn status(&self) -> &'static str {
        match self {
            Failure::TimedOut(_) => "timeout",
            _ => "error",
        }
    }

    /// What extensions are told.
    pub fn shutdown_reason(&self) -> ShutdownReason {
        match self {
            Failure::TimedOut(_) => ShutdownReason::Timeout,
            _ => ShutdownReason::Failure,
        }
    }

    fn reason(&self) -> String {
        match self {
            Failure::TimedOut(after) => {
                format!("Task timed out after {:.2} seconds", after.as_secs_f64())
            }
            Failure::Exited(Exit::Code(0)) => "Runtime exited without providing a reason".into(),
            Failure::Exited(exit) => format!("Runtime exited with error: {exit}"),
            Failure::OutOfMemory => "Runtime exited with error: signal: killed".to_owned(),
            Failure::ResponseTooLarge => format!(
                "Response payload size exceeded maximum allowed payload size \
                 ({MAX_PAYLOAD_BYTES} bytes)."
            ),
            Failure::InvalidEntrypoint(what) | Failure::Extension(_, what) => what.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(failure: Failure, expected: &str) {
        assert_eq!(failure.payload("ID"), expected.as_bytes(), "{failure:?}");
    }

    #[test]
    fn documents() {
        check(
            Failure::TimedOut(Duration::from_secs(1)),
            r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 1.00 seconds"}"#,
        );
        check(
            Failure::Exited(Exit::Code(127)),
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: exit status 127"}"#,
        );
        check(
            Failure::Exited(Exit::Code(0)),
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited without providing a reason"}"#,
        );
        check(
            Failure::Exited(Exit::Signal(9)),
            r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: Runtime exited with error: signal: killed"}"#,
        );
        check(
            Failure::ResponseTooLarge,
            r#"{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes)."}"#,
        );
    }
}
