//! X-Ray's ids, and the header that carries them.

use base::{Entropy, Timestamp};
use std::fmt;
use std::sync::Arc;

/// `1-SECONDS-RANDOM`, 8 and 24 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TraceId(Arc<str>);

impl TraceId {
    /// The id of a trace that begins now.
    pub fn new(now: Timestamp, entropy: &Entropy) -> TraceId {
        let random = u128::from_be_bytes(entropy.bytes()) >> 32;
        TraceId(format!("1-{:08x}-{random:024x}", now.as_secs()).into())
    }

    fn parse(text: &str) -> Option<TraceId> {
        let hexadecimal = |part: &str, digits: usize| {
            part.len() == digits && part.bytes().all(|b| b.is_ascii_hexdigit())
        };
        let (seconds, random) = text.strip_prefix("1-")?.split_once('-')?;
        let is_id = hexadecimal(seconds, 8) && hexadecimal(random, 24);
        is_id.then(|| TraceId(text.to_ascii_lowercase().into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same id as other systems write it: 32 hexadecimal digits.
    pub fn digits(&self) -> String {
        self.0.chars().skip(2).filter(|c| *c != '-').collect()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An `X-Amzn-Trace-Id`: `Root=...;Parent=...;Sampled=1`, in any order, with other parts ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceHeader {
    pub root: TraceId,
    /// The span within which the request was made.
    pub parent: Option<u64>,
    /// Whether it is to be recorded; left to us if nothing is said.
    pub sampled: bool,
}

impl TraceHeader {
    /// `None` without a proper root.
    pub fn parse(text: &str) -> Option<TraceHeader> {
        let (mut root, mut parent, mut sampled) = (None, None, true);
        for part in text.split(';') {
            match part.trim().split_once('=') {
                Some(("Root", id)) => root = TraceId::parse(id),
                Some(("Parent", id)) => parent = u64::from_str_radix(id, 16).ok(),
                Some(("Sampled", flag)) => sampled = flag != "0",
                _ => {}
            }
        }
        Some(TraceHeader {
            root: root?,
            parent,
            sampled,
        })
    }
}

impl fmt::Display for TraceHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root={}", self.root)?;
        if let Some(parent) = self.parent {
            write!(f, ";Parent={parent:016x}")?;
        }
        write!(f, ";Sampled={}", u8::from(self.sampled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn headers_are_read_back(seed: u64, parent: Option<u64>, sampled: bool) {
            let root = TraceId::new(Timestamp::from_secs(1_700_000_000), &Entropy::seeded(seed));
            let header = TraceHeader { root, parent, sampled };
            prop_assert_eq!(TraceHeader::parse(&header.to_string()), Some(header));
        }

        #[test]
        fn any_text_is_a_header_or_none(text in ".{0,80}") {
            let _ = TraceHeader::parse(&text);
        }
    }

    #[test]
    fn what_is_a_root() {
        let root = "1-5759e988-bd862e3fe1be46a994272793";
        let header = TraceHeader::parse(&format!("Self=1;Root={root}")).unwrap();
        assert_eq!((header.parent, header.sampled), (None, true));
        assert_eq!(header.root.digits(), "5759e988bd862e3fe1be46a994272793");
        for bad in ["", "Root=", "Root=1-2-3", &root.replace('1', "2"), root] {
            assert_eq!(TraceHeader::parse(bad), None, "{bad}");
        }
    }
}
