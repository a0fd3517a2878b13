//! A function's answer to a proxy event.
//!
//! It must be an object with none but the known members; a status may be text, booleans and
//! numbers may stand as header values. Everything else is malformed, and the client gets a 502.

use crate::json::{Dialect, Json, Number};

/// What the client is to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Whether the function says that the body is Base64.
    pub base64: Encoding,
}

/// What the client is to get before the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    pub headers: Vec<(String, String)>,
}

/// How the body of an answer is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Text,
    Base64,
}

/// Why an answer is refused; the text goes to the execution log only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Malformed Lambda proxy response: {0}")]
pub struct Malformed(pub &'static str);

/// Reads an answer.
///
/// # Errors
/// [`Malformed`].
pub fn parse(payload: &str) -> Result<Answer, Malformed> {
    let json = Json::read(payload, Dialect::Strict).map_err(|_| Malformed("not JSON"))?;
    let Json::Object(members) = json else {
        return Err(Malformed("not an object"));
    };
    if members.is_empty() {
        return Err(Malformed("an empty object"));
    }
    let mut answer = Answer {
        status: 200,
        headers: Vec::new(),
        body: String::new(),
        base64: Encoding::Text,
    };
    let mut multi = Vec::new();
    for (name, value) in *members {
        match (name.as_str(), value) {
            ("statusCode", value) => answer.status = status(&value)?,
            ("headers", value) => answer.headers = single_values(value)?,
            ("multiValueHeaders", value) => multi = lists(value)?,
            ("body", value) => answer.body = body(value)?,
            ("isBase64Encoded", Json::Bool(true)) => answer.base64 = Encoding::Base64,
            ("isBase64Encoded", Json::Bool(false) | Json::Null) => {}
            ("isBase64Encoded", _) => return Err(Malformed("isBase64Encoded is not a boolean")),
            _ => return Err(Malformed("an unknown member")),
        }
    }
    answer.headers = merge(multi, answer.headers);
    Ok(answer)
}

/// Reads the head of an answer whose body follows it. It has cookies too, and what else is in it
/// means nothing.
///
/// # Errors
/// [`Malformed`].
pub fn parse_head(text: &str) -> Result<Head, Malformed> {
    let Ok(Json::Object(members)) = Json::read(text, Dialect::Strict) else {
        return Err(Malformed("the head is not a JSON object"));
    };
    let mut head = Head {
        status: 200,
        headers: Vec::new(),
    };
    let (mut multi, mut cookies) = (Vec::new(), Vec::new());
    for (name, value) in *members {
        match name.as_str() {
            "statusCode" => head.status = status(&value)?,
            "headers" => head.headers = single_values(value)?,
            "multiValueHeaders" => multi = lists(value)?,
            "cookies" => cookies = list("Set-Cookie", value)?,
            _ => {}
        }
    }
    head.headers = merge(multi, head.headers);
    head.headers.extend(cookies);
    Ok(head)
}

fn status(value: &Json) -> Result<u16, Malformed> {
    let status = match value {
        Json::Number(Number::Integer(n)) => u16::try_from(*n).ok(),
        Json::String(text) => text.parse().ok(),
        Json::Null => Some(200),
        _ => None,
    };
    status
        .filter(|status| (100..600).contains(status))
        .ok_or(Malformed("an invalid statusCode"))
}

fn body(value: Json) -> Result<String, Malformed> {
    match value {
        Json::String(text) => Ok(text),
        Json::Null => Ok(String::new()),
        Json::Bool(_) | Json::Number(_) => Ok(value.to_text()),
        Json::Array(_) | Json::Object(_) => Err(Malformed("the body is not text")),
    }
}

fn single_values(value: Json) -> Result<Vec<(String, String)>, Malformed> {
    match value {
        Json::Null => Ok(Vec::new()),
        Json::Object(members) => members
            .into_iter()
            .map(|(name, value)| Ok((name, header_value(value)?)))
            .collect(),
        _ => Err(Malformed("headers is not an object")),
    }
}

fn lists(value: Json) -> Result<Vec<(String, String)>, Malformed> {
    let members = match value {
        Json::Null => return Ok(Vec::new()),
        Json::Object(members) => members,
        _ => return Err(Malformed("multiValueHeaders is not an object")),
    };
    let mut headers = Vec::new();
    for (name, values) in *members {
        headers.extend(list(&name, values)?);
    }
    Ok(headers)
}

/// A header with all its values.
fn list(name: &str, values: Json) -> Result<Vec<(String, String)>, Malformed> {
    let Json::Array(values) = values else {
        return Err(Malformed("the values of a header are not a list"));
    };
    let values = values.into_iter();
    values
        .map(|value| Ok((name.to_owned(), header_value(value)?)))
        .collect()
}

fn header_value(value: Json) -> Result<String, Malformed> {
    match value {
        Json::String(text) => Ok(text),
        Json::Bool(_) | Json::Number(_) => Ok(value.to_text()),
        Json::Null => Ok(String::new()),
        Json::Array(_) | Json::Object(_) => Err(Malformed("a header is not text")),
    }
}

/// All values of `multiValueHeaders`, and of `headers` those that are not among them.
fn merge(mut multi: Vec<(String, String)>, single: Vec<(String, String)>) -> Vec<(String, String)> {
    for (name, value) in single {
        let known = multi
            .iter()
            .any(|(other, known)| other.eq_ignore_ascii_case(&name) && *known == value);
        if !known {
            multi.push((name, value));
        }
    }
    multi
}
