//! What functions have reserved of the invocations that may run at once, and what is left to the
//! others.

use crate::activation;
use crate::catalog;
use crate::error::Error;
use crate::lambda::Lambda;
use crate::record::{self, FunctionRecord};
use crate::target::{Scope, Target};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the functions of each scope have reserved together, as far as somebody has asked. Every
/// invocation asks; reading all functions each time would cost too much.
#[derive(Debug, Default)]
pub(crate) struct Reservations(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    totals: HashMap<Scope, u32>,
    /// Grows with each change, so that what was read before it is not taken for what is now.
    changes: u64,
}

impl Reservations {
    /// Something has changed: what is reserved must be read again.
    pub fn forget(&self, scope: &Scope) {
        let mut known = self.lock();
        known.changes += 1;
        known.totals.remove(scope);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lambda {
    /// How many invocations of functions that have reserved nothing may run at once.
    ///
    /// # Errors
    /// The store's.
    pub(crate) async fn unreserved_concurrency(&self, scope: &Scope) -> Result<usize, Error> {
        let reserved = self.reserved_concurrency(scope).await?;
        let reserved = usize::try_from(reserved).unwrap_or(usize::MAX);
        Ok(self.0.config.concurrency.saturating_sub(reserved))
    }

    async fn reserved_concurrency(&self, scope: &Scope) -> Result<u32, Error> {
        let before = {
            let known = self.0.reservations.lock();
            if let Some(total) = known.totals.get(scope) {
                return Ok(*total);
            }
            known.changes
        };
        let functions = activation::functions(self, scope).await?;
        let total = total(&functions);
        let mut known = self.0.reservations.lock();
        if known.changes == before {
            known.totals.insert(scope.clone(), total);
        }
        Ok(total)
    }
}

/// What functions have reserved together.
pub(crate) fn total<'a>(functions: impl IntoIterator<Item = &'a FunctionRecord>) -> u32 {
    let reserved = functions
        .into_iter()
        .filter_map(|function| function.reserved_concurrency);
    reserved.fold(0, u32::saturating_add)
}

/// Sets or removes a function's reserved concurrency.
pub(crate) async fn set(
    lambda: &Lambda,
    target: &Target,
    reserved: Option<u32>,
) -> Result<(), Error> {
    let key = &record::function_key(&target.scope, &target.name);
    let store = &lambda.0.store;
    let set = store
        .transact(|txn| async move {
            let mut function: FunctionRecord = catalog::named(&txn, target).await?;
            function.reserved_concurrency = reserved;
            txn.put(key.clone(), kv::record::encode(&function));
            Ok(())
        })
        .await;
    lambda.0.reservations.forget(&target.scope);
    set
}
