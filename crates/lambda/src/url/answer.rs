//! From what a function returns, or why it was not invoked, to an HTTP response.

use super::Refusal;
use crate::engine::Answer;
use crate::error::Error;
use crate::invocation::{Done, Streaming};
use crate::streaming::{self, Piece};
use bytes::{Bytes, BytesMut};
use std::io;
use tokio::sync::mpsc;
use wire::ByteStream;

/// The answer to a request to a function URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlAnswer {
    pub begun: http_event::Answer,
    /// What comes after the body, as the function writes it.
    pub stream: Option<ByteStream>,
}

impl From<http_event::Answer> for UrlAnswer {
    fn from(whole: http_event::Answer) -> UrlAnswer {
        UrlAnswer {
            begun: whole,
            stream: None,
        }
    }
}

/// The content type of an answer that begins with its head.
const WITH_HEAD: &str = "application/vnd.awslambda.http-integration-response";

/// The response that an invocation makes.
pub(super) fn of_invocation(done: &Done) -> http_event::Answer {
    match done.has_failed() {
        true => bad_gateway(),
        false => {
            let payload = done.payload();
            let answer = http_event::Answer::read(&payload).unwrap_or_else(bad_gateway);
            let mut answer = answer.typed("application/json");
            // What is no response but its body goes out as AWS writes JSON.
            if answer.body == payload {
                answer.body = without_spaces(&payload);
            }
            answer
        }
    }
}

/// JSON without what stands between its tokens.
fn without_spaces(json: &[u8]) -> Bytes {
    let (mut in_string, mut is_escaped) = (false, false);
    let kept = json.iter().copied().filter(|byte| {
        let is_token = in_string || !byte.is_ascii_whitespace();
        in_string ^= *byte == b'"' && !is_escaped;
        is_escaped = in_string && *byte == b'\\' && !is_escaped;
        is_token
    });
    kept.collect()
}

/// A head that has not ended by then is none.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The response that an answer in pieces begins; the rest of it comes as it is made.
pub(super) async fn of_streaming(mut streaming: Streaming) -> Result<UrlAnswer, Error> {
    let content_type = match streaming.pieces.recv().await {
        Some(Piece::Head { content_type }) => content_type,
        // Only a function that does not stream, or fails, sends none.
        Some(Piece::Data(_)) | None => return of_whole(streaming).await,
    };
    let mut begun = if content_type.as_deref() == Some(WITH_HEAD) {
        let mut head = BytesMut::new();
        while http_event::end_of_head(&head).is_none() {
            match streaming.pieces.recv().await {
                Some(Piece::Data(_)) if head.len() > MAX_HEAD_BYTES => {
                    return Ok(bad_gateway().into());
                }
                Some(Piece::Data(data)) => head.extend_from_slice(&data),
                Some(Piece::Head { .. }) => {}
                None => return Ok(bad_gateway().into()),
            }
        }
        streamed(head.freeze())
    } else {
        let content_type = content_type
            .as_deref()
            .unwrap_or("application/octet-stream");
        http_event::Answer::new(200, content_type, Bytes::new())
    };
    let (parts, stream) = streaming::body();
    tokio::spawn(send(std::mem::take(&mut begun.body), streaming, parts));
    Ok(UrlAnswer {
        begun,
        stream: Some(stream),
    })
}

/// A function that does not stream answers in one piece.
async fn of_whole(streaming: Streaming) -> Result<UrlAnswer, Error> {
    Ok(match streaming.outcome.await?.answer {
        Answer::Failed(_) => bad_gateway().into(),
        Answer::Returned(payload) => streamed(payload).into(),
    })
}

async fn send(begun: Bytes, streaming: Streaming, parts: mpsc::Sender<io::Result<Bytes>>) {
    if !begun.is_empty() {
        // Whoever reads it may be gone.
        let _ = parts.send(Ok(begun)).await;
    }
    streaming.forward(parts).await;
}

fn streamed(payload: Bytes) -> http_event::Answer {
    http_event::Answer::read_streamed(payload).unwrap_or_else(bad_gateway)
}

fn bad_gateway() -> http_event::Answer {
    http_event::Answer::new(502, "application/json", "Internal Server Error")
}

const FORBIDDEN: &str = "{\"Message\":\"Forbidden. For troubleshooting Function URL authorization \
                         issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html\"}";

/// What is answered where no function was invoked.
pub(super) fn of_refusal(refusal: Refusal) -> http_event::Answer {
    let (status, kind, body) = match refusal {
        Refusal::NoSuchUrl | Refusal::Failed(Error::FunctionNotFound(_)) => (
            404,
            "ResourceNotFoundException",
            "{\"Message\":null}".to_owned(),
        ),
        Refusal::Forbidden => (403, "AccessDeniedException", FORBIDDEN.to_owned()),
        Refusal::Failed(Error::Throttled(_)) => (
            429,
            "TooManyRequestsException",
            "{\"Message\":\"Rate Exceeded.\"}".to_owned(),
        ),
        Refusal::Failed(Error::PayloadTooLarge { .. }) => (
            413,
            "RequestTooLargeException",
            "{\"Message\":\"Request Entity Too Large\"}".to_owned(),
        ),
        Refusal::Failed(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::error!(error, "a request to a function URL could not be served");
            return bad_gateway();
        }
    };
    let mut answer = http_event::Answer::new(status, "application/json", body);
    answer.set("x-amzn-ErrorType", kind);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_stay_where_they_are_text() {
        for (json, expected) in [
            (r#"{"a": [1, true]}"#, r#"{"a":[1,true]}"#),
            (r#" "a \" b" "#, r#""a \" b""#),
            (r#"["\\", "c d"]"#, r#"["\\","c d"]"#),
            ("3.1", "3.1"),
        ] {
            assert_eq!(without_spaces(json.as_bytes()), expected, "{json}");
        }
    }
}
