//! How many invocations run at once, and the limits on it.

use super::ThrottleReason;
use super::deployment::Deployment;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Invocations under way.
#[derive(Debug)]
pub(super) struct Concurrency {
    limit: usize,
    running: Mutex<Running>,
}

#[derive(Debug, Default)]
struct Running {
    total: usize,
    by_function: BTreeMap<String, usize>,
}

/// The right to run one invocation, given back when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    concurrency: Arc<Concurrency>,
    function: String,
}

impl Concurrency {
    pub fn new(limit: usize) -> Arc<Concurrency> {
        Arc::new(Concurrency {
            limit,
            running: Mutex::default(),
        })
    }

    /// Takes a slot, unless the function's or everybody's are used up.
    pub fn enter(self: &Arc<Self>, deployment: &Deployment) -> Result<Slot, ThrottleReason> {
        let function = deployment.function_arn.to_string();
        let mut running = self.lock();
        let mine = running.by_function.get(&function).copied().unwrap_or(0);
        let reserved = deployment.reserved_concurrency;
        let reserved = reserved.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX));
        if reserved == Some(0) {
            return Err(ThrottleReason::FunctionSwitchedOff);
        }
        if reserved.is_some_and(|limit| mine >= limit) {
            return Err(ThrottleReason::ReservedFunctionConcurrentInvocationLimitExceeded);
        }
        if running.total >= self.limit {
            return Err(ThrottleReason::ConcurrentInvocationLimitExceeded);
        }
        running.total += 1;
        running.by_function.insert(function.clone(), mine + 1);
        Ok(Slot {
            concurrency: Arc::clone(self),
            function,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut running = self.concurrency.lock();
        running.total = running.total.saturating_sub(1);
        if let Some(mine) = running.by_function.get_mut(&self.function) {
            *mine = mine.saturating_sub(1);
            if *mine == 0 {
                running.by_function.remove(&self.function);
            }
        }
    }
}
