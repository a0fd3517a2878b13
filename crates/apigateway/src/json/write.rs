//! JSON text out.

use super::{Json, Number};
use std::fmt::Write;

pub(super) fn json(value: &Json, out: &mut String) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Number(number) => push_number(number, out),
        Json::String(text) => push_string(text, out),
        Json::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                json(item, out);
            }
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                push_string(name, out);
                out.push(':');
                json(member, out);
            }
            out.push('}');
        }
    }
}

fn push_number(number: &Number, out: &mut String) {
    match number {
        Number::Integer(n) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{n}");
        }
        Number::Big(digits) => out.push_str(digits),
        // JSON has no word for them; Jackson writes them as strings.
        Number::Double(n) if !n.is_finite() => {
            out.push('"');
            push_java_double(*n, out);
            out.push('"');
        }
        Number::Double(n) => push_java_double(*n, out),
    }
}

/// Appends a string in quotes, with the escapes JSON demands and no others.
pub(crate) fn push_string(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '\\' || c < ' ') {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut chars = special.chars();
        if let Some(c) = chars.next() {
            push_escaped(c, out);
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

fn push_escaped(c: char, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        _ => {
            let _ = write!(out, "\\u{:04X}", u32::from(c));
        }
    }
}

/// Appends a double as Java's `Double.toString` does: `1.0`, `0.001`, `1.0E7`, `1.5E-4`.
pub(crate) fn push_java_double(n: f64, out: &mut String) {
    if !n.is_finite() {
        out.push_str(if n.is_nan() {
            "NaN"
        } else if n > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        });
        return;
    }
    let size = n.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        let _ = write!(out, "{n:?}");
        return;
    }
    // Rust's exponent form has the same shortest digits, as `1e7` or `1.5e-4`.
    let text = format!("{n:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => {
            let _ = write!(out, "{digits}E{exponent}");
        }
        Some((digits, exponent)) => {
            let _ = write!(out, "{digits}.0E{exponent}");
        }
        None => out.push_str(&text),
    }
}
