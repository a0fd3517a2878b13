//! Keeps cold disks from stalling the threads that serve the network.
//!
//! A read that memory answers takes microseconds and runs in place: anything else would cost more
//! than the read. A read that has to wait, for the disk or for an engine that is busy with its
//! files, would hold up every connection of its thread. No engine can tell beforehand which it
//! will be, so [`Offload`] watches. Reads go to tokio's blocking threads, a bounded number at a
//! time,
//!
//! - while a read in place waits and does not come to its end, and no other has begun since: the
//!   next one would only get stuck beside it;
//! - when slow reads come close together, until a run of them was fast again.
//!
//! On a busy machine most reads that take long have not waited at all: their thread had lost the
//! processor, which happens elsewhere just as well. The kernel knows the difference.
//!
//! Later pages of a scan, which are long work in any case, always go there.
//!
//! This changes where a read runs, never what it answers.

use crate::thread::{self, is_waiting};
use crate::{Cause, Error};
use rustix::thread::Pid;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// A read in place that waits and has not ended after this time is stuck.
const STUCK: Duration = Duration::from_micros(100);
/// A read that took this long is slow, if it has waited.
const SLOW: Duration = Duration::from_micros(400);
/// How many fast reads make up for a slow one. A single slow read says little.
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
    /// The thread of that one.
    thread: AtomicI32,
    origin: Instant,
    permits: Arc<Semaphore>,
}

/// Exists while a read runs, and notes how long it took.
pub(crate) struct Watch<'a> {
    shared: &'a Shared,
    start: Instant,
    place: Place,
    /// How often its thread had waited before; unknown while nothing was slow.
    waits: Option<i64>,
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
            thread: AtomicI32::new(0),
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
        let this = thread::id().as_raw_pid();
        shared.thread.store(this, Ordering::Relaxed);
        shared.began.store(shared.nanos(now), Ordering::Relaxed);
        Some(self.watch(now, Place::Here))
    }

    /// Watches a short read that was moved.
    pub(crate) fn elsewhere(&self) -> Watch<'_> {
        self.watch(Instant::now(), Place::Elsewhere)
    }

    fn watch(&self, start: Instant, place: Place) -> Watch<'_> {
        let shared = &*self.0;
        let was_slow = shared.score.load(Ordering::Relaxed) > 0;
        Watch {
            shared,
            start,
            place,
            waits: was_slow.then(thread::waits).flatten(),
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
        let took = self.start.elapsed();
        self.shared.observe(took >= SLOW && self.has_waited());
    }
}

impl Watch<'_> {
    /// Whether it has, as far as is known.
    fn has_waited(&self) -> bool {
        self.waits
            .is_none_or(|before| thread::waits() != Some(before))
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
        if since <= patience || self.in_place.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let thread = Pid::from_raw(self.thread.load(Ordering::Relaxed));
        let is_stuck = thread.is_none_or(is_waiting);
        if !is_stuck {
            // It only takes long. Asked again when this much time has passed once more.
            self.began.store(self.nanos(now), Ordering::Relaxed);
        }
        is_stuck
    }

    fn nanos(&self, at: Instant) -> u64 {
        let nanos = at.saturating_duration_since(self.origin).as_nanos();
        u64::try_from(nanos).unwrap_or(u64::MAX)
    }

    fn observe(&self, is_slow: bool) {
        let score = self.score.load(Ordering::Relaxed);
        let next = match is_slow {
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
    use std::sync::atomic::AtomicBool;
    use std::sync::mpsc;
    use std::thread::{JoinHandle, current, spawn, yield_now};

    const SLOW_READ: bool = true;
    const FAST_READ: bool = false;

    #[test]
    fn slow_reads_close_together_move_reads_until_a_run_of_fast_ones() {
        let Offload(shared) = Offload::new();
        let observe = |is_slow, times| (0..times).for_each(|_| shared.observe(is_slow));
        observe(SLOW_READ, 1);
        assert!(!shared.is_cold(), "one says little");
        observe(FAST_READ, SLOW_WEIGHT);
        observe(SLOW_READ, 1);
        assert!(!shared.is_cold(), "nor do two that are far apart");
        observe(FAST_READ, 5);
        observe(SLOW_READ, 1);
        assert!(shared.is_cold());
        observe(SLOW_READ, 1000);
        observe(FAST_READ, MAX_SCORE - SLOW_WEIGHT - 1);
        assert!(shared.is_cold());
        observe(FAST_READ, 1);
        assert!(!shared.is_cold());
    }

    /// A read in place on a thread of its own, between what it tells and what it is told.
    fn read_beside(offload: &Offload, read: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
        let (begun, hear) = mpsc::channel();
        let offload = offload.clone();
        let reader = spawn(move || {
            let watch = offload.here();
            begun.send(watch.is_some()).unwrap();
            read();
        });
        assert!(hear.recv().unwrap(), "in place");
        reader
    }

    #[test]
    fn nothing_joins_a_read_that_waits() {
        let offload = Offload::new();
        let (end, wait) = mpsc::channel::<()>();
        let before = Instant::now();
        let reader = read_beside(&offload, move || wait.recv().unwrap());
        while !offload.0.is_stuck(Instant::now()) {
            yield_now();
        }
        assert!(!offload.0.is_stuck(before), "not before its time");
        end.send(()).unwrap();
        reader.join().unwrap();
        assert!(!offload.0.is_stuck(Instant::now()), "no more");
    }

    #[test]
    fn a_read_that_only_takes_long_keeps_nobody_away() {
        let offload = Offload::new();
        let ended = Arc::new(AtomicBool::new(false));
        let end = Arc::clone(&ended);
        let read = move || while !end.load(Ordering::Relaxed) {};
        let reader = read_beside(&offload, read);
        let later = Instant::now() + STUCK * 1000;
        assert!(!offload.0.is_stuck(later));
        ended.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    }

    #[tokio::test]
    async fn moved_reads_run_on_another_thread() {
        let there = Offload::new().moved(|| current().id()).await.unwrap();
        assert_ne!(there, current().id());
    }
}
