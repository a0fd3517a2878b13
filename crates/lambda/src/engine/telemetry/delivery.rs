//! Batches of events on their way to one subscriber. One that does not keep up loses events and is
//! told how many.

use super::subscription::{Subscription, dropped};
use super::{Event, Kind};
use base::Timestamp;
use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use sandbox::Dialer;
use std::collections::VecDeque;
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

/// How long a subscriber may take to answer.
const POST_LIMIT: Duration = Duration::from_secs(2);

/// A subscription and what is to be sent.
#[derive(Debug)]
pub(super) struct Subscriber {
    subscription: Subscription,
    queue: Mutex<Queue>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<String>,
    bytes: usize,
    /// When the oldest came.
    since: Option<Instant>,
    dropped_records: usize,
    dropped_bytes: usize,
    last: Option<Timestamp>,
    flushes: Vec<oneshot::Sender<()>>,
}

impl Subscriber {
    pub fn new(subscription: Subscription) -> Subscriber {
        Subscriber {
            subscription,
            queue: Mutex::default(),
            changed: Notify::new(),
        }
    }

    /// Takes an event, if it is one that was asked for.
    pub fn push(&self, event: &Event) {
        let is_wanted = self.subscription.kinds.contains(&event.kind);
        if !is_wanted || self.subscription.dialect.name(event).is_none() {
            return;
        }
        let text = serde_json::to_string(event).unwrap_or_default();
        let buffering = self.subscription.buffering;
        let mut queue = self.lock();
        queue.last = Some(event.time);
        // As much again as a batch may wait while one is being sent.
        let has_room = queue.bytes + text.len() <= 2 * buffering.bytes
            && queue.events.len() < 2 * buffering.items;
        if has_room {
            queue.bytes += text.len();
            queue.since.get_or_insert_with(Instant::now);
            queue.events.push_back(text);
        } else {
            queue.dropped_records += 1;
            queue.dropped_bytes += text.len();
        }
        drop(queue);
        self.changed.notify_one();
    }

    /// Sends what there is without waiting for more; the receiver tells when that is done.
    pub fn flush(&self) -> oneshot::Receiver<()> {
        let (sender, receiver) = oneshot::channel();
        self.lock().flushes.push(sender);
        self.changed.notify_one();
        receiver
    }

    /// Waits until there is something to be sent.
    async fn due(&self) {
        loop {
            let due = {
                let queue = self.lock();
                let buffering = self.subscription.buffering;
                let is_full = queue.bytes >= buffering.bytes
                    || queue.events.len() >= buffering.items
                    || !queue.flushes.is_empty();
                if is_full {
                    return;
                }
                queue.since.map(|since| since + buffering.timeout)
            };
            match due {
                None => self.changed.notified().await,
                Some(due) => tokio::select! {
                    () = sleep_until(due) => return,
                    () = self.changed.notified() => {}
                },
            }
        }
    }

    /// The next batch; none if nothing is left.
    fn take(&self) -> Option<Vec<String>> {
        let buffering = self.subscription.buffering;
        let mut queue = self.lock();
        let mut batch = Vec::new();
        let mut bytes = 0;
        while let Some(event) = queue.events.front()
            && batch.len() < buffering.items
            && (batch.is_empty() || bytes + event.len() <= buffering.bytes)
        {
            bytes += event.len();
            batch.extend(queue.events.pop_front());
        }
        queue.bytes -= bytes;
        batch.extend(queue.told_of_loss());
        queue.since = (!queue.events.is_empty()).then(Instant::now);
        (!batch.is_empty()).then_some(batch)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn told_of_loss(&mut self) -> Option<String> {
        let records = std::mem::take(&mut self.dropped_records);
        let bytes = std::mem::take(&mut self.dropped_bytes);
        let event = Event {
            time: self.last?,
            name: "platform.logsDropped",
            record: dropped(records, bytes),
            kind: Kind::Platform,
        };
        (records > 0).then(|| serde_json::to_string(&event).unwrap_or_default())
    }
}

/// Sends batches for as long as the instance lives.
pub(super) async fn deliver(subscriber: Arc<Subscriber>, dialer: Arc<tokio::sync::Mutex<Dialer>>) {
    loop {
        subscriber.due().await;
        let flushes = std::mem::take(&mut subscriber.lock().flushes);
        while let Some(batch) = subscriber.take() {
            let mut dialer = dialer.lock().await;
            let posted = post(&subscriber.subscription, &batch, &mut dialer);
            let failed = match timeout(POST_LIMIT, posted).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer in time".to_owned(),
            };
            tracing::debug!(%failed, "an extension did not take its telemetry");
            let mut queue = subscriber.lock();
            queue.dropped_records += batch.len();
            queue.dropped_bytes += batch.iter().map(String::len).sum::<usize>();
            break;
        }
        for flush in flushes {
            // Whoever waited may have given up.
            let _ = flush.send(());
        }
    }
}

async fn post(
    subscription: &Subscription,
    batch: &[String],
    dialer: &mut Dialer,
) -> Result<(), Box<dyn Error + Send + Sync>> {
    let path = subscription.uri.path_and_query();
    let host = subscription.uri.authority();
    let request = Request::builder()
        .method(Method::POST)
        .uri(path.map_or("/", |path| path.as_str()))
        .header(header::HOST, host.map_or("sandbox", |host| host.as_str()))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONNECTION, "close")
        .body(Full::new(Bytes::from(format!("[{}]", batch.join(",")))))?;
    let stream = dialer.connect(subscription.address).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let exchange = async move {
        let mut response = sender.send_request(request).await?;
        // What it says is not of interest, but it may take its time to say it.
        while let Some(frame) = response.frame().await {
            frame?;
        }
        Ok::<_, hyper::Error>(())
    };
    tokio::select! {
        exchanged = exchange => exchanged?,
        ended = connection => ended?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Dialect;
    use super::*;

    fn subscriber() -> Subscriber {
        let body = serde_json::json!({
            "schemaVersion": "2022-12-13",
            "types": ["platform", "function"],
            "buffering": {"maxItems": 1000, "maxBytes": 262_144},
            "destination": {"protocol": "HTTP", "URI": "http://sandbox:1"},
        });
        let body = serde_json::to_vec(&body).unwrap();
        Subscriber::new(Subscription::parse(Dialect::Telemetry, &body).unwrap())
    }

    fn event(name: &'static str, kind: Kind, record: &str) -> Event {
        Event {
            time: Timestamp::from_millis(1),
            name,
            record: record.into(),
            kind,
        }
    }

    #[test]
    fn only_what_was_asked_for_is_sent() {
        let subscriber = subscriber();
        subscriber.push(&event("extension", Kind::Extension, "x"));
        subscriber.push(&event("platform.end", Kind::Platform, "x"));
        assert_eq!(subscriber.take(), None);
        subscriber.push(&event("function", Kind::Function, "x"));
        let expected = r#"{"time":"1970-01-01T00:00:00.001Z","type":"function","record":"x"}"#;
        assert_eq!(subscriber.take(), Some(vec![expected.to_owned()]));
        assert_eq!(subscriber.take(), None);
    }

    #[test]
    fn who_is_slow_is_told_what_was_lost() {
        let subscriber = subscriber();
        for _ in 0..2_005 {
            subscriber.push(&event("function", Kind::Function, "x"));
        }
        let first = subscriber.take().unwrap();
        assert_eq!(first.len(), 1_001);
        let last = first.last().unwrap();
        assert!(last.contains("platform.logsDropped"), "{last}");
        assert!(last.contains(r#""droppedRecords":5"#), "{last}");
        assert_eq!(subscriber.take().unwrap().len(), 1_000);
        assert_eq!(subscriber.take(), None);
    }
}
