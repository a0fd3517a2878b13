//! Functions that get a group's events as they come in.
//!
//! After the events are stored; one batch after the other, and in their order. What waits is lost
//! if the server is killed, and dropped if too much of it waits: whoever writes logs never waits
//! for those who read them.

use crate::event::Position;
use crate::filter::Filter;
use crate::record::{GroupPath, Subscription};
use crate::{Logs, LogsError, group_arn};
use base::{Arn, Clock, Entropy, RequestId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use service::{Caller, InvocationKind, InvokeError, InvokeRequest, Invoker, Principal, Source};
use std::io::Write as _;
use std::sync::{Arc, Weak};
use tokio::sync::mpsc;
use wire::logs::InputLogEvent;

/// The principal that a function's policy has to allow.
const SERVICE: &str = "logs.amazonaws.com";
/// Batches that may wait.
const WAITING: usize = 1_024;
/// The largest event that a function takes, in bytes.
const MOST_BYTES: usize = 1024 * 1024;

/// How to reach those who subscribe.
pub(crate) struct Subscribers {
    clock: Clock,
    entropy: Entropy,
    /// Lambda writes its logs here, so one of the two must not hold the other.
    invoker: Weak<dyn Invoker>,
    waiting: mpsc::Sender<Batch>,
}

/// An event as a function gets it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct SubscribedEvent {
    id: String,
    timestamp: i64,
    message: String,
}

impl SubscribedEvent {
    pub fn new(event: &InputLogEvent, position: Position, stream: &str) -> SubscribedEvent {
        SubscribedEvent {
            id: position.id(stream),
            timestamp: event.timestamp,
            message: event.message.clone(),
        }
    }
}

/// Events of one stream for one function.
struct Batch {
    /// CloudWatch Logs as it acts for the group.
    caller: Caller,
    function_arn: String,
    group: String,
    stream: String,
    subscription: String,
    events: Vec<SubscribedEvent>,
}

/// What a function finds in its event (Lambda developer guide, "Process CloudWatch Logs").
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    message_type: &'static str,
    owner: &'a str,
    log_group: &'a str,
    log_stream: &'a str,
    subscription_filters: [&'a str; 1],
    log_events: &'a [SubscribedEvent],
}

#[derive(Serialize)]
struct Event {
    awslogs: Data,
}

#[derive(Serialize)]
struct Data {
    data: String,
}

impl Logs {
    /// Lets functions subscribe to groups, for as long as there is an invoker. Without it, to
    /// subscribe is refused.
    pub fn deliver_to(&self, invoker: &Arc<dyn Invoker>, entropy: Entropy) {
        let (waiting, batches) = mpsc::channel(WAITING);
        let subscribers = Subscribers {
            clock: self.clock.clone(),
            entropy,
            invoker: Arc::downgrade(invoker),
            waiting,
        };
        if self.subscribers.set(subscribers).is_ok() {
            tokio::spawn(deliver(batches, Arc::downgrade(invoker)));
        }
    }

    /// Checks that CloudWatch Logs may invoke a function for a group.
    pub(crate) async fn check_function(
        &self,
        path: GroupPath<'_>,
        function_arn: &str,
    ) -> Result<(), LogsError> {
        let subscribers = self.subscribers.get();
        let reached = subscribers.and_then(|them| Some((them, them.invoker.upgrade()?)));
        let (subscribers, invoker) =
            reached.ok_or(LogsError::NotBuilt("Subscriptions need functions"))?;
        let caller = subscribers.caller(path).ok_or(LogsError::NotInvokable)?;
        let request = InvokeRequest {
            function_arn: function_arn.to_owned(),
            payload: Bytes::new(),
            kind: InvocationKind::DryRun,
        };
        match invoker.invoke(caller, request).await {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::debug!(function_arn, %error, "not invokable for CloudWatch Logs");
                Err(LogsError::NotInvokable)
            }
        }
    }

    /// Hands events to those who subscribe to them.
    pub(crate) fn publish(
        &self,
        path: GroupPath<'_>,
        stream: &str,
        subscriptions: &[Subscription],
        events: &[SubscribedEvent],
    ) {
        let Some(subscribers) = self.subscribers.get() else {
            return;
        };
        for subscription in subscriptions {
            let Ok(filter) = Filter::parse(&subscription.pattern) else {
                continue;
            };
            let matching = events.iter().filter(|event| filter.matches(&event.message));
            let events: Vec<SubscribedEvent> = matching.cloned().collect();
            let Some(caller) = subscribers.caller(path).filter(|_| !events.is_empty()) else {
                continue;
            };
            let batch = Batch {
                caller,
                function_arn: subscription.destination_arn.clone(),
                group: path.group.to_owned(),
                stream: stream.to_owned(),
                subscription: subscription.name.clone(),
                events,
            };
            if subscribers.waiting.try_send(batch).is_err() {
                let (group, name) = (path.group, &subscription.name);
                tracing::warn!(group, name, "events for a subscription are dropped");
            }
        }
    }
}

impl Subscribers {
    fn caller(&self, path: GroupPath<'_>) -> Option<Caller> {
        let arn = format!("{}:*", group_arn(path.caller, path.group));
        let source_arn: Arn = arn.parse().ok()?;
        Some(Caller {
            account: path.caller.account,
            region: path.caller.region.clone(),
            principal: Principal::Service {
                name: SERVICE,
                source_arn,
                source_account: path.caller.account,
            },
            request_id: RequestId::uuid(&self.entropy),
            time: self.clock.now(),
            source: Source {
                via: vec![SERVICE],
                ..Source::default()
            },
        })
    }
}

async fn deliver(mut batches: mpsc::Receiver<Batch>, invoker: Weak<dyn Invoker>) {
    while let Some(batch) = batches.recv().await {
        let Some(invoker) = invoker.upgrade() else {
            return;
        };
        if let Err(error) = hand_over(&*invoker, &batch).await {
            let (function, group) = (&batch.function_arn, &batch.group);
            tracing::warn!(function, group, %error, "a subscription's events are not taken");
        }
    }
}

async fn hand_over(invoker: &dyn Invoker, batch: &Batch) -> Result<(), InvokeError> {
    for payload in payloads(batch, &batch.events) {
        let request = InvokeRequest {
            function_arn: batch.function_arn.clone(),
            payload,
            kind: InvocationKind::Event,
        };
        invoker.invoke(batch.caller.clone(), request).await?;
    }
    Ok(())
}

/// The events as one payload, or as several that are small enough.
fn payloads(batch: &Batch, events: &[SubscribedEvent]) -> Vec<Bytes> {
    let payload = payload(batch, events);
    match payload.len() > MOST_BYTES && events.len() > 1 {
        false => vec![payload],
        true => {
            let (first, second) = events.split_at(events.len() / 2);
            [payloads(batch, first), payloads(batch, second)].concat()
        }
    }
}

/// `{"awslogs": {"data": ...}}`, the message as JSON, compressed, in Base64.
fn payload(batch: &Batch, events: &[SubscribedEvent]) -> Bytes {
    let message = Message {
        message_type: "DATA_MESSAGE",
        owner: batch.caller.account.as_str(),
        log_group: &batch.group,
        log_stream: &batch.stream,
        subscription_filters: [&batch.subscription],
        log_events: events,
    };
    let mut zipped = GzEncoder::new(Vec::new(), Compression::fast());
    // Neither a vector nor text can fail.
    let _ = zipped.write_all(&serde_json::to_vec(&message).unwrap_or_default());
    let data = BASE64.encode(zipped.finish().unwrap_or_default());
    let event = Event {
        awslogs: Data { data },
    };
    serde_json::to_vec(&event).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use serde_json::Value;
    use std::io::Read as _;

    fn batch(messages: impl Iterator<Item = String>) -> Batch {
        let account = base::AccountId::DEFAULT;
        let events = messages.map(|message| SubscribedEvent {
            id: String::new(),
            timestamp: 1,
            message,
        });
        Batch {
            caller: Caller {
                account,
                region: base::Region::default_region(),
                principal: Principal::Root,
                request_id: RequestId::uuid(&Entropy::seeded(1)),
                time: base::Timestamp::from_millis(0),
                source: Source::default(),
            },
            function_arn: String::new(),
            group: "g".into(),
            stream: "s".into(),
            subscription: "f".into(),
            events: events.collect(),
        }
    }

    fn unpacked(payload: &Bytes) -> Value {
        let event: Value = serde_json::from_slice(payload).unwrap();
        let data = BASE64
            .decode(event["awslogs"]["data"].as_str().unwrap())
            .unwrap();
        let mut json = String::new();
        let mut unzipped = GzDecoder::new(data.as_slice());
        unzipped.read_to_string(&mut json).unwrap();
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn payloads_are_as_large_as_functions_take_them() {
        let few = batch(["a".to_owned(), "b".to_owned()].into_iter());
        let [payload] = payloads(&few, &few.events).try_into().unwrap();
        let message = unpacked(&payload);
        assert_eq!(message["messageType"], "DATA_MESSAGE");
        assert_eq!(message["logEvents"][1]["message"], "b");

        // Of what does not compress, a full batch is more than one event.
        let entropy = Entropy::seeded(2);
        let noise = |_| {
            let bytes = (0..2_500).flat_map(|_| entropy.bytes::<32>());
            bytes.map(|byte| char::from(b' ' + byte % 95)).collect()
        };
        let much = batch((0..13).map(noise));
        let several = payloads(&much, &much.events);
        assert!(several.len() > 1);
        assert!(several.iter().all(|payload| payload.len() <= MOST_BYTES));
        let events = several.iter().map(|payload| {
            let message = unpacked(payload);
            message["logEvents"].as_array().unwrap().len()
        });
        assert_eq!(events.sum::<usize>(), 13);
    }
}
