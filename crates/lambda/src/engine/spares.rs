//! Room for the instances that are kept ready, of all functions together: whose it is, and who
//! has to give it up.
//!
//! There is a limit. Once it is reached, a function in use gets the room of the one that has gone
//! unused for longest, so that functions nobody calls any more do not keep others from starting
//! fast; but none that was used just now loses its own, or many functions in use would take it
//! from each other all the time.

use super::pool::Pool;
use metrics::Gauge;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};
use tokio::time::Instant;

const KEPT: &str = "fogbank_lambda_spares";
/// How long a function goes unused before another may have its room.
const UNUSED: Duration = Duration::from_secs(5);

/// See the module.
pub struct Spares {
    free: Arc<Semaphore>,
    /// Whose turn it is to start one.
    starts: Semaphore,
    pools: Mutex<Vec<Weak<Pool>>>,
}

/// Room for one instance, free again when dropped.
pub(super) type Room = OwnedSemaphorePermit;

/// Counts an instance as kept until it is dropped.
#[derive(Debug)]
pub(super) struct Kept(Gauge);

impl Spares {
    /// Room for `limit` instances.
    pub fn new(limit: usize) -> Spares {
        metrics::describe_gauge!(KEPT, "Function instances kept ready for requests to come.");
        Spares {
            free: Arc::new(Semaphore::new(limit)),
            starts: Semaphore::new(1),
            pools: Mutex::default(),
        }
    }

    /// Counts a pool among those that may have to give up room.
    pub(super) fn register(&self, pool: &Arc<Pool>) {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.retain(|pool| pool.strong_count() > 0);
        pools.push(Arc::downgrade(pool));
    }

    /// Waits for the turn to start an instance. `None` if there will be none any more.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.starts.acquire().await.ok()
    }

    /// Room for one more, if there is any to be had. Locks pools: none may be locked.
    pub(super) fn room(&self) -> Option<Room> {
        if let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() {
            return Some(permit);
        }
        let unused_since = Instant::now().checked_sub(UNUSED)?;
        let pools: Vec<Arc<Pool>> = {
            let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
            pools.iter().filter_map(Weak::upgrade).collect()
        };
        let keepers = pools
            .iter()
            .filter_map(|pool| Some((pool.keeps_spare_unused_since()?, pool)));
        let (since, pool) = keepers.min_by_key(|(since, _)| *since)?;
        if since > unused_since {
            return None;
        }
        pool.give_up_spare()
    }
}

impl Kept {
    pub fn start() -> Kept {
        let kept = metrics::gauge!(KEPT);
        kept.increment(1);
        Kept(kept)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
