//! How many invocations run at once, and the limits on it.
//!
//! An account has so many in a region. What functions have reserved is theirs alone, and the rest is
//! everybody else's.

use super::ThrottleReason;
use super::deployment::Deployment;
use base::{AccountId, Region};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Invocations under way.
#[derive(Debug, Default)]
pub(super) struct Concurrency(Mutex<HashMap<Pool, usize>>);

/// What invocations take their slots from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Pool {
    /// What a function has reserved, by its ARN.
    Reserved(String),
    /// What nobody has reserved.
    Unreserved(AccountId, Region),
}

/// The right to run one invocation, given back when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    concurrency: Arc<Concurrency>,
    pool: Pool,
}

impl Concurrency {
    /// Takes a slot, unless those that the function may have are used up.
    pub fn enter(self: &Arc<Self>, deployment: &Deployment) -> Result<Slot, ThrottleReason> {
        let (pool, limit, reason) = match deployment.reserved_concurrency {
            Some(0) => return Err(ThrottleReason::FunctionSwitchedOff),
            Some(reserved) => (
                Pool::Reserved(deployment.function_arn.to_string()),
                usize::try_from(reserved).unwrap_or(usize::MAX),
                ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded,
            ),
            None => (
                Pool::Unreserved(deployment.account, deployment.region.clone()),
                deployment.unreserved_concurrency,
                ThrottleReason::ConcurrentInvocationLimitExceeded,
            ),
        };
        let mut running = self.lock();
        let used = running.entry(pool.clone()).or_default();
        if *used >= limit {
            return Err(reason);
        }
        *used += 1;
        Ok(Slot {
            concurrency: Arc::clone(self),
            pool,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Pool, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut running = self.concurrency.lock();
        if let Some(used) = running.get_mut(&self.pool) {
            *used = used.saturating_sub(1);
            if *used == 0 {
                running.remove(&self.pool);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::test_support::deployment;
    use std::path::Path;

    #[test]
    fn what_is_reserved_is_for_its_function_alone() {
        let concurrency = Arc::new(Concurrency::default());
        let mut others = deployment(Path::new("/"));
        others.unreserved_concurrency = 2;
        let reserving = Deployment {
            function_arn: "arn:aws:lambda:us-east-1:000000000000:function:g"
                .parse()
                .unwrap(),
            reserved_concurrency: Some(1),
            ..others.clone()
        };
        let elsewhere = Deployment {
            account: "111111111111".parse().unwrap(),
            ..others.clone()
        };
        let held: Vec<Slot> = (0..2)
            .map(|_| concurrency.enter(&others).unwrap())
            .collect();
        assert_eq!(
            concurrency.enter(&others).unwrap_err(),
            ThrottleReason::ConcurrentInvocationLimitExceeded
        );
        let own = concurrency.enter(&reserving).unwrap();
        assert_eq!(
            concurrency.enter(&reserving).unwrap_err(),
            ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded
        );
        let foreign = concurrency.enter(&elsewhere).unwrap();
        drop(held);
        drop(concurrency.enter(&others).unwrap());
        drop((own, foreign));
        assert!(concurrency.lock().is_empty());
    }
}
