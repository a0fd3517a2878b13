//! Word of an event's end, sent to where its function's settings say: another function or a log
//! group, as the function's role.

use crate::catalog;
use crate::engine::LAMBDA_PRINCIPAL;
use crate::error::Error;
use crate::event_config::{self, Destination, EventConfigRecord};
use crate::invocation::Done;
use crate::lambda::Lambda;
use crate::record::EventRecord;
use crate::target::Target;
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use service::{InvocationKind, InvokeRequest, Invoker, LogLine, ServiceSession};

/// How long the role's session for one delivery lasts: as short as sessions can be.
const SESSION_S: u32 = 900;

/// How an event has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Success,
    RetriesExhausted,
    EventAgeExceeded,
    /// Its function must not run at all.
    ZeroReservedConcurrency,
}

impl Condition {
    fn as_str(self) -> &'static str {
        match self {
            Condition::Success => "Success",
            Condition::RetriesExhausted => "RetriesExhausted",
            Condition::EventAgeExceeded => "EventAgeExceeded",
            Condition::ZeroReservedConcurrency => "ZeroReservedConcurrency",
        }
    }
}

/// What a destination gets.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    version: &'a str,
    timestamp: String,
    request_context: RequestContext<'a>,
    request_payload: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_context: Option<ResponseContext<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_payload: Option<Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    request_id: &'a str,
    function_arn: String,
    condition: &'a str,
    approximate_invoke_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext<'a> {
    status_code: u16,
    executed_version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_error: Option<&'a str>,
}

/// A dead letter in a log group, where it cannot have attributes of its own.
#[derive(Serialize)]
struct DeadLetter<'a> {
    #[serde(rename = "RequestID")]
    request_id: &'a str,
    #[serde(rename = "ErrorCode")]
    error_code: u16,
    #[serde(rename = "ErrorMessage")]
    error_message: String,
    payload: Option<Value>,
}

/// An event that has ended.
pub(crate) struct Ended<'a> {
    pub event: &'a EventRecord,
    pub target: &'a Target,
    pub condition: Condition,
    /// Nothing if its last attempt was no invocation.
    pub done: Option<&'a Done>,
}

impl Ended<'_> {
    fn message(&self, timestamp: String) -> Vec<u8> {
        let answer = self.done.map(Done::payload);
        let message = Message {
            version: "1.0",
            timestamp,
            request_context: RequestContext {
                request_id: &self.event.request_id,
                function_arn: self.target.arn_or_latest(),
                condition: self.condition.as_str(),
                approximate_invoke_count: self.invoke_count(),
            },
            request_payload: serde_json::from_str(&self.event.payload).ok(),
            response_context: self.done.map(|done| ResponseContext {
                status_code: 200,
                executed_version: &done.executed_version,
                function_error: done.has_failed().then_some("Unhandled"),
            }),
            response_payload: answer
                .as_deref()
                .and_then(|a| serde_json::from_slice(a).ok()),
        };
        serde_json::to_vec(&message).unwrap_or_default()
    }

    fn invoke_count(&self) -> u32 {
        match self.condition {
            Condition::Success => self.event.failures + 1,
            Condition::RetriesExhausted
            | Condition::EventAgeExceeded
            | Condition::ZeroReservedConcurrency => self.event.failures,
        }
    }

    fn dead_letter(&self) -> Vec<u8> {
        let answer = self.done.map(Done::payload).unwrap_or_default();
        let letter = DeadLetter {
            request_id: &self.event.request_id,
            error_code: 200,
            error_message: String::from_utf8_lossy(&answer).into_owned(),
            payload: serde_json::from_str(&self.event.payload).ok(),
        };
        serde_json::to_vec(&letter).unwrap_or_default()
    }
}

impl Lambda {
    /// The settings for events of what `target` names; AWS's defaults if there are none.
    pub(crate) async fn event_config(&self, target: &Target) -> Result<EventConfigRecord, Error> {
        match event_config::of(&self.0.store, target).await {
            Err(Error::Absent(_)) => Ok(EventConfigRecord::default()),
            other => other,
        }
    }

    /// Tells everybody who is to know that an event has ended. What cannot be delivered is logged
    /// and lost, as on AWS.
    pub(crate) async fn report(&self, ended: &Ended<'_>, config: &EventConfigRecord) {
        if let Err(error) = self.try_report(ended, config).await {
            let function = &ended.target.name;
            let error: &dyn std::error::Error = &error;
            tracing::warn!(%function, error, "word of an event's end could not be delivered");
        }
    }

    async fn try_report(&self, ended: &Ended<'_>, config: &EventConfigRecord) -> Result<(), Error> {
        let destination = match ended.condition {
            Condition::Success => config.on_success.as_deref(),
            _ => config.on_failure.as_deref(),
        };
        let settings = catalog::resolve(&self.0.store, ended.target, None).await?;
        let settings = settings.record.settings;
        if let Some(arn) = destination {
            let message = ended.message(self.0.clock.now().iso8601());
            self.deliver(ended.target, &settings.role, arn, message.into())
                .await?;
        }
        let dead_letter = settings.dead_letter.as_deref();
        if let (Some(arn), false) = (dead_letter, ended.condition == Condition::Success) {
            let letter = match Destination::parse(arn) {
                Some(Destination::Function(_)) => ended.event.payload.clone().into_bytes(),
                _ => ended.dead_letter(),
            };
            self.deliver(ended.target, &settings.role, arn, letter.into())
                .await?;
        }
        Ok(())
    }

    /// Sends a message to a destination as a function's role.
    pub(crate) async fn deliver(
        &self,
        from: &Target,
        role: &str,
        arn: &str,
        message: Bytes,
    ) -> Result<(), Error> {
        let asked = ServiceSession {
            service: LAMBDA_PRINCIPAL,
            name: &from.name,
            duration_s: SESSION_S,
            source_function: None,
        };
        let session = self.0.roles.assume(role, asked);
        let (_, caller) = session.await.map_err(|_| Error::RoleNotAssumable)?;
        match Destination::parse(arn) {
            Some(Destination::Function(_)) => {
                let request = InvokeRequest {
                    function_arn: arn.to_owned(),
                    payload: message,
                    kind: InvocationKind::Event,
                };
                let invoked = self.invoke(caller, request).await;
                invoked
                    .map(|_| ())
                    .map_err(|e| Error::Undelivered(e.to_string()))
            }
            Some(Destination::LogGroup(group)) => {
                let now = self.0.clock.now();
                let line = LogLine {
                    time: now,
                    message: String::from_utf8_lossy(&message).into_owned(),
                };
                let date = now.iso8601();
                let stream = format!("{}/{}", from.name, date.get(..10).unwrap_or_default());
                let logs = &self.0.logs;
                let kept = logs.append(&caller, &group, &stream, vec![line]).await;
                kept.map_err(|e| Error::Undelivered(e.to_string()))
            }
            None => Err(Error::Undelivered(format!("{arn} is no destination"))),
        }
    }
}
