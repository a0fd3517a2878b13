//! From what a function returns to an HTTP response.

use super::Refusal;
use crate::engine::Answer;
use crate::error::Error;
use crate::invocation::{Done, Streaming};
use crate::streaming::{self, Piece};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use tokio::sync::mpsc;
use wire::ByteStream;

/// The answer to a request to a function URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// What comes after `body`, as the function writes it.
    pub stream: Option<ByteStream>,
}

/// The content type of an answer that begins with its head.
const WITH_HEAD: &str = "application/vnd.awslambda.http-integration-response";
/// Between the head and the body of a streamed response.
const PRELUDE_END: &[u8] = &[0; 8];

impl UrlAnswer {
    fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> UrlAnswer {
        UrlAnswer {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
            stream: None,
        }
    }

    /// Sets a header; one of that name is replaced.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.headers
            .retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

/// What a function returns to say more than the body.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Structured {
    status_code: Option<Value>,
    #[serde(default)]
    headers: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    cookies: Option<Vec<String>>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    is_base64_encoded: Option<bool>,
}

/// The response that an invocation makes.
pub(super) fn of_invocation(done: &Done) -> UrlAnswer {
    match done.has_failed() {
        true => bad_gateway(),
        false => buffered(&done.payload()),
    }
}

/// The response that an answer in pieces begins; the rest of it comes as it is made.
pub(super) async fn of_streaming(mut streaming: Streaming) -> Result<UrlAnswer, Error> {
    let content_type = match streaming.pieces.recv().await {
        Some(Piece::Head { content_type }) => content_type,
        // Only a function that does not stream, or fails, sends none.
        Some(Piece::Data(_)) | None => return of_whole(streaming).await,
    };
    let mut answer = if content_type.as_deref() == Some(WITH_HEAD) {
        let mut begun = BytesMut::new();
        while end_of_head(&begun).is_none() {
            match streaming.pieces.recv().await {
                Some(Piece::Data(data)) => begun.extend_from_slice(&data),
                Some(Piece::Head { .. }) => {}
                None => return Ok(bad_gateway()),
            }
        }
        streamed(begun.freeze())
    } else {
        let content_type = content_type
            .as_deref()
            .unwrap_or("application/octet-stream");
        UrlAnswer::new(200, content_type, Bytes::new())
    };
    let (parts, stream) = streaming::body();
    tokio::spawn(send(std::mem::take(&mut answer.body), streaming, parts));
    answer.stream = Some(stream);
    Ok(answer)
}

/// A function that does not stream answers in one piece.
async fn of_whole(streaming: Streaming) -> Result<UrlAnswer, Error> {
    Ok(match streaming.outcome.await?.answer {
        Answer::Failed(_) => bad_gateway(),
        Answer::Returned(payload) => streamed(payload),
    })
}

/// Sends what comes; a function that fails on the way breaks the answer off.
async fn send(begun: Bytes, mut streaming: Streaming, parts: mpsc::Sender<io::Result<Bytes>>) {
    let mut next = Some(Piece::Data(begun));
    while let Some(piece) = next {
        if let Piece::Data(data) = piece
            && !data.is_empty()
        {
            // Whoever reads it may be gone.
            let _ = parts.send(Ok(data)).await;
        }
        next = streaming.pieces.recv().await;
    }
    let failed = match streaming.outcome.await {
        Ok(outcome) => matches!(outcome.answer, Answer::Failed(_)),
        Err(_) => true,
    };
    if failed {
        let _ = parts.send(Err(io::ErrorKind::BrokenPipe.into())).await;
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(PRELUDE_END.len())
        .position(|window| window == PRELUDE_END)
}

fn bad_gateway() -> UrlAnswer {
    UrlAnswer::new(502, "application/json", "Internal Server Error")
}

/// An object with a `statusCode` says everything; anything else is the body.
fn buffered(payload: &Bytes) -> UrlAnswer {
    let Ok(value) = serde_json::from_slice::<Value>(payload) else {
        return bad_gateway();
    };
    let says_everything = value.get("statusCode").is_some();
    if says_everything {
        let structured: Result<Structured, _> = serde_json::from_value(value);
        return structured
            .ok()
            .and_then(of_structured)
            .unwrap_or_else(bad_gateway);
    }
    let body = match value {
        Value::String(text) => Bytes::from(text),
        _ => payload.clone(),
    };
    UrlAnswer::new(200, "application/json", body)
}

/// A head in JSON, if there is one, and the body as it is.
fn streamed(payload: Bytes) -> UrlAnswer {
    let end = end_of_head(&payload);
    let head = end.and_then(|end| payload.get(..end));
    let head = head.and_then(|head| serde_json::from_slice::<Structured>(head).ok());
    let (Some(end), Some(head)) = (end, head) else {
        return UrlAnswer::new(200, "application/octet-stream", payload);
    };
    let status_code = head.status_code.or(Some(Value::from(200)));
    let head = Structured {
        status_code,
        body: None,
        ..head
    };
    let Some(mut answer) = of_structured(head) else {
        return bad_gateway();
    };
    answer.body = payload.slice((end + PRELUDE_END.len())..);
    answer
}

/// `None` if it makes no response.
fn of_structured(structured: Structured) -> Option<UrlAnswer> {
    let status = match structured.status_code? {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    let status = u16::try_from(status).ok()?;
    if !(100..600).contains(&status) {
        return None;
    }
    let text = match structured.body {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(other) => other.to_string(),
    };
    let body = match structured.is_base64_encoded {
        Some(true) => Bytes::from(BASE64.decode(text).ok()?),
        _ => Bytes::from(text),
    };
    let mut answer = UrlAnswer::new(status, "application/json", body);
    for (name, value) in structured.headers.unwrap_or_default() {
        match value {
            Value::String(text) => answer.set(&name, &text),
            Value::Number(_) | Value::Bool(_) => answer.set(&name, &value.to_string()),
            _ => return None,
        }
    }
    let cookies = structured.cookies.unwrap_or_default().into_iter();
    answer
        .headers
        .extend(cookies.map(|cookie| ("Set-Cookie".to_owned(), cookie)));
    Some(answer)
}

const FORBIDDEN: &str = "{\"Message\":\"Forbidden. For troubleshooting Function URL authorization \
                         issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html\"}";

/// What is answered where no function was invoked.
pub(super) fn of_refusal(refusal: Refusal) -> UrlAnswer {
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
    let mut answer = UrlAnswer::new(status, "application/json", body);
    answer.set("x-amzn-ErrorType", kind);
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(payload: &'static str, status: u16, body: &str) -> UrlAnswer {
        let answer = buffered(&Bytes::from_static(payload.as_bytes()));
        assert_eq!((answer.status, &answer.body[..]), (status, body.as_bytes()));
        answer
    }

    #[test]
    fn what_functions_return() {
        check("\"hello\"", 200, "hello");
        check(r#"{"a":1}"#, 200, r#"{"a":1}"#);
        check("3", 200, "3");
        check(r#"{"statusCode":201,"body":"x"}"#, 201, "x");
        check(r#"{"statusCode":"202"}"#, 202, "");
        check(r#"{"statusCode":1000}"#, 502, "Internal Server Error");
        check(
            r#"{"statusCode":200,"body":"aGk=","isBase64Encoded":true}"#,
            200,
            "hi",
        );
        let answer = check(
            r#"{"statusCode":200,"headers":{"content-type":"text/html"},"cookies":["a=1","b=2"]}"#,
            200,
            "",
        );
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = [
            header("content-type", "text/html"),
            header("Set-Cookie", "a=1"),
            header("Set-Cookie", "b=2"),
        ];
        assert_eq!(answer.headers, expected);
    }

    #[test]
    fn streams_have_heads() {
        let streamed = streamed(Bytes::from_static(
            b"{\"statusCode\":404}\0\0\0\0\0\0\0\0gone",
        ));
        assert_eq!((streamed.status, &streamed.body[..]), (404, &b"gone"[..]));
    }
}
