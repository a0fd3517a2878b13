//! DynamoDB's attribute values, whose shape is written by hand: they are the hot path, and the
//! rule "exactly one member" is the service's to report, not the model's.

use crate::decode::{Decode, Decoder, Malformed};
use crate::encode::EncodeJson;
use crate::{JsonWriter, Node};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::fmt;

/// One attribute's value as it stands on the wire; numbers are still text.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum AttributeValue {
    S(String),
    N(String),
    B(Bytes),
    Ss(Vec<String>),
    Ns(Vec<String>),
    Bs(Vec<Bytes>),
    M(BTreeMap<String, AttributeValue>),
    L(Vec<AttributeValue>),
    Null(bool),
    Bool(bool),
    /// No member at all, or only unknown ones.
    #[default]
    Unset,
    /// More than one member.
    Ambiguous,
}

impl Decode for AttributeValue {
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        let mut value = AttributeValue::Unset;
        for (name, node) in at.structure(node, "AttributeValue")?.rest() {
            let next = match &*name {
                "S" => AttributeValue::S(Decode::decode(node, at)?),
                "N" => AttributeValue::N(Decode::decode(node, at)?),
                "B" => AttributeValue::B(Decode::decode(node, at)?),
                "SS" => AttributeValue::Ss(Decode::decode(node, at)?),
                "NS" => AttributeValue::Ns(Decode::decode(node, at)?),
                "BS" => AttributeValue::Bs(Decode::decode(node, at)?),
                "M" => AttributeValue::M(Decode::decode(node, at)?),
                "L" => AttributeValue::L(Decode::decode(node, at)?),
                "NULL" => AttributeValue::Null(Decode::decode(node, at)?),
                "BOOL" => AttributeValue::Bool(Decode::decode(node, at)?),
                _ => continue,
            };
            value = match value {
                AttributeValue::Unset => next,
                _ => AttributeValue::Ambiguous,
            };
        }
        Ok(value)
    }
}

impl EncodeJson for AttributeValue {
    fn json(&self, out: &mut JsonWriter) {
        out.object(|out| match self {
            AttributeValue::S(text) => out.member("S", Some(text)),
            AttributeValue::N(text) => out.member("N", Some(text)),
            AttributeValue::B(bytes) => out.member("B", Some(bytes)),
            AttributeValue::Ss(set) => out.member("SS", Some(set)),
            AttributeValue::Ns(set) => out.member("NS", Some(set)),
            AttributeValue::Bs(set) => out.member("BS", Some(set)),
            AttributeValue::M(map) => out.member("M", Some(map)),
            AttributeValue::L(list) => out.member("L", Some(list)),
            AttributeValue::Null(value) => out.member("NULL", Some(value)),
            AttributeValue::Bool(value) => out.member("BOOL", Some(value)),
            AttributeValue::Unset | AttributeValue::Ambiguous => {}
        });
    }
}

/// The attributes of an item in an answer. Whoever answers has them in a form of its own, and
/// nobody looks at them before the client: so they are JSON from the start.
#[derive(Clone, PartialEq)]
pub struct Attributes(Bytes);

impl Attributes {
    /// The attributes that `write` makes an object of, in about so many bytes.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn write<E>(
        size_bytes: usize,
        write: impl FnOnce(&mut JsonWriter) -> Result<(), E>,
    ) -> Result<Attributes, E> {
        let mut out = JsonWriter::with_capacity(size_bytes);
        write(&mut out)?;
        Ok(Attributes(out.finish()))
    }

    /// The object, as it stands in the answer.
    pub fn as_json(&self) -> &[u8] {
        &self.0
    }
}

impl Default for Attributes {
    fn default() -> Attributes {
        Attributes(Bytes::from_static(b"{}"))
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.0))
    }
}

impl EncodeJson for Attributes {
    fn json(&self, out: &mut JsonWriter) {
        out.attributes(self);
    }
}
