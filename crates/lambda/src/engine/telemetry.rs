//! What happens in one instance, told to the extensions that subscribed to it: the Telemetry API's
//! half that sends. Events of the start are kept until it is over, so that a subscriber misses
//! none; while nobody listens after that, telling costs a look at a flag.

mod delivery;
mod subscription;

pub(super) use subscription::{Dialect, Subscription};

use base::Timestamp;
use delivery::Subscriber;
use sandbox::Dialer;
use serde::{Serialize, Serializer};
use serde_json::Value;
use service::LogLine;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// What is kept of a start.
const MAX_HISTORY_BYTES: usize = 256 * 1024;

/// Whose events they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Platform,
    Function,
    Extension,
}

impl Kind {
    /// As events and subscriptions name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Platform => "platform",
            Kind::Function => "function",
            Kind::Extension => "extension",
        }
    }
}

/// One event.
#[derive(Clone, Debug, Serialize)]
struct Event {
    #[serde(serialize_with = "iso8601")]
    time: Timestamp,
    #[serde(rename = "type")]
    name: &'static str,
    record: Value,
    #[serde(skip)]
    kind: Kind,
}

fn iso8601<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.iso8601())
}

/// See the module.
#[derive(Debug)]
pub(super) struct Telemetry {
    /// Somebody listens, or still may.
    listened: AtomicBool,
    state: Mutex<State>,
    /// Where connections into the instance's network come from; none where it has no network of
    /// its own, since a subscription could then reach what the function may not.
    dialer: Option<Arc<tokio::sync::Mutex<Dialer>>>,
}

#[derive(Debug)]
struct State {
    /// Until the start is over.
    history: Option<Vec<Event>>,
    history_bytes: usize,
    subscribers: Vec<Arc<Subscriber>>,
    deliveries: JoinSet<()>,
}

/// Why there is no subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSubscription {
    /// The start is over.
    Closed,
    /// The instance has no network of its own.
    NoNetwork,
}

impl Telemetry {
    pub fn new(dialer: Option<Dialer>) -> Telemetry {
        Telemetry {
            listened: AtomicBool::new(true),
            state: Mutex::new(State {
                history: Some(Vec::new()),
                history_bytes: 0,
                subscribers: Vec::new(),
                deliveries: JoinSet::new(),
            }),
            dialer: dialer.map(|dialer| Arc::new(tokio::sync::Mutex::new(dialer))),
        }
    }

    /// Sends what happens from now on, and what has happened, to a subscriber.
    pub fn subscribe(&self, subscription: Subscription) -> Result<(), NoSubscription> {
        let dialer = self.dialer.as_ref().ok_or(NoSubscription::NoNetwork)?;
        let mut state = self.lock();
        let subscriber = Arc::new(Subscriber::new(subscription));
        for event in state.history.as_ref().ok_or(NoSubscription::Closed)? {
            subscriber.push(event);
        }
        let delivery = delivery::deliver(Arc::clone(&subscriber), Arc::clone(dialer));
        state.deliveries.spawn(delivery);
        state.subscribers.push(subscriber);
        Ok(())
    }

    /// The start is over: nobody can subscribe any more.
    pub fn close(&self) {
        let mut state = self.lock();
        state.history = None;
        let listened = !state.subscribers.is_empty();
        self.listened.store(listened, Ordering::Relaxed);
    }

    /// An event of the platform.
    pub fn platform(&self, time: Timestamp, event: impl FnOnce() -> (&'static str, Value)) {
        if self.is_listened() {
            let (name, record) = event();
            self.publish(Event {
                time,
                name,
                record,
                kind: Kind::Platform,
            });
        }
    }

    /// Lines of the function, or of an extension.
    pub fn lines(&self, kind: Kind, lines: &[LogLine]) {
        if !self.is_listened() {
            return;
        }
        for LogLine { time, message } in lines {
            self.publish(Event {
                time: *time,
                name: kind.as_str(),
                record: Value::String(message.clone()),
                kind,
            });
        }
    }

    /// Sends what waits to be sent, for as long as `limit`.
    pub async fn flush(&self, limit: Duration) {
        let subscribers = self.lock().subscribers.clone();
        let flushes: Vec<_> = subscribers.iter().map(|s| s.flush()).collect();
        let all = async {
            for flush in flushes {
                // An error means that the delivery has ended.
                let _ = flush.await;
            }
        };
        let _ = timeout(limit, all).await;
    }

    /// Whether it is worth telling.
    pub fn is_listened(&self) -> bool {
        self.listened.load(Ordering::Relaxed)
    }

    fn publish(&self, event: Event) {
        let mut state = self.lock();
        for subscriber in &state.subscribers {
            subscriber.push(&event);
        }
        let bytes = event.record.as_str().map_or(256, str::len);
        if state.history_bytes + bytes <= MAX_HISTORY_BYTES
            && let Some(history) = &mut state.history
        {
            history.push(event);
            state.history_bytes += bytes;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
