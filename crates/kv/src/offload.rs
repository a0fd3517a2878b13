//! Keeps cold disks from stalling the threads that serve the network.
//!
//! A read that memory answers takes microseconds and runs in place: anything else would cost more
//! than the read. A read that has to wait for the disk would hold up every connection of its
//! thread. No engine can tell beforehand which it will be, so [`Offload`] watches: after a slow
//! read, further reads go to tokio's blocking threads, a bounded number at a time, until a run of
//! them was fast again. Later pages of a scan, which are long work in any case, always go there.
//!
//! This changes where a read runs, never what it answers.

use crate::{Cause, Error};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

/// A read that took this long has waited for something.
const SLOW: Duration = Duration::from_micros(400);
/// Fast reads in a row after which reads run in place again.
const FAST_RUN: u32 = 64;
/// Reads that may wait for the disk at the same time.
const BLOCKING_READS: usize = 16;

/// Decides where reads run; clones decide together.
#[derive(Clone)]
pub(crate) struct Offload(Arc<Shared>);

struct Shared {
    /// How many fast reads it still takes until reads run in place; 0 = they do.
    cold: AtomicU32,
    permits: Arc<Semaphore>,
}

impl Offload {
    pub(crate) fn new() -> Offload {
        Offload(Arc::new(Shared {
            cold: AtomicU32::new(0),
            permits: Arc::new(Semaphore::new(BLOCKING_READS)),
        }))
    }

    /// Whether reads should be [`moved`](Offload::moved) for now.
    pub(crate) fn is_cold(&self) -> bool {
        self.0.cold.load(Ordering::Relaxed) > 0
    }

    /// Runs a short read, and remembers whether it was slow.
    pub(crate) fn watched<T>(&self, read: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let answer = read();
        self.observe(start.elapsed());
        answer
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

    fn observe(&self, took: Duration) {
        if took >= SLOW {
            self.0.cold.store(FAST_RUN, Ordering::Relaxed);
        } else if self.is_cold() {
            let less = |cold: u32| cold.checked_sub(1);
            let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
            // An error means that another thread has just counted down to zero.
            self.0.cold.fetch_update(set, fetch, less).ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::current;

    const FAST: Duration = Duration::from_micros(5);

    #[test]
    fn one_slow_read_moves_reads_and_a_run_of_fast_ones_brings_them_back() {
        let offload = Offload::new();
        offload.observe(FAST);
        assert!(!offload.is_cold());
        offload.observe(SLOW);
        for _ in 1..FAST_RUN {
            offload.observe(FAST);
        }
        assert!(offload.is_cold());
        offload.observe(FAST);
        assert!(!offload.is_cold());
        offload.observe(FAST);
        assert!(!offload.is_cold());
    }

    #[tokio::test]
    async fn moved_reads_run_on_another_thread() {
        let there = Offload::new().moved(|| current().id()).await.unwrap();
        assert_ne!(there, current().id());
    }
}
