//! Writing.

use crate::item::{Item, Value};
use crate::number::Number;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;

/// Words that are no symbols without quotes.
const KEYWORDS: [&str; 4] = ["null", "true", "false", "nan"];

/// Writes a struct of items by their names on a line of its own: `$ion_1_0 {Item:{...}}`.
pub fn write<'a>(out: &mut Vec<u8>, members: impl IntoIterator<Item = (&'static str, &'a Item)>) {
    let mut text = String::from("$ion_1_0 ");
    named(&mut text, members);
    text.push('\n');
    out.extend_from_slice(text.as_bytes());
}

/// Writes such a struct as a change: `$ion_1_0 {Record:{Keys:{...},...}}`.
pub fn write_record<'a>(
    out: &mut Vec<u8>,
    members: impl IntoIterator<Item = (&'static str, &'a Item)>,
) {
    let mut text = String::from("$ion_1_0 {Record:");
    named(&mut text, members);
    text.push_str("}\n");
    out.extend_from_slice(text.as_bytes());
}

fn named<'a>(text: &mut String, members: impl IntoIterator<Item = (&'static str, &'a Item)>) {
    text.push('{');
    for (at, (name, item)) in members.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(name);
        text.push(':');
        structure(text, item);
    }
    text.push('}');
}

fn structure(out: &mut String, item: &Item) {
    out.push('{');
    for (at, (name, member)) in item.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        symbol(out, name);
        out.push(':');
        value(out, member);
    }
    out.push('}');
}

fn value(out: &mut String, it: &Value) {
    match it {
        Value::S(text) => quoted(out, text, '"'),
        Value::N(number) => decimal(out, number),
        Value::B(bytes) => blob(out, bytes),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Null => out.push_str("null"),
        Value::L(list) => elements(out, list.iter(), value),
        Value::M(map) => structure(out, map),
        Value::Ss(set) => {
            out.push_str("$dynamodb_SS::");
            elements(out, set.iter(), |out, text| quoted(out, text, '"'));
        }
        Value::Ns(set) => {
            out.push_str("$dynamodb_NS::");
            elements(out, set.iter(), decimal);
        }
        Value::Bs(set) => {
            out.push_str("$dynamodb_BS::");
            elements(out, set.iter(), |out, bytes| blob(out, bytes));
        }
    }
}

fn elements<'a, T: 'a>(
    out: &mut String,
    list: impl Iterator<Item = &'a T>,
    mut write: impl FnMut(&mut String, &'a T),
) {
    out.push('[');
    for (at, element) in list.enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(out, element);
    }
    out.push(']');
}

/// A number without a point would be an integer.
fn decimal(out: &mut String, number: &Number) {
    let text = number.to_string();
    out.push_str(&text);
    if !text.contains('.') {
        out.push('.');
    }
}

fn blob(out: &mut String, bytes: &[u8]) {
    out.push_str("{{");
    STANDARD.encode_string(bytes, out);
    out.push_str("}}");
}

fn symbol(out: &mut String, name: &str) {
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_plain = name.starts_with(is_first)
        && name.chars().all(|c| is_first(c) || c.is_ascii_digit())
        && !KEYWORDS.contains(&name);
    match is_plain {
        true => out.push_str(name),
        false => quoted(out, name, '\''),
    }
}

fn quoted(out: &mut String, text: &str, quote: char) {
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote || c == '\\' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => {
                // Writing into a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}
