//! From what a function returns to an HTTP response.

use crate::header;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
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

const JSON: &str = "application/json";

/// Between the head and the body of a streamed response.
pub const END_OF_HEAD: &[u8] = &[0; 8];

impl Answer {
    pub fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Answer {
        Answer {
            status,
            headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
            body: body.into(),
        }
    }

    /// Sets a header; one of that name is replaced.
    pub fn set(&mut self, name: &str, value: &str) {
        self.headers
            .retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    /// With a content type, unless it names one.
    pub fn typed(mut self, content_type: &str) -> Answer {
        if header(&self.headers, "content-type").is_none() {
            self.set("Content-Type", content_type);
        }
        self
    }

    /// Reads what a function returned: an object with a `statusCode` says everything, its content
    /// type only if it wants to; anything else is a body of JSON. None if it makes no response.
    pub fn read(payload: &Bytes) -> Option<Answer> {
        let value: Value = serde_json::from_slice(payload).ok()?;
        if value.get("statusCode").is_some() {
            return of_structured(serde_json::from_value(value).ok()?);
        }
        let body = match value {
            Value::String(text) => Bytes::from(text),
            _ => payload.clone(),
        };
        Some(Answer::new(200, JSON, body))
    }

    /// Reads what a function streamed: a head in JSON, if there is one, and the body as it is. None
    /// if the head makes no response.
    pub fn read_streamed(payload: Bytes) -> Option<Answer> {
        let end = end_of_head(&payload);
        let head = end.and_then(|end| payload.get(..end));
        let head = head.and_then(|head| serde_json::from_slice::<Structured>(head).ok());
        let (Some(end), Some(head)) = (end, head) else {
            return Some(Answer::new(200, "application/octet-stream", payload));
        };
        let status_code = head.status_code.or(Some(Value::from(200)));
        let head = Structured {
            status_code,
            body: None,
            ..head
        };
        let mut answer = of_structured(head)?.typed(JSON);
        answer.body = payload.slice((end + END_OF_HEAD.len())..);
        Some(answer)
    }
}

/// Where the head of a streamed response ends, once all of it is there.
pub fn end_of_head(payload: &[u8]) -> Option<usize> {
    payload
        .windows(END_OF_HEAD.len())
        .position(|window| window == END_OF_HEAD)
}

/// None if it makes no response.
fn of_structured(structured: Structured) -> Option<Answer> {
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
    let mut answer = Answer {
        status,
        headers: Vec::new(),
        body,
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(payload: &'static str, expected: Option<(u16, &str)>) -> Option<Answer> {
        let answer = Answer::read(&Bytes::from_static(payload.as_bytes()));
        let found = answer.as_ref().map(|answer| {
            let body = std::str::from_utf8(&answer.body).unwrap();
            (answer.status, body)
        });
        assert_eq!(found, expected);
        answer
    }

    #[test]
    fn what_functions_return() {
        check("\"hello\"", Some((200, "hello")));
        check(r#"{"a":1}"#, Some((200, r#"{"a":1}"#)));
        check("3", Some((200, "3")));
        check(r#"{"statusCode":201,"body":"x"}"#, Some((201, "x")));
        check(r#"{"statusCode":"202"}"#, Some((202, "")));
        check(r#"{"statusCode":1000}"#, None);
        check("{", None);
        check(
            r#"{"statusCode":200,"body":"aGk=","isBase64Encoded":true}"#,
            Some((200, "hi")),
        );
        let answer = check(
            r#"{"statusCode":200,"headers":{"content-type":"text/html"},"cookies":["a=1","b=2"]}"#,
            Some((200, "")),
        );
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = [
            header("content-type", "text/html"),
            header("Set-Cookie", "a=1"),
            header("Set-Cookie", "b=2"),
        ];
        assert_eq!(answer.unwrap().headers, expected);
    }

    #[test]
    fn streams_have_heads() {
        let payload = Bytes::from_static(b"{\"statusCode\":404}\0\0\0\0\0\0\0\0gone");
        let streamed = Answer::read_streamed(payload).unwrap();
        assert_eq!((streamed.status, &streamed.body[..]), (404, &b"gone"[..]));
    }
}
