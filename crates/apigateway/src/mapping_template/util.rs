//! `$util`: escaping, encoding, and JSON out of text.

use crate::exchange::decode_form;
use crate::json::{Dialect, Json};
use crate::template::{Heap, Value};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::Write;

/// What Java's `URLEncoder` leaves alone besides letters and digits.
const FORM: AsciiSet = NON_ALPHANUMERIC
    .remove(b'.')
    .remove(b'-')
    .remove(b'*')
    .remove(b'_')
    .remove(b' ');

/// A call without the right arguments is no method at all: it yields nothing.
pub(super) fn call(heap: &mut Heap, method: &str, args: &[Value]) -> Option<Value> {
    let [arg] = args else { return None };
    // Collections have no method that takes them.
    let text = match arg {
        Value::Text(text) => text.to_string(),
        Value::Bool(_) | Value::Int(_) | Value::Double(_) | Value::Big(_) => heap.to_text(arg),
        Value::Null | Value::List(_) | Value::Map(_) | Value::Object(_) | Value::Defined(_) => {
            return None;
        }
    };
    // What is made is about as long, or a few times so.
    if !heap.charge_made(text.len().saturating_mul(2)) {
        return None;
    }
    Some(match method {
        "escapeJavaScript" => Value::text(escape_java_script(&text)),
        "parseJson" => match Json::read(&text, Dialect::Strict) {
            Ok(json) => heap.import(&json),
            Err(_) => Value::Null,
        },
        "urlEncode" => Value::text(
            utf8_percent_encode(&text, &FORM)
                .to_string()
                .replace(' ', "+"),
        ),
        "urlDecode" => Value::text(decode_form(&text)),
        "base64Encode" => Value::text(BASE64_STANDARD.encode(&text)),
        "base64Decode" => match BASE64_STANDARD.decode(text.trim()) {
            Ok(bytes) => Value::text(String::from_utf8_lossy(&bytes).into_owned()),
            Err(_) => Value::Null,
        },
        _ => return None,
    })
}

/// Escapes for a string in double quotes. Single quotes stay as they are, so that the result may
/// stand in JSON.
fn escape_java_script(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
        }
    }
    out
}
