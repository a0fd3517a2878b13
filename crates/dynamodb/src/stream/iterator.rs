//! Shard iterators: where a reader stands, as text that clients hand back.
//!
//! ```text
//! iterator = stream ARN | 1 | base64 of: position, created (8 bytes each, big-endian), shard id
//! ```

use super::StreamName;
use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::time::Duration;

/// How long an iterator may be used.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Where a reader stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShardIterator {
    pub stream: StreamName,
    pub shard_id: String,
    /// The first sequence number it has not read.
    pub position: u64,
    pub created: Timestamp,
}

impl ShardIterator {
    pub fn text(&self) -> String {
        let created = u64::try_from(self.created.as_millis()).unwrap_or(0);
        let mut bytes = self.position.to_be_bytes().to_vec();
        bytes.extend(created.to_be_bytes());
        bytes.extend(self.shard_id.bytes());
        format!("{}|1|{}", self.stream.arn(), STANDARD.encode(bytes))
    }

    /// The iterator that a text stands for, if it is one.
    pub fn parse(text: &str) -> Option<ShardIterator> {
        let mut parts = text.split('|');
        let stream = StreamName::from_arn(parts.next()?)?;
        let is_known = parts.next()? == "1";
        let bytes = STANDARD.decode(parts.next()?).ok()?;
        (is_known && parts.next().is_none()).then_some(())?;
        let (position, rest) = bytes.split_first_chunk::<8>()?;
        let (created, shard_id) = rest.split_first_chunk::<8>()?;
        let created = i64::try_from(u64::from_be_bytes(*created)).ok()?;
        Some(ShardIterator {
            stream,
            shard_id: String::from_utf8(shard_id.to_vec()).ok()?,
            position: u64::from_be_bytes(*position),
            created: Timestamp::from_millis(created),
        })
    }

    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.created.saturating_add(LIFETIME) < now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ARN: &str =
        "arn:aws:dynamodb:us-east-1:000000000000:table/abc/stream/2026-01-01T00:00:00.000";

    #[test]
    fn iterators_come_back() {
        let iterator = ShardIterator {
            stream: StreamName::from_arn(ARN).unwrap(),
            shard_id: "shardId-1".to_owned(),
            position: 7,
            created: Timestamp::from_millis(9),
        };
        assert_eq!(
            ShardIterator::parse(&iterator.text()),
            Some(iterator.clone())
        );
        assert!(!iterator.is_expired(Timestamp::from_secs(900)));
        assert!(iterator.is_expired(Timestamp::from_secs(901)));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".*", tail in "[A-Za-z0-9+/=|]{0,40}") {
            let _ = ShardIterator::parse(&text);
            let _ = ShardIterator::parse(&format!("{ARN}|1|{tail}"));
        }
    }
}
