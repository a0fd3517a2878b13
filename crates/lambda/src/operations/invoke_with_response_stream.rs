//! InvokeWithResponseStream.

use crate::engine::{Answer, Outcome};
use crate::error::Error;
use crate::invocation::{
    Call, MAX_SYNC_BYTES, Streaming, checked_payload, client_context, exists, in_full,
};
use crate::lambda::Lambda;
use crate::streaming::{self, Piece};
use crate::target::{Scope, Target};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use service::{Caller, Operate, Permit, Requirement};
use std::io;
use tokio::sync::mpsc;
use wire::event;
use wire::lambda::{
    InvokeWithResponseStreamInput, InvokeWithResponseStreamOutput, LogType,
    ResponseStreamingInvocationType,
};

/// Answers that do not come in pieces are sent in some of this size.
const CHUNK_BYTES: usize = 64 * 1024;

impl Operate<Lambda> for InvokeWithResponseStreamInput {
    async fn requirements(
        &self,
        lambda: &Lambda,
        caller: &Caller,
    ) -> Result<Vec<Requirement>, Error> {
        lambda.may_invoke(&parse(self, &Scope::of(caller))?).await
    }

    async fn operate(
        self,
        lambda: &Lambda,
        permit: &Permit,
    ) -> Result<InvokeWithResponseStreamOutput, Error> {
        let target = parse(&self, &Scope::of(permit.caller()))?;
        if self.tenant_id.is_some() {
            return Err(Error::NotBuilt("Lambda: TenantId is not built".to_owned()));
        }
        let payload = checked_payload(self.payload, MAX_SYNC_BYTES)?;
        if self.invocation_type == Some(ResponseStreamingInvocationType::DryRun) {
            exists(lambda, &target).await?;
            return Ok(InvokeWithResponseStreamOutput {
                status_code: Some(204),
                ..InvokeWithResponseStreamOutput::default()
            });
        }
        let call = Call {
            payload,
            request_id: permit.caller().request_id.to_string(),
            client_context: client_context(self.client_context.as_deref())?,
            trace: permit.caller().source.trace.clone(),
            target: target.clone(),
        };
        let streaming = lambda.call_streaming(call).await;
        let streaming = streaming.map_err(|error| in_full(error, &target))?;
        let executed_version = streaming.executed_version.clone();
        let (parts, stream) = streaming::body();
        tokio::spawn(send(streaming, self.log_type, parts));
        Ok(InvokeWithResponseStreamOutput {
            status_code: Some(200),
            executed_version: Some(executed_version),
            event_stream: Some(stream),
            response_stream_content_type: None,
        })
    }
}

fn parse(input: &InvokeWithResponseStreamInput, scope: &Scope) -> Result<Target, Error> {
    Target::parse(scope, &input.function_name, input.qualifier.as_deref())
}

/// Sends the pieces as events, and at last what became of the invocation. Whoever reads them may
/// be gone; the function does not notice.
async fn send(
    mut streaming: Streaming,
    log_type: Option<LogType>,
    parts: mpsc::Sender<io::Result<Bytes>>,
) {
    while let Some(piece) = streaming.pieces.recv().await {
        if let Piece::Data(data) = piece {
            let _ = parts.send(Ok(chunk(&data))).await;
        }
    }
    let outcome = match streaming.outcome.await {
        Ok(outcome) => outcome,
        Err(error) => {
            let _ = parts.send(Err(io::Error::other(error))).await;
            return;
        }
    };
    if let Answer::Returned(payload) = &outcome.answer {
        for data in payload.chunks(CHUNK_BYTES) {
            let _ = parts.send(Ok(chunk(data))).await;
        }
    }
    let _ = parts.send(Ok(complete(&outcome, log_type))).await;
}

fn chunk(data: &[u8]) -> Bytes {
    event("PayloadChunk", "application/octet-stream", data)
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Complete {
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_details: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_result: Option<String>,
}

#[derive(Deserialize)]
struct Failure {
    #[serde(rename = "errorType")]
    error_type: Option<String>,
}

fn complete(outcome: &Outcome, log_type: Option<LogType>) -> Bytes {
    let mut complete = Complete::default();
    if let Answer::Failed(document) = &outcome.answer {
        let failure = serde_json::from_slice::<Failure>(document).ok();
        let kind = failure.and_then(|failure| failure.error_type);
        complete.error_code = Some(kind.unwrap_or_else(|| "Unhandled".to_owned()));
        complete.error_details = Some(String::from_utf8_lossy(document).into_owned());
    }
    let tail = log_type == Some(LogType::Tail);
    complete.log_result = tail.then(|| BASE64.encode(&outcome.log_tail));
    let document = serde_json::to_vec(&complete).unwrap_or_default();
    event("InvokeComplete", "application/json", &document)
}
