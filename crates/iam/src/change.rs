//! Changes: transactions after which nothing that was read before may be believed.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::records::Records;
use base::AccountId;
use kv::{Store, Txn};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts changes.
#[derive(Clone, Default)]
pub(crate) struct Generation(Arc<AtomicU64>);

impl Generation {
    /// That of what no change concerns.
    pub(crate) const FIRST: u64 = 0;

    pub(crate) fn current(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }

    fn next(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Iam {
    /// Runs a transaction on an account's records, and makes every cache forget what it held
    /// before the change is acknowledged.
    pub(crate) async fn change<T, F, Fut>(&self, account: AccountId, body: F) -> Result<T, Error>
    where
        F: Fn(Records<Txn>) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, Error>> + Send,
    {
        let mut unsettled = Unsettled {
            store: &self.store,
            generation: &self.generation,
            settled: false,
        };
        let body = |txn| body(Records::new(txn, account));
        let outcome = self.store.transact(body).await;
        self.generation.next();
        unsettled.settled = true;
        outcome
    }
}

/// A transaction whose outcome is open. If whoever waits for it goes away, the commit may still
/// happen; then another, empty one is sent after it, and once that is through, the first has been
/// decided and the caches can be told.
struct Unsettled<'a> {
    store: &'a Store,
    generation: &'a Generation,
    settled: bool,
}

impl Drop for Unsettled<'_> {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        self.generation.next();
        let (store, generation) = (self.store.clone(), self.generation.clone());
        let settle = async move {
            let barrier = |txn: Txn| async move {
                txn.delete(keys::barrier());
                Ok::<(), kv::Error>(())
            };
            if let Err(error) = store.transact(barrier).await {
                tracing::warn!(%error, "a change that nobody waited for could not be settled");
            }
            generation.next();
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(settle);
        }
    }
}
