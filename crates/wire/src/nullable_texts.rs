//! Maps of texts in which empty texts travel as nulls.
//!
//! The models call them maps of strings; what the services take and give says otherwise, as
//! recorded of API Gateway's response templates.

use crate::decode::{Decode, Decoder, Malformed};
use crate::encode::EncodeJson;
use crate::json::JsonWriter;
use crate::node::Node;
use std::collections::BTreeMap;

/// Names to texts; an empty text is written as null, and null is read as an empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NullableTexts(pub BTreeMap<String, String>);

impl Decode for NullableTexts {
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        let node = match node {
            Node::Map(members) => {
                let filled = members.into_iter().map(|(name, value)| match value {
                    Node::Null => (name, Node::String("".into())),
                    value => (name, value),
                });
                Node::Map(filled.collect())
            }
            node => node,
        };
        BTreeMap::decode(node, at).map(NullableTexts)
    }
}

impl EncodeJson for NullableTexts {
    fn json(&self, out: &mut JsonWriter) {
        out.object(|out| {
            for (name, text) in &self.0 {
                out.key(name);
                match text.as_str() {
                    "" => out.raw("null"),
                    text => out.string(text),
                }
            }
        });
    }
}
