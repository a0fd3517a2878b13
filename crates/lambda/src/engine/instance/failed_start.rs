//! Starts that failed, and what their callers and logs are told.

use super::write_end;
use crate::engine::failure::Failure;
use crate::engine::logbook::Logbook;
use crate::engine::platform::{PlatformLine, Report};
use crate::engine::{Answer, Outcome, Request};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;

/// A process that did not become an instance.
#[derive(Debug)]
pub(in crate::engine) struct FailedStart {
    pub(super) cause: Cause,
    pub(super) logbook: Option<Arc<Logbook>>,
    pub(super) took: Duration,
}

#[derive(Debug)]
pub(super) enum Cause {
    /// The runtime said so with this document.
    Reported(Bytes),
    Platform(Failure),
}

impl FailedStart {
    pub(super) fn has_timed_out(&self) -> bool {
        matches!(self.cause, Cause::Platform(Failure::TimedOut(_)))
    }

    /// What the request gets for which the instance was started.
    pub(in crate::engine) fn outcome(self, request: &Request) -> Outcome {
        let request_id = &request.request_id;
        let failure = match &self.cause {
            Cause::Reported(_) => None,
            Cause::Platform(failure) => Some(failure),
        };
        let mut log_tail = String::new();
        if let Some(logbook) = &self.logbook {
            self.write_init_report();
            logbook.platform(&PlatformLine::Start { request_id });
            let report = Report {
                request_id,
                took: self.took,
                init: None,
                peak_memory_bytes: 0,
                failure,
            };
            write_end(logbook, &report);
            log_tail = logbook.tail();
        }
        let payload = match &self.cause {
            Cause::Reported(document) => document.clone(),
            Cause::Platform(failure) => failure.payload(request_id),
        };
        Outcome {
            answer: Answer::Failed(payload),
            log_tail,
        }
    }

    pub(in crate::engine) fn write_init_report(&self) {
        let (status, error_type) = match &self.cause {
            Cause::Reported(_) => ("error", None),
            Cause::Platform(failure) => (failure.status(), Some(failure.error_type())),
        };
        if let Some(logbook) = &self.logbook {
            logbook.publish();
            logbook.platform(&PlatformLine::InitReport {
                took: self.took,
                status,
                error_type: error_type.filter(|_| status == "error"),
            });
        }
    }
}

impl Drop for FailedStart {
    fn drop(&mut self) {
        if let Some(logbook) = &self.logbook {
            logbook.close();
        }
    }
}
