//! Invoking a function: from what a request names to the engine and back.

use crate::catalog;
use crate::engine::{Answer, Deployment, EngineError, MAX_PAYLOAD_BYTES, Outcome, Request};
use crate::error::Error;
use crate::lambda::Lambda;
use crate::lineage::{self, Lineage};
use crate::record::RecursiveLoop;
use crate::streaming::{self, Piece, Sink};
use crate::target::{Qualifier, Target};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::de::IgnoredAny;
use service::BoxFuture;
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The largest payload of an event: 1 MiB.
pub(crate) const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// An invocation that is to happen now.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub target: Target,
    pub request_id: String,
    pub payload: Bytes,
    pub client_context: Option<String>,
    /// The X-Ray header that it came with.
    pub trace: Option<String>,
}

/// What has happened.
#[derive(Clone, Debug)]
pub(crate) struct Done {
    pub outcome: Outcome,
    pub executed_version: String,
}

impl Done {
    pub fn has_failed(&self) -> bool {
        matches!(self.outcome.answer, Answer::Failed(_))
    }

    /// The answer, or the error document.
    pub fn payload(&self) -> Bytes {
        match &self.outcome.answer {
            Answer::Returned(payload) | Answer::Failed(payload) => payload.clone(),
        }
    }
}

/// An invocation whose answer comes piece by piece.
pub(crate) struct Streaming {
    pub executed_version: String,
    pub pieces: mpsc::Receiver<Piece>,
    /// What became of it, once there are no more pieces. An answer of functions that do not
    /// stream is in here.
    pub outcome: BoxFuture<'static, Result<Outcome, Error>>,
}

impl Streaming {
    /// Sends what comes; a function that fails breaks the answer off. Whoever reads it may be gone:
    /// the function does not notice.
    pub async fn forward(mut self, parts: mpsc::Sender<io::Result<Bytes>>) {
        while let Some(piece) = self.pieces.recv().await {
            if let Piece::Data(data) = piece
                && !data.is_empty()
            {
                let _ = parts.send(Ok(data)).await;
            }
        }
        let last = match self.outcome.await {
            Ok(outcome) => match outcome.answer {
                Answer::Returned(payload) if payload.is_empty() => return,
                Answer::Returned(payload) => Ok(payload),
                Answer::Failed(_) => Err(io::ErrorKind::BrokenPipe.into()),
            },
            Err(error) => Err(io::Error::other(error)),
        };
        let _ = parts.send(last).await;
    }
}

impl Lambda {
    /// Invokes a function and waits for its answer.
    pub(crate) async fn call(&self, call: Call) -> Result<Done, Error> {
        let (deployment, executed_version) = self.prepare(&call).await?;
        let outcome = self.run(deployment, &executed_version, call, None).await?;
        Ok(Done {
            outcome,
            executed_version,
        })
    }

    /// Invokes a function and waits until its answer begins.
    pub(crate) async fn call_streaming(&self, call: Call) -> Result<Streaming, Error> {
        let (deployment, executed_version) = self.prepare(&call).await?;
        let (sink, mut pieces) = streaming::channel();
        let (lambda, version) = (self.clone(), executed_version.clone());
        let run = tokio::spawn(trace::carried(async move {
            lambda.run(deployment, &version, call, Some(sink)).await
        }));
        let outcome = async { run.await.map_err(|_| Error::Internal)? };
        let (passed_on, rest) = streaming::channel();
        let Some(first) = pieces.recv().await else {
            // It ended without a piece; what it ended with may be a refusal.
            let outcome = outcome.await?;
            return Ok(Streaming {
                executed_version,
                pieces: rest,
                outcome: Box::pin(async { Ok(outcome) }),
            });
        };
        tokio::spawn(async move {
            let mut next = Some(first);
            while let Some(piece) = next {
                // The function goes on even if nobody takes what it writes.
                let _ = passed_on.send(piece).await;
                next = pieces.recv().await;
            }
        });
        Ok(Streaming {
            executed_version,
            pieces: rest,
            outcome: Box::pin(outcome),
        })
    }

    /// What a request runs, and the name of its version.
    async fn prepare(&self, call: &Call) -> Result<(Arc<Deployment>, String), Error> {
        let target = &call.target;
        let found = self.ready_version(target).await?;
        if found.function.recursive_loop == RecursiveLoop::Terminate {
            let lineage = Lineage::parse(call.trace.as_deref());
            if lineage.count(&target.function_arn().to_string()) >= lineage::MOST {
                return Err(Error::Recursive);
            }
        }
        let deployment = self.deployment(target, &found).await?;
        Ok((Arc::new(deployment), found.version))
    }

    /// Runs it, as a span of the trace that it belongs to.
    async fn run(
        &self,
        deployment: Arc<Deployment>,
        version: &str,
        call: Call,
        sink: Option<Sink>,
    ) -> Result<Outcome, Error> {
        let run = async {
            trace::note("function", || call.target.arn());
            trace::note("requestId", || &call.request_id);
            trace::note("version", || version);
            let request = self.request(call, sink);
            let outcome = self.0.engine.invoke(deployment, request).await;
            let outcome = outcome.map_err(refused)?;
            let failed = matches!(outcome.answer, Answer::Failed(_));
            trace::note("failed", || failed);
            trace::log(outcome.log_tail.lines());
            Ok(outcome)
        };
        trace::span("invoke", run).await
    }

    fn request(&self, call: Call, sink: Option<Sink>) -> Request {
        let lineage = Lineage::parse(call.trace.as_deref());
        let function_arn = call.target.function_arn().to_string();
        Request {
            request_id: call.request_id,
            payload: call.payload,
            invoked_arn: call.target.arn(),
            client_context: call.client_context,
            trace: lineage.header(&function_arn, &self.0.clock, &self.0.entropy),
            sink,
        }
    }
}

fn refused(error: EngineError) -> Error {
    match error {
        EngineError::Throttled(reason) => Error::Throttled(reason),
        EngineError::Role(service::AssumeError::Unavailable(fault)) => {
            tracing::error!(%fault, "a role could not be assumed");
            Error::Internal
        }
        EngineError::Role(_) => Error::RoleNotAssumable,
        EngineError::Stopped => Error::Stopping,
        EngineError::Internal => Error::Internal,
    }
}

/// The target as invocations tell its absence: with `$LATEST` if nothing else is named.
fn told_in_full(target: &Target) -> Target {
    let qualifier = target.qualifier.clone().or(Some(Qualifier::Latest));
    Target {
        qualifier,
        ..target.clone()
    }
}

/// Refuses what does not exist, as invocations tell it.
pub(crate) async fn exists(lambda: &Lambda, target: &Target) -> Result<(), Error> {
    let found = catalog::resolve(&lambda.0.store, target, None).await;
    found.map(|_| ()).map_err(|error| in_full(error, target))
}

/// A refusal as invocations tell it.
pub(crate) fn in_full(error: Error, target: &Target) -> Error {
    match error {
        Error::FunctionNotFound(_) => Error::FunctionNotFound(told_in_full(target).arn()),
        other => other,
    }
}

/// Reads a client context, which is a JSON object in base64.
pub(crate) fn client_context(header: Option<&str>) -> Result<Option<String>, Error> {
    let Some(header) = header.filter(|header| !header.is_empty()) else {
        return Ok(None);
    };
    let decoded = BASE64.decode(header).map_err(|_| Error::ClientContext)?;
    let text = String::from_utf8(decoded).map_err(|_| Error::ClientContext)?;
    match serde_json::from_str::<BTreeMap<String, IgnoredAny>>(&text) {
        Ok(_) => Ok(Some(text)),
        Err(_) => Err(Error::ClientContext),
    }
}

/// Checks a payload; an empty one means `{}`.
pub(crate) fn checked_payload(payload: Option<Bytes>, limit: usize) -> Result<Bytes, Error> {
    let payload = payload.filter(|payload| !payload.is_empty());
    let payload = payload.unwrap_or(Bytes::from_static(b"{}"));
    if payload.len() > limit {
        let bytes = payload.len();
        return Err(Error::PayloadTooLarge { bytes, limit });
    }
    match serde_json::from_slice::<IgnoredAny>(&payload) {
        Ok(_) if std::str::from_utf8(&payload).is_ok() => Ok(payload),
        Ok(_) => Err(Error::InvalidPayload(complaint(&payload, None))),
        Err(error) => Err(Error::InvalidPayload(complaint(&payload, Some(&error)))),
    }
}

/// The limit for invocations whose caller waits.
pub(crate) const MAX_SYNC_BYTES: usize = MAX_PAYLOAD_BYTES;

/// What AWS's parser says about a payload: the character it did not expect, or a word that is no
/// JSON, and where.
fn complaint(payload: &[u8], error: Option<&serde_json::Error>) -> String {
    const VALUES: &str = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'";
    let place = |line: usize, column: usize| {
        format!(
            "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); \
             line: {line}, column: {column}]"
        )
    };
    let leading = payload
        .iter()
        .take_while(|b| b.is_ascii_whitespace())
        .count();
    let rest = payload.get(leading..).unwrap_or_default();
    let word: Vec<u8> = rest
        .iter()
        .copied()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
        .collect();
    let column = leading + 1;
    match rest.first() {
        Some(first) if first.is_ascii_alphabetic() => match rest.get(word.len()) {
            Some(byte) if !byte.is_ascii() => {
                // The parser looks one character further before it says so.
                let column = column + word.len() + 1;
                let place = place(1, column);
                format!("Invalid UTF-8 start byte 0x{byte:02x}{place}")
            }
            _ => {
                let word = String::from_utf8_lossy(&word);
                let place = place(1, column + word.len());
                format!("Unrecognized token '{word}': was expecting ({VALUES}){place}")
            }
        },
        Some(first) if !b"{[\"-0123456789".contains(first) => {
            let shown = match first {
                0x20..0x7f => format!("'{}' (code {first})", char::from(*first)),
                _ => format!("(CTRL-CHAR, code {first})"),
            };
            let place = place(1, column);
            format!("Unexpected character ({shown}): expected a valid value ({VALUES}){place}")
        }
        _ => match error {
            Some(error) if error.is_eof() => {
                let place = place(error.line(), error.column() + 1);
                format!("Unexpected end-of-input: expected close marker{place}")
            }
            Some(error) => {
                let place = place(error.line(), error.column());
                format!("Unexpected character: was expecting a valid value{place}")
            }
            None => format!("Invalid UTF-8 middle byte{}", place(1, column)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads() {
        let check = |payload: &'static [u8]| checked_payload(Some(payload.into()), 100);
        assert_eq!(checked_payload(None, 100).unwrap(), "{}");
        assert_eq!(check(b"").unwrap(), "{}");
        for fine in [&b"1"[..], b" null ", b"\"x\"", b"[1, {\"a\": 2}]"] {
            assert_eq!(check(fine).unwrap(), fine);
        }
        for bad in [&b"{"[..], b"x", b"{\"a\": }", b"\"\xff\"", b"1 2", b"NaN"] {
            assert!(
                matches!(check(bad), Err(Error::InvalidPayload(_))),
                "{bad:?}"
            );
        }
        let large = checked_payload(Some(vec![b'1'; 101].into()), 100);
        assert!(matches!(
            large,
            Err(Error::PayloadTooLarge { bytes: 101, .. })
        ));
    }

    #[test]
    fn complaints_are_those_of_awss_parser() {
        let place = " at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: ";
        let check = |payload: &[u8], expected: &str, column: usize| {
            let error = serde_json::from_slice::<IgnoredAny>(payload).unwrap_err();
            let expected = format!("{expected}\n{place}{column}]");
            assert_eq!(complaint(payload, Some(&error)), expected);
        };
        check(b"n\x87r\x9e\xe9", "Invalid UTF-8 start byte 0x87", 3);
        check(
            b"\x99\xeb,j\x07\xa1zYh",
            "Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            1,
        );
    }
}
