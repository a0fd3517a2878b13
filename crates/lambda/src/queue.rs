//! Events that were accepted and wait for their invocation.
//!
//! An accepted event is in the store until it has been invoked successfully or given up, so it
//! survives the server, and may be invoked twice if the server is killed in between (as AWS says
//! of itself). A failed event is tried again after one minute and after two more; one that could
//! not be invoked (throttled, no instance) for up to six hours.

use crate::catalog::collect;
use crate::destination::{Condition, Ended};
use crate::engine::ThrottleReason;
use crate::error::Error;
use crate::event_config::EventConfigRecord;
use crate::invocation::{Call, Done};
use crate::lambda::Lambda;
use crate::record::{self, EventRecord};
use crate::target::{Qualifier, Scope, Target};
use bytes::Bytes;
use kv::Order;
use service::keep_going;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How often an event that failed is tried again, unless its function's settings say otherwise.
const RETRIES: u32 = 2;
/// How old an event may become, unless its function's settings say otherwise.
const MAX_AGE: Duration = Duration::from_secs(6 * 3600);
/// How long after the first failure an event is tried again; twice that after the second.
const RETRY_AFTER: Duration = Duration::from_secs(60);
/// How long after an invocation that did not happen the next is tried; doubled each time.
const REFUSED_AFTER: Duration = Duration::from_secs(1);
const REFUSED_AFTER_AT_MOST: Duration = Duration::from_secs(300);
/// Events that are invoked at once, of all functions and of one: slow ones hold up their own kind.
const MAX_RUNNING: usize = 512;
const MAX_RUNNING_OF_FUNCTION: usize = 64;
/// Events that are looked at and left, because their function has enough, in one turn.
const MAX_PASSED_OVER: usize = 1024;
/// How long the dispatcher sleeps when nothing is due: the clock may be set.
const IDLE: Duration = Duration::from_secs(60);

/// The part of the queue that is not in the store.
#[derive(Debug, Default)]
pub(crate) struct EventQueue {
    /// Something has changed.
    wake: Notify,
    running: Mutex<Running>,
    stopped: AtomicBool,
}

/// What is being invoked.
#[derive(Debug, Default)]
struct Running {
    /// Keys of the events.
    keys: BTreeSet<Bytes>,
    /// How many each function has.
    of_functions: BTreeMap<String, usize>,
}

/// What came of asking for an event.
#[derive(Debug, PartialEq, Eq)]
enum Claim {
    Won,
    /// It is being invoked already.
    Taken,
    /// Its function has as many as it may.
    FunctionFull,
    Full,
}

impl Running {
    fn claim(&mut self, key: &Bytes, function: &str) -> Claim {
        if self.keys.contains(key) {
            return Claim::Taken;
        }
        if self.keys.len() >= MAX_RUNNING {
            return Claim::Full;
        }
        let of_function = self.of_functions.entry(function.to_owned()).or_default();
        if *of_function >= MAX_RUNNING_OF_FUNCTION {
            return Claim::FunctionFull;
        }
        *of_function += 1;
        self.keys.insert(key.clone());
        Claim::Won
    }

    fn release(&mut self, key: &Bytes, function: &str) {
        self.keys.remove(key);
        if let Some(left) = self.of_functions.get_mut(function) {
            *left -= 1;
            if *left == 0 {
                self.of_functions.remove(function);
            }
        }
    }
}

/// An event that is being invoked; another attempt may claim it when this is dropped, for whatever
/// reason.
struct Claimed {
    lambda: Lambda,
    key: Bytes,
    function: String,
}

impl Drop for Claimed {
    fn drop(&mut self) {
        let queue = &self.lambda.0.queue;
        queue.running().release(&self.key, &self.function);
        queue.wake.notify_one();
    }
}

impl EventQueue {
    /// Starts no more invocations.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What becomes of an event after an attempt.
enum Next {
    /// It has ended, and how.
    Ended {
        condition: Condition,
        event: EventRecord,
    },
    /// Nobody is left to be told of it.
    Dropped(&'static str),
    Again {
        after: Duration,
        event: EventRecord,
    },
}

impl Lambda {
    /// Accepts an event: it is durable when this returns.
    pub(crate) async fn enqueue(&self, call: &Call) -> Result<(), Error> {
        let accepted_ms = self.0.clock.now().as_millis();
        let event = EventRecord {
            request_id: call.request_id.clone(),
            account: call.target.scope.account.to_string(),
            region: call.target.scope.region.to_string(),
            function: call.target.name.clone(),
            qualifier: call.target.qualifier.as_ref().map(Qualifier::to_string),
            payload: String::from_utf8_lossy(&call.payload).into_owned(),
            trace: call.trace.clone(),
            accepted_ms,
            failures: 0,
            refusals: 0,
        };
        let due_ms = u64::try_from(accepted_ms).unwrap_or(0);
        let (key, value) = (
            &record::event_key(due_ms, &event.request_id),
            &kv::record::encode(&event),
        );
        let store = &self.0.store;
        let put: Result<(), kv::Error> = store
            .transact(|txn| async move {
                txn.put(key.clone(), value.clone());
                Ok(())
            })
            .await;
        put?;
        self.0.queue.wake.notify_one();
        Ok(())
    }

    /// Invokes events as they become due, for as long as the service lives.
    pub(crate) fn spawn_dispatcher(&self) {
        let lambda = self.clone();
        keep_going("the dispatcher of events", move || {
            lambda.clone().dispatch()
        });
    }

    async fn dispatch(self) {
        while !self.0.queue.is_stopped() {
            let pause = match self.dispatch_due().await {
                Ok(pause) => pause,
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(error, "the event queue cannot be read");
                    IDLE
                }
            };
            let wake = self.0.queue.wake.notified();
            // Time passing and something changing are both reasons to look again.
            let _ = tokio::time::timeout(pause, wake).await;
        }
    }

    /// Starts what is due and answers how long nothing more will be.
    async fn dispatch_due(&self) -> Result<Duration, Error> {
        let now = u64::try_from(self.0.clock.now().as_millis()).unwrap_or(0);
        let snapshot = self.0.store.snapshot();
        let mut events = snapshot.scan(record::events(), Order::Ascending);
        let mut passed_over = 0usize;
        while let Some((key, value)) = events.next().await? {
            let due = record::event_due(&key)?;
            if due > now {
                return Ok(Duration::from_millis(due - now).min(IDLE));
            }
            let event: EventRecord = kv::record::decode(&value)?;
            let function = function_of(&event);
            match self.0.queue.running().claim(&key, &function) {
                Claim::Won => {}
                Claim::Full => return Ok(IDLE),
                Claim::Taken => continue,
                Claim::FunctionFull => {
                    passed_over += 1;
                    if passed_over > MAX_PASSED_OVER {
                        return Ok(IDLE);
                    }
                    continue;
                }
            }
            let claimed = Claimed {
                lambda: self.clone(),
                key,
                function,
            };
            // What is read is older than the claim: the event may have ended in between.
            if self.0.store.get(&claimed.key).await?.is_none() {
                continue;
            }
            tokio::spawn(async move {
                let lambda = &claimed.lambda;
                let next = lambda.attempt(event).await;
                if let Err(error) = lambda.settle(&claimed.key, next).await {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(error, "an event's outcome could not be kept");
                }
            });
        }
        Ok(IDLE)
    }

    async fn attempt(&self, event: EventRecord) -> Next {
        let Some(target) = target_of(&event) else {
            return Next::Dropped("its function's name cannot be read");
        };
        let call = Call {
            target,
            request_id: event.request_id.clone(),
            payload: event.payload.clone().into(),
            // Only who waits for an answer passes one on.
            client_context: None,
            trace: event.trace.clone(),
        };
        let target = call.target.clone();
        let config = self.event_config(&target).await.unwrap_or_default();
        let done = self.call(call).await;
        let now = self.0.clock.now().as_millis();
        let age = now.saturating_sub(event.accepted_ms);
        let age = Duration::from_millis(u64::try_from(age).unwrap_or(0));
        let next = after(&done, event, age, &Limits::of(&config));
        if let Next::Ended { condition, event } = &next {
            let ended = Ended {
                event,
                target: &target,
                condition: *condition,
                done: done.as_ref().ok(),
            };
            // Before the event is forgotten: a server that is killed in between tells it twice.
            self.report(&ended, &config).await;
        }
        next
    }

    /// Keeps what becomes of the event under `key`.
    async fn settle(&self, key: &Bytes, next: Next) -> Result<(), Error> {
        let again = match next {
            Next::Ended { condition, event } => {
                if condition != Condition::Success {
                    let function = &event.function;
                    tracing::warn!(%function, ?condition, "an event was given up");
                }
                None
            }
            Next::Dropped(reason) => {
                tracing::warn!(reason, "an event was dropped");
                None
            }
            Next::Again { after, event } => {
                let due = self.0.clock.now().saturating_add(after).as_millis();
                let due = u64::try_from(due).unwrap_or(0);
                let key = record::event_key(due, &event.request_id);
                Some((key, kv::record::encode(&event)))
            }
        };
        let again = &again;
        let settled: Result<(), kv::Error> = self
            .0
            .store
            .transact(|txn| async move {
                txn.delete(key.clone());
                if let Some((key, value)) = again {
                    txn.put(key.clone(), value.clone());
                }
                Ok(())
            })
            .await;
        Ok(settled?)
    }

    /// How many events wait.
    pub async fn waiting_events(&self) -> Result<usize, Error> {
        let snapshot = self.0.store.snapshot();
        let events = snapshot.scan(record::events(), Order::Ascending);
        Ok(collect::<EventRecord>(events).await?.len())
    }
}

/// When an event is given up.
struct Limits {
    failures: u32,
    age: Duration,
}

impl Limits {
    fn of(config: &EventConfigRecord) -> Limits {
        let age = config.max_age_s.map(|s| Duration::from_secs(s.into()));
        Limits {
            failures: config.retries.unwrap_or(RETRIES) + 1,
            age: age.unwrap_or(MAX_AGE),
        }
    }
}

/// Decides by the outcome of an attempt and the event's age.
fn after(
    done: &Result<Done, Error>,
    mut event: EventRecord,
    age: Duration,
    limits: &Limits,
) -> Next {
    let ended = |condition, event| Next::Ended { condition, event };
    let after = match done {
        Ok(done) if !done.has_failed() => return ended(Condition::Success, event),
        Ok(_) => {
            event.failures += 1;
            if event.failures >= limits.failures {
                return ended(Condition::RetriesExhausted, event);
            }
            RETRY_AFTER * event.failures
        }
        // It would be one again.
        Err(Error::Recursive) => return ended(Condition::RetriesExhausted, event),
        Err(Error::Throttled(ThrottleReason::FunctionSwitchedOff)) => {
            return ended(Condition::ZeroReservedConcurrency, event);
        }
        Err(Error::FunctionNotFound(_)) => return Next::Dropped("its function is gone"),
        Err(_) => {
            let doubled = 2u32.saturating_pow(event.refusals.min(16));
            event.refusals += 1;
            REFUSED_AFTER
                .saturating_mul(doubled)
                .min(REFUSED_AFTER_AT_MOST)
        }
    };
    if age + after > limits.age {
        return ended(Condition::EventAgeExceeded, event);
    }
    Next::Again { after, event }
}

/// What tells the event's function from all others.
fn function_of(event: &EventRecord) -> String {
    format!("{}:{}:{}", event.account, event.region, event.function)
}

fn target_of(event: &EventRecord) -> Option<Target> {
    Some(Target {
        scope: Scope {
            account: event.account.parse().ok()?,
            region: event.region.parse().ok()?,
        },
        name: event.function.clone(),
        qualifier: event.qualifier.as_deref().map(Qualifier::parse),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Answer, Outcome};

    #[test]
    fn a_function_leaves_room_for_others() {
        let mut running = Running::default();
        let key = |number: usize| Bytes::from(number.to_string());
        for number in 0..MAX_RUNNING_OF_FUNCTION {
            assert_eq!(running.claim(&key(number), "slow"), Claim::Won);
        }
        assert_eq!(running.claim(&key(0), "slow"), Claim::Taken);
        assert_eq!(running.claim(&key(1000), "slow"), Claim::FunctionFull);
        assert_eq!(running.claim(&key(1000), "other"), Claim::Won);
        running.release(&key(0), "slow");
        assert_eq!(running.claim(&key(1001), "slow"), Claim::Won);
        for number in 2000..2000 + MAX_RUNNING - MAX_RUNNING_OF_FUNCTION - 1 {
            assert_eq!(running.claim(&key(number), &number.to_string()), Claim::Won);
        }
        assert_eq!(running.claim(&key(9999), "last"), Claim::Full);
        running.release(&key(1000), "other");
        assert!(!running.of_functions.contains_key("other"));
    }

    fn event() -> EventRecord {
        EventRecord {
            request_id: "id".to_owned(),
            account: "000000000000".to_owned(),
            region: "us-east-1".to_owned(),
            function: "f".to_owned(),
            qualifier: None,
            payload: "{}".to_owned(),
            trace: None,
            accepted_ms: 0,
            failures: 0,
            refusals: 0,
        }
    }

    fn done(answer: Answer) -> Result<Done, Error> {
        Ok(Done {
            outcome: Outcome {
                answer,
                log_tail: String::new(),
            },
            executed_version: "$LATEST".to_owned(),
        })
    }

    fn limits() -> Limits {
        Limits::of(&EventConfigRecord::default())
    }

    fn seconds(next: Next) -> (u64, EventRecord) {
        match next {
            Next::Again { after, event } => (after.as_secs(), event),
            Next::Ended { .. } | Next::Dropped(_) => panic!("not tried again"),
        }
    }

    #[track_caller]
    fn check_ended(next: Next, expected: Condition) {
        assert!(matches!(next, Next::Ended { condition, .. } if condition == expected));
    }

    #[test]
    fn failures_are_tried_three_times() {
        let fail = || done(Answer::Failed("{}".into()));
        let again = |event| after(&fail(), event, Duration::ZERO, &limits());
        let (after_first, event) = seconds(again(event()));
        let (after_second, event) = seconds(again(event));
        assert_eq!((after_first, after_second), (60, 120));
        check_ended(again(event), Condition::RetriesExhausted);
    }

    #[test]
    fn settings_say_how_often() {
        let once = Limits::of(&EventConfigRecord {
            retries: Some(0),
            ..EventConfigRecord::default()
        });
        let fail = done(Answer::Failed("{}".into()));
        let next = after(&fail, event(), Duration::ZERO, &once);
        check_ended(next, Condition::RetriesExhausted);
    }

    #[test]
    fn refusals_are_tried_for_hours() {
        let reason = ThrottleReason::ConcurrentInvocationLimitExceeded;
        let refused = Err(Error::Throttled(reason));
        let mut event = event();
        for expected in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            let next = after(&refused, event, Duration::ZERO, &limits());
            let (seconds, next) = seconds(next);
            assert_eq!(seconds, expected);
            event = next;
        }
        let next = after(&refused, event, MAX_AGE, &limits());
        check_ended(next, Condition::EventAgeExceeded);
    }

    #[test]
    fn successes_are_done() {
        let success = done(Answer::Returned("1".into()));
        let next = after(&success, event(), Duration::ZERO, &limits());
        check_ended(next, Condition::Success);
    }
}
