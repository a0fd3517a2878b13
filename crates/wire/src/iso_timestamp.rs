//! Moments that travel as ISO 8601 text, where the model says so: in whole seconds, as the real
//! services write them.

use crate::decode::{Decode, Decoder, Malformed};
use crate::encode::EncodeJson;
use crate::json::JsonWriter;
use crate::node::Node;
use base::Timestamp;

/// A moment that is written as `2026-11-22T12:24:07Z`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IsoTimestamp(pub Timestamp);

impl Decode for IsoTimestamp {
    fn decode(node: Node<'_>, at: &mut Decoder) -> Result<Self, Malformed> {
        Timestamp::decode(node, at).map(IsoTimestamp)
    }
}

impl EncodeJson for IsoTimestamp {
    fn json(&self, out: &mut JsonWriter) {
        out.string(&Timestamp::from_secs(self.0.as_secs()).iso8601());
    }
}
