//! JSON in both directions: bytes to [`Node`], and a writer for answers.

use crate::{Attributes, Node};
use base::Timestamp;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::io::Write as _;

/// Reads one JSON document; nesting beyond 128 levels is refused by the parser.
pub(crate) fn parse(bytes: &[u8]) -> Result<Node<'_>, serde_json::Error> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let node = Node::deserialize(&mut parser)?;
    parser.end()?;
    Ok(node)
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

/// An object's key, borrowed unless it holds escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor).map(Key)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Node::Integer(value))
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "beyond i64 a number is a decimal here"
    )]
    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Node::Decimal(value as f64), Node::Integer))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Node::Decimal(value))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Node::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Node::String(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut map = Vec::new();
        while let Some((Key(name), value)) = members.next_entry()? {
            map.push((name, value));
        }
        Ok(Node::Map(map))
    }
}

/// Writes JSON straight into a buffer; commas are its business.
#[derive(Debug, Default)]
pub struct JsonWriter {
    out: Vec<u8>,
}

impl JsonWriter {
    pub fn new() -> JsonWriter {
        JsonWriter::with_capacity(1024)
    }

    /// A writer of about so many bytes.
    pub fn with_capacity(bytes: usize) -> JsonWriter {
        JsonWriter {
            out: Vec::with_capacity(bytes),
        }
    }

    pub fn finish(self) -> Bytes {
        Bytes::from(self.out)
    }

    /// Writes `{`, the members that `members` writes, and `}`.
    pub fn object<R>(&mut self, members: impl FnOnce(&mut JsonWriter) -> R) -> R {
        self.out.push(b'{');
        let result = members(self);
        self.out.push(b'}');
        result
    }

    /// Writes `[`, the items that `items` writes, and `]`.
    pub fn array<R>(&mut self, items: impl FnOnce(&mut JsonWriter) -> R) -> R {
        self.out.push(b'[');
        let result = items(self);
        self.out.push(b']');
        result
    }

    /// Starts a member: its name and colon; its value must follow.
    pub fn key(&mut self, name: &str) {
        self.separate();
        self.string(name);
        self.out.push(b':');
    }

    /// Starts an item of an array.
    pub fn item(&mut self) {
        self.separate();
    }

    pub fn string(&mut self, text: &str) {
        self.out.push(b'"');
        let mut rest = text.as_bytes();
        while let Some((plain, byte, after)) = split_at_escaped(rest) {
            self.out.extend_from_slice(plain);
            let escape: &[u8] = match byte {
                b'"' => b"\\\"",
                b'\\' => b"\\\\",
                b'\n' => b"\\n",
                b'\r' => b"\\r",
                b'\t' => b"\\t",
                0x08 => b"\\b",
                0x0c => b"\\f",
                _ => &control(byte),
            };
            self.out.extend_from_slice(escape);
            rest = after;
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }

    pub fn bool(&mut self, value: bool) {
        self.raw(if value { "true" } else { "false" });
    }

    pub fn integer(&mut self, value: i64) {
        self.raw(&value.to_string());
    }

    /// A finite number, with `.0` when it is whole, as AWS writes doubles.
    pub fn double(&mut self, value: f64) {
        if value.fract() == 0.0 && value.abs() < 1e15 {
            self.raw(&format!("{value:.1}"));
        } else if value.is_finite() {
            self.raw(&value.to_string());
        } else {
            self.raw("null");
        }
    }

    /// Epoch seconds, with milliseconds as a fraction.
    pub fn timestamp(&mut self, value: Timestamp) {
        let (secs, millis) = (value.as_secs(), value.as_millis().rem_euclid(1000));
        if millis == 0 {
            self.integer(secs);
        } else {
            self.raw(format!("{secs}.{millis:03}").trim_end_matches('0'));
        }
    }

    pub fn base64(&mut self, bytes: &[u8]) {
        self.quoted(&Base64Display::new(bytes, &STANDARD));
    }

    /// A string of characters that need no escapes.
    pub fn quoted(&mut self, text: &dyn fmt::Display) {
        // Writing to a Vec cannot fail.
        let _ = write!(self.out, "\"{text}\"");
    }

    pub fn attributes(&mut self, attributes: &Attributes) {
        self.out.extend_from_slice(attributes.as_json());
    }

    /// Text that is JSON already.
    pub fn raw(&mut self, json: &str) {
        self.out.extend_from_slice(json.as_bytes());
    }

    fn separate(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':' | b',')) {
            self.out.push(b',');
        }
    }
}

/// What comes before the first byte that JSON escapes, that byte, and what comes after it. Nearly
/// all text has none, so it is looked through in steps that the compiler makes vectors of.
fn split_at_escaped(text: &[u8]) -> Option<(&[u8], u8, &[u8])> {
    const STEP: usize = 32;
    let escaped = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    let (steps, _) = text.as_chunks::<STEP>();
    let any = |step: &[u8; STEP]| step.iter().fold(false, |any, byte| any | escaped(*byte));
    let plain = steps.iter().take_while(|step| !any(step)).count() * STEP;
    let at = plain + text.iter().skip(plain).position(|byte| escaped(*byte))?;
    let (before, from) = text.split_at_checked(at)?;
    let (byte, after) = from.split_first()?;
    Some((before, *byte, after))
}

fn control(byte: u8) -> [u8; 6] {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| HEX.get(usize::from(n)).copied().unwrap_or(b'0');
    [b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 15)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_kind() {
        let node = parse(br#"{"a":[1,-2.5,"x\n",null,true],"b":{"c":"d"}}"#).unwrap();
        let Node::Map(members) = node else {
            panic!("a map")
        };
        assert_eq!(members[0].1.shown(), "[1, -2.5, x\n, null, true]");
        assert_eq!(members[1].1.shown(), "{c=d}");
    }

    #[test]
    fn refuses_what_is_not_json() {
        for bad in [
            &b"{"[..],
            b"",
            b"{} x",
            b"\xff",
            b"{\"a\":\"\xff\"}",
            b"[1,]",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
        assert!(parse("[".repeat(4096).as_bytes()).is_err());
    }

    #[test]
    fn writes_what_it_can_read() {
        let mut w = JsonWriter::new();
        w.object(|w| {
            w.key("s");
            w.string("a\"b\\c\u{1}\n😀");
            w.key("l");
            w.array(|w| {
                w.item();
                w.double(1.0);
                w.item();
                w.integer(2);
                w.item();
                w.array(|_| ());
            });
            w.key("t");
            w.timestamp(Timestamp::from_millis(1500));
        });
        let text = w.finish();
        assert_eq!(
            &text[..],
            "{\"s\":\"a\\\"b\\\\c\\u0001\\n😀\",\"l\":[1.0,2,[]],\"t\":1.5}".as_bytes()
        );
        assert!(parse(&text).is_ok());
    }
}
