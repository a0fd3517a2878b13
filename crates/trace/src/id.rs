//! X-Ray's ids, and the header that carries them.

use base::{Entropy, Timestamp};
use std::fmt;

/// `1-SECONDS-RANDOM`, 8 and 24 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceId {
    secs: u32,
    /// 96 bits.
    random: u128,
}

impl TraceId {
    /// The id of a trace that begins now.
    pub fn new(now: Timestamp, entropy: &Entropy) -> TraceId {
        TraceId {
            secs: u32::try_from(now.as_secs()).unwrap_or(u32::MAX),
            random: u128::from_be_bytes(entropy.bytes()) >> 32,
        }
    }

    pub(crate) fn parse(text: &str) -> Option<TraceId> {
        let digits = |part: &str, number: usize| {
            let all = part.len() == number && part.bytes().all(|b| b.is_ascii_hexdigit());
            all.then(|| u128::from_str_radix(part, 16).ok()).flatten()
        };
        let (secs, random) = text.strip_prefix("1-")?.split_once('-')?;
        Some(TraceId {
            secs: u32::try_from(digits(secs, 8)?).ok()?,
            random: digits(random, 24)?,
        })
    }

    /// The same id as OpenTelemetry has it.
    pub fn bytes(&self) -> [u8; 16] {
        (u128::from(self.secs) << 96 | self.random).to_be_bytes()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1-{:08x}-{:024x}", self.secs, self.random)
    }
}

/// An `X-Amzn-Trace-Id`: `Root=...;Parent=...;Sampled=1`, in any order, with other parts ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        let bytes = 0x5759e988_bd862e3fe1be46a994272793_u128.to_be_bytes();
        assert_eq!(header.root.bytes(), bytes);
        for bad in ["", "Root=", "Root=1-2-3", &root.replace('1', "2"), root] {
            assert_eq!(TraceHeader::parse(bad), None, "{bad}");
        }
    }
}
