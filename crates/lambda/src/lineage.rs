//! What led to an invocation: X-Ray's header, which the SDKs in functions pass on. Its `Lineage`
//! counts how often each function has been invoked on the way, `Lineage=1:HASH:COUNT|HASH:COUNT`,
//! so that functions that invoke each other for ever can be stopped.

use base::{Clock, Entropy, hex};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use trace::TraceId;

/// As often as a function is invoked in one chain.
pub(crate) const MOST: u32 = 16;
/// Functions that a lineage tells of, at most.
const MAX_FUNCTIONS: usize = 32;

/// A header that has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lineage {
    root: Option<String>,
    sampled: Option<String>,
    counts: BTreeMap<String, u32>,
}

impl Lineage {
    /// Takes what can be read of a header.
    pub fn parse(header: Option<&str>) -> Lineage {
        let mut lineage = Lineage::default();
        for part in header.unwrap_or_default().split(';') {
            match part.trim().split_once('=') {
                Some(("Root", root)) if is_plain(root) => lineage.root = Some(root.to_owned()),
                Some(("Sampled", sampled)) if is_plain(sampled) => {
                    lineage.sampled = Some(sampled.to_owned());
                }
                Some(("Lineage", counts)) => lineage.counts = read_counts(counts),
                _ => {}
            }
        }
        lineage
    }

    /// How often the function has been invoked on the way.
    pub fn count(&self, function_arn: &str) -> u32 {
        self.counts.get(&hash(function_arn)).copied().unwrap_or(0)
    }

    /// The header for an invocation of the function that this leads to. Where the invocation is
    /// being traced, it is the trace's.
    pub fn header(mut self, function_arn: &str, clock: &Clock, entropy: &Entropy) -> String {
        let count = self.counts.entry(hash(function_arn)).or_default();
        *count = count.saturating_add(1);
        let counts = self.counts.iter();
        let counts: Vec<String> = counts.map(|(hash, n)| format!("{hash}:{n}")).collect();
        let counts = counts.join("|");
        if let Some(within) = trace::current_header() {
            return format!("{within};Lineage=1:{counts}");
        }
        let begun = || TraceId::new(clock.now(), entropy).to_string();
        let root = self.root.unwrap_or_else(begun);
        let parent = entropy.u64();
        let sampled = self.sampled.as_deref().unwrap_or("0");
        format!("Root={root};Parent={parent:016x};Sampled={sampled};Lineage=1:{counts}")
    }
}

/// It goes into a header again.
fn is_plain(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn read_counts(text: &str) -> BTreeMap<String, u32> {
    let Some((_, counts)) = text.split_once(':') else {
        return BTreeMap::new();
    };
    let counts = counts.split('|').take(MAX_FUNCTIONS);
    let counts = counts.filter_map(|part| {
        let (hash, count) = part.split_once(':')?;
        Some((hash.to_owned(), count.parse().ok()?)).filter(|_| is_plain(hash))
    });
    counts.collect()
}

fn hash(function_arn: &str) -> String {
    let digest = hex::encode(&Sha256::digest(function_arn));
    digest.chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Timestamp;

    fn next(header: Option<&str>, function: &str) -> String {
        let clock = Clock::manual(Timestamp::from_millis(0));
        Lineage::parse(header).header(function, &clock, &Entropy::seeded(1))
    }

    #[test]
    fn every_invocation_counts() {
        let mut header = next(None, "f");
        for _ in 0..4 {
            header = next(Some(&header), "g");
        }
        let lineage = Lineage::parse(Some(&header));
        let count = |function| lineage.count(function);
        assert_eq!((count("f"), count("g"), count("h")), (1, 4, 0));
    }

    #[test]
    fn the_root_stays() {
        let header = next(Some("Root=1-5f-a;Parent=b;Sampled=1"), "f");
        assert!(header.starts_with("Root=1-5f-a;Parent="), "{header}");
        assert!(header.contains(";Sampled=1;Lineage=1:"), "{header}");
    }

    #[test]
    fn anything_can_be_read() {
        for header in [
            "",
            ";;",
            "Lineage",
            "Lineage=",
            "Lineage=1:x|y:z:1",
            "Root=\r\n",
        ] {
            let lineage = Lineage::parse(Some(header));
            assert_eq!(
                (lineage.root.clone(), lineage.count("f")),
                (None, 0),
                "{header}"
            );
        }
    }
}
