//! What is told of a request once it is answered: one log line, one count, one duration. Never a
//! body, never a secret.

use crate::Metrics;
use crate::reply::is_dynamodb;
use base::{Entropy, RequestId};
use http::StatusCode;
use service::Caller;
use std::time::Instant;
use tracing::Level;
use wire::{Identified, ServiceInfo};

/// What log lines and metrics call an operation that is none.
const UNKNOWN: &str = "unknown";

/// Filled in as a request goes through its stages.
#[derive(Debug)]
pub(crate) struct Record {
    started: Instant,
    /// The kind of request, or the service's name once it is known.
    service: &'static str,
    identified: Option<Identified>,
    pub(crate) request_id: RequestId,
    /// Only when the line will be written.
    principal: Option<String>,
    error: Option<&'static str>,
}

impl Record {
    /// The record of a request to a service, whose request ids have the service's form.
    pub(crate) fn of_service(service: &ServiceInfo, entropy: &Entropy) -> Record {
        let request_id = if is_dynamodb(service) {
            RequestId::long(entropy)
        } else {
            RequestId::uuid(entropy)
        };
        Record::new(service.name, request_id)
    }

    /// The record of another kind of request.
    pub(crate) fn of_other(kind: &'static str, entropy: &Entropy) -> Record {
        Record::new(kind, RequestId::uuid(entropy))
    }

    fn new(service: &'static str, request_id: RequestId) -> Record {
        Record {
            started: Instant::now(),
            service,
            identified: None,
            request_id,
            principal: None,
            error: None,
        }
    }

    pub(crate) fn identified(&mut self, operation: Identified) {
        self.service = operation.service.name;
        self.identified = Some(operation);
    }

    /// The service, once its operation is known.
    pub(crate) fn service(&self) -> Option<&'static ServiceInfo> {
        self.identified.map(|identified| identified.service)
    }

    pub(crate) fn authenticated(&mut self, caller: &Caller) {
        if tracing::enabled!(target: "fogbank::request", Level::INFO) {
            self.principal = Some(caller.arn());
        }
    }

    /// The service and its operation.
    pub(crate) fn name(&self) -> (&'static str, &'static str) {
        let operation = self.identified.map_or(UNKNOWN, |i| i.operation.name);
        (self.service, operation)
    }

    pub(crate) fn error(&self) -> Option<&'static str> {
        self.error
    }

    pub(crate) fn refused(&mut self, code: &'static str) {
        self.error = Some(code);
    }

    /// Tells it.
    pub(crate) fn finish(self, status: StatusCode, metrics: &Metrics) {
        let duration = self.started.elapsed();
        let operation = self.identified.map_or(UNKNOWN, |i| i.operation.name);
        metrics.answered(self.service, operation, status, duration);
        tracing::info!(
            target: "fogbank::request",
            service = self.service,
            operation,
            status = status.as_u16(),
            duration_us = duration.as_micros(),
            principal = self.principal,
            request_id = self.request_id.as_str(),
            error = self.error,
        );
    }
}
