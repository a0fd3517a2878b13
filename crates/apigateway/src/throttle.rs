//! Token buckets: at most so many requests a second, and so many at once.

use base::Timestamp;
use parking_lot::Mutex;
use std::collections::HashMap;

/// Buckets that are kept; full ones are forgotten first, as a new one is full too, and all if that
/// is not enough.
const MAX_BUCKETS: usize = 100_000;

/// A limit: requests a second, and how many may come at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub per_second: f64,
    pub burst: f64,
}

/// What is limited: the names that tell one bucket from another.
pub type Name = (String, String, String);

/// Buckets by name.
#[derive(Debug, Default)]
pub struct Buckets(Mutex<HashMap<Name, Bucket>>);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at_ms: i64,
    rate: Rate,
}

impl Bucket {
    fn tokens_at(&self, now_ms: i64) -> f64 {
        // Milliseconds between two requests are far below where doubles lose precision.
        #[expect(clippy::cast_precision_loss, reason = "a difference of times is small")]
        let elapsed_s = (now_ms - self.at_ms).max(0) as f64 / 1000.0;
        (self.tokens + elapsed_s * self.rate.per_second).min(self.rate.burst)
    }
}

impl Buckets {
    /// Takes a token, if there is one.
    pub fn take(&self, name: Name, rate: Rate, now: Timestamp) -> bool {
        let now_ms = now.as_millis();
        let mut buckets = self.0.lock();
        if buckets.len() >= MAX_BUCKETS {
            buckets.retain(|_, bucket| bucket.tokens_at(now_ms) < bucket.rate.burst);
        }
        if buckets.len() >= MAX_BUCKETS {
            buckets.clear();
        }
        let bucket = buckets.entry(name).or_insert(Bucket {
            tokens: rate.burst,
            at_ms: now_ms,
            rate,
        });
        bucket.rate = rate;
        bucket.tokens = bucket.tokens_at(now_ms);
        bucket.at_ms = now_ms.max(bucket.at_ms);
        if bucket.tokens < 1.0 {
            return false;
        }
        bucket.tokens -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bursts_and_rates() {
        let buckets = Buckets::default();
        let rate = Rate {
            per_second: 10.0,
            burst: 3.0,
        };
        let name = || (String::new(), String::new(), String::new());
        let taken = |at_ms| {
            let tries = 0..100;
            let now = Timestamp::from_millis(at_ms);
            tries.filter(|_| buckets.take(name(), rate, now)).count()
        };
        assert_eq!(taken(1000), 3, "the burst");
        assert_eq!(taken(1000), 0);
        assert_eq!(taken(1100), 1, "one in a tenth of a second");
        assert_eq!(taken(900), 0, "time does not run back");
        assert_eq!(taken(9000), 3, "no more than the burst");
        let total: usize = (0..1000).map(|tick| taken(10_000 + tick * 10)).sum();
        assert!((99..=103).contains(&total), "{total}");
    }
}
