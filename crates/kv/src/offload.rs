//! Keeps cold disks from stalling the threads that serve the network.
//!
//! A read that memory answers takes microseconds and runs in place: anything else would cost more
//! than the read. A read that has to wait, for the disk or for an engine that is busy with its
//! files, would hold up every connection of its thread. No engine can tell beforehand which it
//! will be, so [`Offload`] watches. Reads go to tokio's blocking threads, a bounded number at a
//! time,
//!
//! - while a read in place does not come to its end, and no other has begun since: the next one
//!   would only get stuck beside it;
//! - when slow reads come close together, until a run of them was fast again.
//!
//! Later pages of a scan, which are long work in any case, always go there.
//!
//! This changes where a read runs, never what it answers.

use crate::{Cause, Error};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// A read in place that has not ended after this time is stuck.
const STUCK: Duration = Duration::from_micros(100);
/// A read that took this long has waited for something.
const SLOW: Duration = Duration::from_micros(400);
/// How many fast reads make up for a slow one. A single slow read says little: its thread may have
/// lost the processor.
const SLOW_WEIGHT: u32 = 64;
/// However slow it was, after so many fast reads all is well again.
const MAX_SCORE: u32 = 4 * SLOW_WEIGHT;
/// Reads that may wait on blocking threads at the same time.
const BLOCKING_READS: usize = 16;

/// Decides where reads run; clones decide together.
#[derive(Clone)]
pub(crate) struct Offload(Arc<Shared>);

struct Shared {
    /// Up with slow reads, down with fast ones.
    score: AtomicU32,
    /// Reads in place under way.
    in_place: AtomicU32,
    /// When the last of them began, in nanoseconds after `origin`.
    began: AtomicU64,
    origin: Instant,
    permits: Arc<Semaphore>,
}

/// Exists while a read runs, and notes how long it took.
pub(crate) struct Watch<'a> {
    shared: &'a Shared,
    start: Instant,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Here,
    Elsewhere,
}

impl Offload {
    pub(crate) fn new() -> Offload {
        Offload(Arc::new(Shared {
            score: AtomicU32::new(0),
            in_place: AtomicU32::new(0),
            began: AtomicU64::new(0),
            origin: Instant::now(),
            permits: Arc::new(Semaphore::new(BLOCKING_READS)),
        }))
    }

    /// Permits a short read to run here and now; if not, it has to be
    /// [`moved`](Offload::moved).
    pub(crate) fn here(&self) -> Option<Watch<'_>> {
        let now = Instant::now();
        let shared = &self.0;
        if shared.is_cold() || shared.is_stuck(now) {
            return None;
        }
        shared.in_place.fetch_add(1, Ordering::Relaxed);
        shared.began.store(shared.nanos(now), Ordering::Relaxed);
        Some(self.watch(now, Place::Here))
    }

    /// Watches a short read that was moved.
    pub(crate) fn elsewhere(&self) -> Watch<'_> {
        self.watch(Instant::now(), Place::Elsewhere)
    }

    fn watch(&self, start: Instant, place: Place) -> Watch<'_> {
        Watch {
            shared: &self.0,
            start,
            place,
        }
    }

    /// Runs `read` on a blocking thread; in place, where there is no runtime that has any.
    pub(crate) async fn moved<T: Send + 'static>(
        &self,
        read: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        if Handle::try_current().is_err() {
            return Ok(read());
        }
        let permit = Arc::clone(&self.0.permits).acquire_owned().await;
        let read = move || {
            let _permit = permit;
            read()
        };
        let answer = tokio::task::spawn_blocking(read).await;
        answer.map_err(|failure| Error::Unavailable(Cause::new(failure)))
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if self.place == Place::Here {
            self.shared.in_place.fetch_sub(1, Ordering::Relaxed);
        }
        self.shared.observe(self.start.elapsed());
    }
}

impl Shared {
    fn is_cold(&self) -> bool {
        self.score.load(Ordering::Relaxed) > SLOW_WEIGHT
    }

    fn is_stuck(&self, now: Instant) -> bool {
        let patience = u64::try_from(STUCK.as_nanos()).unwrap_or(u64::MAX);
        let began = self.began.load(Ordering::Relaxed);
        let since = self.nanos(now).saturating_sub(began);
        since > patience && self.in_place.load(Ordering::Relaxed) > 0
    }

    fn nanos(&self, at: Instant) -> u64 {
        let nanos = at.saturating_duration_since(self.origin).as_nanos();
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }

    fn observe(&self, took: Duration) {
        let score = self.score.load(Ordering::Relaxed);
        let next = match took >= SLOW {
            true => (score + SLOW_WEIGHT).min(MAX_SCORE),
            false => score.saturating_sub(1),
        };
        if next != score {
            // What two threads write at the same time may count once: this is no book-keeping.
            self.score.store(next, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::current;

    const FAST: Duration = Duration::from_micros(5);

    #[test]
    fn slow_reads_close_together_move_reads_until_a_run_of_fast_ones() {
        let Offload(shared) = Offload::new();
        let observe = |took, times| (0..times).for_each(|_| shared.observe(took));
        observe(SLOW, 1);
        assert!(!shared.is_cold(), "one says little");
        observe(FAST, SLOW_WEIGHT);
        observe(SLOW, 1);
        assert!(!shared.is_cold(), "nor do two that are far apart");
        observe(FAST, 5);
        observe(SLOW, 1);
        assert!(shared.is_cold());
        observe(SLOW, 1000);
        observe(FAST, MAX_SCORE - SLOW_WEIGHT - 1);
        assert!(shared.is_cold());
        observe(FAST, 1);
        assert!(!shared.is_cold());
    }

    #[test]
    fn nothing_joins_a_read_that_is_stuck() {
        let offload = Offload::new();
        let began = Instant::now();
        let watch = offload.here().unwrap();
        let later = began + STUCK * 1000;
        assert!(offload.0.is_stuck(later));
        assert!(!offload.0.is_stuck(began), "not yet");
        drop(watch);
        assert!(!offload.0.is_stuck(later), "no more");
    }

    #[tokio::test]
    async fn moved_reads_run_on_another_thread() {
        let there = Offload::new().moved(|| current().id()).await.unwrap();
        assert_ne!(there, current().id());
    }
}
