//! Where an instance's runtime stands between its start and its end.

use crate::streaming::Sink;
use base::Timestamp;
use bytes::Bytes;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, oneshot};

/// One invocation on its way to the runtime.
#[derive(Clone, Debug)]
pub(in crate::engine) struct Delivery {
    pub request_id: String,
    pub payload: Bytes,
    pub deadline: Timestamp,
    pub invoked_arn: String,
    pub trace_id: String,
    /// JSON, for the context object.
    pub client_context: Option<String>,
    pub sink: Option<Sink>,
}

/// What the runtime made of an invocation.
#[derive(Debug)]
pub(in crate::engine) enum Reply {
    Response(Bytes),
    /// The error document that it posted.
    Error(Bytes),
    TooLarge,
}

/// How the runtime's start went.
#[derive(Debug)]
pub(in crate::engine) enum InitEvent {
    Ready,
    /// The error document that it posted.
    Failed(Bytes),
}

/// Why the runtime's request was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    UnknownRoute,
    UnknownId,
    WrongMoment,
    TooLarge,
    Unreadable,
}

#[derive(Debug)]
pub(super) struct State {
    phase: Mutex<Phase>,
    delivered: Notify,
}

#[derive(Debug)]
enum Phase {
    /// The runtime has asked for nothing yet.
    Init(oneshot::Sender<InitEvent>),
    /// It waits for an invocation, or is about to.
    Idle,
    Delivered(Delivery, oneshot::Sender<Reply>),
    Busy {
        request_id: String,
        sink: Option<Sink>,
        reply: oneshot::Sender<Reply>,
    },
    /// It has reported that it cannot start.
    Failed,
}

impl State {
    pub fn new() -> (State, oneshot::Receiver<InitEvent>) {
        let (sender, receiver) = oneshot::channel();
        let state = State {
            phase: Mutex::new(Phase::Init(sender)),
            delivered: Notify::new(),
        };
        (state, receiver)
    }

    pub fn deliver(&self, delivery: Delivery) -> oneshot::Receiver<Reply> {
        let (sender, receiver) = oneshot::channel();
        *self.lock() = Phase::Delivered(delivery, sender);
        self.delivered.notify_one();
        receiver
    }

    pub fn is_taken(&self) -> bool {
        !matches!(*self.lock(), Phase::Delivered(..))
    }

    /// Whether the runtime has asked for nothing yet.
    pub fn is_starting(&self) -> bool {
        matches!(*self.lock(), Phase::Init(_))
    }

    /// Waits for an invocation and takes it.
    pub async fn next(&self) -> Result<Delivery, Refusal> {
        loop {
            if let Some(delivery) = self.take()? {
                return Ok(delivery);
            }
            self.delivered.notified().await;
        }
    }

    fn take(&self) -> Result<Option<Delivery>, Refusal> {
        let mut phase = self.lock();
        match std::mem::replace(&mut *phase, Phase::Idle) {
            Phase::Init(ready) => {
                // Nobody listens any more if the start has taken too long.
                let _ = ready.send(InitEvent::Ready);
                Ok(None)
            }
            Phase::Idle => Ok(None),
            Phase::Delivered(delivery, reply) => {
                let request_id = delivery.request_id.clone();
                *phase = Phase::Busy {
                    request_id,
                    sink: delivery.sink.clone(),
                    reply,
                };
                Ok(Some(delivery))
            }
            other @ (Phase::Busy { .. } | Phase::Failed) => {
                *phase = other;
                Err(Refusal::WrongMoment)
            }
        }
    }

    /// Where the pieces of the answer to the invocation `id` go, if it is under way.
    pub fn sink(&self, id: &str) -> Option<Sink> {
        match &*self.lock() {
            Phase::Busy {
                request_id, sink, ..
            } if request_id == id => sink.clone(),
            _ => None,
        }
    }

    /// Ends the invocation `id`, which must be the one under way.
    pub fn reply(&self, id: &str, with: Reply) -> Result<(), Refusal> {
        let mut phase = self.lock();
        match std::mem::replace(&mut *phase, Phase::Idle) {
            Phase::Busy {
                request_id, reply, ..
            } if request_id == id => {
                // Nobody listens any more if it comes too late.
                let _ = reply.send(with);
                Ok(())
            }
            other => {
                let refusal = match other {
                    Phase::Init(_) | Phase::Failed => Refusal::WrongMoment,
                    _ => Refusal::UnknownId,
                };
                *phase = other;
                Err(refusal)
            }
        }
    }

    pub fn fail_init(&self, document: Bytes) -> Result<(), Refusal> {
        let mut phase = self.lock();
        match std::mem::replace(&mut *phase, Phase::Failed) {
            Phase::Init(failed) => {
                let _ = failed.send(InitEvent::Failed(document));
                Ok(())
            }
            other => {
                *phase = other;
                Err(Refusal::WrongMoment)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
