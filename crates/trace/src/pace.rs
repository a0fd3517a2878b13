//! How many traces begin in a second.
//!
//! A server that answers ten thousand requests a second would spend a tenth of its time on traces
//! that push each other out of memory before anyone can look at them. So there is a rate, as X-Ray's
//! sampling has one; what one second leaves unused, the next may use, and nothing of an earlier one.

use std::sync::atomic::{AtomicU64, Ordering};

const SECOND_US: u64 = 1_000_000;

/// Admits a number of traces a second (the generic cell rate algorithm).
pub(crate) struct Pace {
    /// Between two traces; `None` if there are to be none.
    interval_us: Option<u64>,
    /// When all would have come that have been admitted, had they come at this pace.
    due_us: AtomicU64,
}

impl Pace {
    pub fn per_second(traces: u32) -> Pace {
        Pace {
            interval_us: SECOND_US.checked_div(u64::from(traces)),
            due_us: AtomicU64::new(0),
        }
    }

    /// Whether a trace may begin, `now_us` after some fixed moment.
    pub fn admits(&self, now_us: u64) -> bool {
        let Some(interval_us) = self.interval_us else {
            return false;
        };
        let take = |due_us: u64| {
            let from = due_us.max(now_us);
            (from + interval_us <= now_us + SECOND_US).then_some(from + interval_us)
        };
        let taken = self
            .due_us
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(pace: &Pace, now_us: u64, asked: usize) -> usize {
        (0..asked).filter(|_| pace.admits(now_us)).count()
    }

    #[test]
    fn a_second_at_once_and_then_one_after_the_other() {
        let pace = Pace::per_second(100);
        assert_eq!(admitted(&pace, 5, 1_000), 100);
        assert_eq!(admitted(&pace, 5 + 9_999, 10), 0);
        assert_eq!(admitted(&pace, 5 + 10_000, 10), 1);
        assert_eq!(admitted(&pace, 5 + 60_000, 10), 5);
        assert_eq!(admitted(&pace, 90 * SECOND_US, 1_000), 100);
    }

    #[test]
    fn none_and_all() {
        assert_eq!(admitted(&Pace::per_second(0), 7, 10), 0);
        assert_eq!(admitted(&Pace::per_second(u32::MAX), 7, 10_000), 10_000);
    }
}
