//! Shards: the stretches of time that a stream is read in, each the child of the one before.

use super::{RETENTION, Stream};
use base::Timestamp;
use std::time::Duration;

/// How long a shard takes records.
const LENGTH: Duration = Duration::from_secs(4 * 60 * 60);
/// Added to sequence numbers where clients see them, which gives all of them 21 digits.
const TEXT_BASE: u128 = 100_000_000_000_000_000_000;

/// A stretch of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    stream: u64,
    index: i64,
    created_at_ms: i64,
    is_last: bool,
}

/// The first sequence number of a moment.
pub fn sequence_of(time: Timestamp) -> u64 {
    u64::try_from(time.as_millis())
        .unwrap_or(0)
        .saturating_mul(1000)
}

/// A sequence number as clients see it.
pub fn sequence_text(number: u64) -> String {
    (TEXT_BASE + u128::from(number)).to_string()
}

/// The sequence number that a client names, if it is one.
pub fn parse_sequence(text: &str) -> Option<u64> {
    let number: u128 = text.parse().ok()?;
    u64::try_from(number.checked_sub(TEXT_BASE)?).ok()
}

impl Shard {
    /// The shards of a stream that still have or may get records, oldest first.
    pub fn all(stream: &Stream, now: Timestamp) -> Vec<Shard> {
        let length_ms = i64::try_from(LENGTH.as_millis()).unwrap_or(i64::MAX);
        let index_at = |time_ms: i64| (time_ms - stream.created_at_ms).max(0) / length_ms;
        let first = index_at(now.saturating_sub(RETENTION).as_millis());
        let last = index_at(stream.disabled_at_ms.unwrap_or(now.as_millis()));
        let shard = |index: i64| Shard {
            stream: stream.id,
            index,
            created_at_ms: stream.created_at_ms,
            is_last: stream.disabled_at_ms.is_some() && index == last,
        };
        (first..=last).map(shard).collect()
    }

    fn start_ms(&self) -> i64 {
        let length_ms = i64::try_from(LENGTH.as_millis()).unwrap_or(i64::MAX);
        self.created_at_ms
            .saturating_add(self.index.saturating_mul(length_ms))
    }

    fn end_ms(&self) -> i64 {
        Shard {
            index: self.index + 1,
            ..*self
        }
        .start_ms()
    }

    pub fn id(&self) -> String {
        format!(
            "shardId-{:020}-{:08x}",
            self.start_ms(),
            self.stream & 0xffff_ffff
        )
    }

    pub fn parent_id(&self) -> Option<String> {
        let parent = Shard {
            index: self.index - 1,
            ..*self
        };
        (self.index > 0).then(|| parent.id())
    }

    /// The first sequence number it may have.
    pub fn start(&self) -> u64 {
        sequence_of(Timestamp::from_millis(self.start_ms()))
    }

    /// The first sequence number it cannot have.
    pub fn end(&self) -> u64 {
        sequence_of(Timestamp::from_millis(self.end_ms()))
    }

    /// Whether it gets no more records, everything below `settled` being settled.
    pub fn is_closed(&self, settled: u64) -> bool {
        self.is_last || settled >= self.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::StreamView;
    use crate::table::tests::table;

    const HOUR_MS: i64 = 60 * 60 * 1000;

    fn stream() -> Stream {
        let created = Timestamp::from_millis(1_000_000);
        Stream::new(
            &table(),
            9,
            "label".to_owned(),
            StreamView::KeysOnly,
            created,
        )
    }

    fn shards(stream: &Stream, hours: i64) -> Vec<Shard> {
        Shard::all(
            stream,
            Timestamp::from_millis(stream.created_at_ms + hours * HOUR_MS),
        )
    }

    #[test]
    fn shards_follow_each_other() {
        let stream = stream();
        assert_eq!(shards(&stream, 0).len(), 1);
        assert_eq!(shards(&stream, 0)[0].parent_id(), None);
        let all = shards(&stream, 9);
        assert_eq!(all.len(), 3);
        for pair in all.windows(2) {
            assert_eq!(pair[0].end(), pair[1].start());
            assert_eq!(pair[1].parent_id(), Some(pair[0].id()));
        }
        assert!(all[1].is_closed(all[2].start()));
        assert!(!all[2].is_closed(all[2].end() - 1));
    }

    #[test]
    fn what_is_over_for_a_day_is_gone() {
        let mut stream = stream();
        let all = shards(&stream, 30);
        assert_eq!(all.len(), 7);
        assert_eq!(all[0].parent_id(), Some(shards(&stream, 0)[0].id()));
        stream.disabled_at_ms = Some(stream.created_at_ms + 5 * HOUR_MS);
        let all = shards(&stream, 28);
        assert_eq!(all.len(), 1);
        assert!(all[0].is_closed(0));
        assert!(stream.is_over(Timestamp::from_millis(stream.created_at_ms + 29 * HOUR_MS)));
        assert!(!stream.is_over(Timestamp::from_millis(stream.created_at_ms + 28 * HOUR_MS)));
    }

    #[test]
    fn sequence_numbers_have_21_digits() {
        for number in [0, 1, u64::MAX] {
            let text = sequence_text(number);
            assert_eq!(text.len(), 21);
            assert_eq!(parse_sequence(&text), Some(number));
        }
        for wrong in ["", "1", "-1", "x", "100000000000000000000000000000"] {
            assert_eq!(parse_sequence(wrong), None);
        }
    }
}
