//! Fairness between transactions that want the same keys.
//!
//! An optimistic transaction that loses simply runs again, and on a hot key most of that work is
//! for nothing: in each round one can win. So who has lost over a key waits for its turn among
//! those that lost over it, and only one of them tries at a time. Who still loses again and again,
//! because its body is slow and newcomers are fast, gets a turn of its own, during which newcomers
//! wait a little.

use bytes::Bytes;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard, Notify};

/// Keys share this many queues.
const STRIPES: usize = 64;
/// Conflicts in a row after which newcomers have to wait.
const STARVING: u32 = 5;
/// How long newcomers wait at most. A bound, because the body that they wait for may itself wait
/// for one of them.
const COURTESY: Duration = Duration::from_millis(100);

pub(crate) struct Turns {
    stripes: Vec<Mutex<()>>,
    starving: Mutex<()>,
    /// How many hold or want the turn that makes newcomers wait.
    closed: AtomicUsize,
    opened: Notify,
}

/// The right to try again; over when dropped.
pub(crate) struct Turn<'a> {
    _turn: MutexGuard<'a, ()>,
    gate: Option<Gate<'a>>,
}

impl Turns {
    pub(crate) fn new() -> Turns {
        Turns {
            stripes: (0..STRIPES).map(|_| Mutex::new(())).collect(),
            starving: Mutex::new(()),
            closed: AtomicUsize::new(0),
            opened: Notify::new(),
        }
    }

    /// Where a newcomer waits while someone starves.
    pub(crate) async fn let_others_pass(&self) {
        if self.closed.load(Ordering::Acquire) == 0 {
            return;
        }
        let opened = self.opened.notified();
        if self.closed.load(Ordering::Acquire) > 0 {
            // Either way it goes on: the wait is a courtesy.
            tokio::time::timeout(COURTESY, opened).await.ok();
        }
    }

    /// Waits for the turn of a transaction that has now lost over `key`, `conflicts` times in a
    /// row, and held `turn` while it did.
    pub(crate) async fn next<'a>(
        &'a self,
        turn: Option<Turn<'a>>,
        key: Option<&Bytes>,
        conflicts: u32,
    ) -> Turn<'a> {
        match turn {
            // Newcomers must not slip through between two attempts.
            Some(Turn {
                _turn,
                gate: Some(gate),
            }) => Turn {
                _turn,
                gate: Some(gate),
            },
            turn if conflicts >= STARVING => {
                let gate = Some(Gate::close(self));
                // Whoever waits holds no other turn, so that no two wait for each other.
                drop(turn);
                let _turn = self.starving.lock().await;
                Turn { _turn, gate }
            }
            turn => {
                drop(turn);
                let stripe = self.stripe(key).unwrap_or(&self.starving);
                let _turn = stripe.lock().await;
                Turn { _turn, gate: None }
            }
        }
    }

    fn stripe(&self, key: Option<&Bytes>) -> Option<&Mutex<()>> {
        let mut hasher = DefaultHasher::new();
        key?.hash(&mut hasher);
        let stripes = u64::try_from(self.stripes.len()).ok()?;
        let index = usize::try_from(hasher.finish().checked_rem(stripes)?).ok()?;
        self.stripes.get(index)
    }
}

/// Newcomers wait while one of these exists.
struct Gate<'a>(&'a Turns);

impl<'a> Gate<'a> {
    fn close(turns: &'a Turns) -> Gate<'a> {
        turns.closed.fetch_add(1, Ordering::AcqRel);
        Gate(turns)
    }
}

impl Drop for Gate<'_> {
    fn drop(&mut self) {
        if self.0.closed.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.opened.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;
    use std::task::Poll;

    fn key(n: u8) -> Bytes {
        Bytes::from(vec![n])
    }

    /// Whether `future` has to wait.
    async fn waits<T>(future: impl Future<Output = T>) -> bool {
        let mut future = pin!(future);
        let poll = std::future::poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
        poll.await.is_pending()
    }

    #[tokio::test]
    async fn who_lost_over_the_same_key_goes_one_by_one() {
        let turns = Turns::new();
        let first = turns.next(None, Some(&key(1)), 1).await;
        assert!(waits(turns.next(None, Some(&key(1)), 1)).await);
        let others = (2..40).map(key);
        let mut free = 0;
        for other in others {
            free += u32::from(!waits(turns.next(None, Some(&other), 1)).await);
        }
        assert!(free > 30, "other keys have other queues, mostly");
        assert!(
            !waits(turns.let_others_pass()).await,
            "newcomers are not held up"
        );
        drop(first);
        assert!(!waits(turns.next(None, Some(&key(1)), 2)).await);
    }

    #[tokio::test]
    async fn newcomers_wait_while_someone_starves() {
        let turns = Turns::new();
        let turn = turns.next(None, Some(&key(1)), 1).await;
        let turn = turns.next(Some(turn), Some(&key(1)), STARVING).await;
        assert!(waits(turns.let_others_pass()).await);
        let turn = turns.next(Some(turn), Some(&key(2)), STARVING + 1).await;
        assert!(
            waits(turns.let_others_pass()).await,
            "also between two attempts"
        );
        assert!(
            !waits(turns.next(None, Some(&key(1)), 1)).await,
            "its old turn is free"
        );
        drop(turn);
        assert!(!waits(turns.let_others_pass()).await);
    }

    #[tokio::test(start_paused = true)]
    async fn newcomers_do_not_wait_for_ever() {
        let turns = Turns::new();
        let _turn = turns.next(None, None, STARVING).await;
        turns.let_others_pass().await;
    }
}
