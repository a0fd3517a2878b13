//! The one thread that decides and writes.
//!
//! It takes every proposal that waits, validates each against what was committed since its view
//! (and against those before it in the same batch), merges the writes of all that pass into one
//! batch, has the engine write and sync it once, publishes the new version, and then answers. So a
//! sync is shared by everyone who waited for the one before.
//!
//! Nothing is published before it is durable. After a failed write nothing is written any more:
//! what the disk holds is then known to nobody, and only a new start can find out.

mod window;

use crate::offload::Offload;
use crate::published::Published;
use crate::transactor::BoxFuture;
use crate::{
    ApplyError, Cause, Engine, Error, Proposal, ReadView, Room, Transactor, Verdict, WriteSet,
};
use parking_lot::{Mutex, RwLock};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot, watch};
use window::{Conflict, Window};

/// Memory that waiting proposals may hold, in KiB: twice the largest transaction. Those beyond
/// wait outside of the queue.
const QUEUE_KIB: u32 = 256 * 1024;
/// What a proposal counts for at least, in KiB: at most 4096 of them are in the queue.
const PROPOSAL_KIB: u32 = 64;
/// A batch takes no further proposals beyond these, so that small transactions do not wait for
/// long behind large ones.
const BATCH_BYTES: usize = 16 * 1024 * 1024;
const BATCH_PROPOSALS: usize = 1024;
/// What a key costs beyond its bytes, on disk and in memory, rounded up.
const KEY_OVERHEAD_BYTES: usize = 64;

/// A handle on the committer's thread, which ends with it.
pub(crate) struct Committer {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    engine: Arc<dyn Engine>,
    published: RwLock<Arc<Published>>,
    failure: watch::Sender<Option<Cause>>,
}

/// Where proposals wait for the thread.
struct Queue {
    /// Absent after the end.
    sender: RwLock<Option<mpsc::UnboundedSender<Job>>>,
    /// Bounds what waits.
    places: Arc<Semaphore>,
}

struct Job {
    proposal: Proposal,
    answer: oneshot::Sender<Result<Verdict, Error>>,
    /// Gives back the memory that the proposal held.
    _place: OwnedSemaphorePermit,
}

#[derive(Debug, thiserror::Error)]
enum Stopped {
    #[error("the store is closed")]
    Closed,
    #[error("the thread that commits has ended unexpectedly")]
    Lost,
    #[error("the engine panicked")]
    Panicked,
    #[error("the thread that commits did not start")]
    NotStarted(#[source] std::io::Error),
    #[error("an earlier write failed, and the store must be opened anew: {0}")]
    Failed(#[source] Cause),
}

fn unavailable(stopped: Stopped) -> Error {
    Error::Unavailable(Cause::new(stopped))
}

impl Committer {
    pub(crate) fn new(engine: Box<dyn Engine>) -> Committer {
        let engine: Arc<dyn Engine> = Arc::from(engine);
        let offload = Offload::new();
        let first = Published::new(0, Arc::clone(&engine), offload.clone());
        let shared = Arc::new(Shared {
            engine,
            published: RwLock::new(Arc::new(first)),
            failure: watch::Sender::new(None),
        });
        let (sender, receiver) = mpsc::unbounded_channel();
        let worker = Worker {
            shared: Arc::clone(&shared),
            queue: receiver,
            window: Window::new(),
            version: 0,
            offload,
        };
        let thread = std::thread::Builder::new().name("kv-commit".to_owned());
        let thread = thread.spawn(move || worker.run());
        if let Err(error) = &thread {
            let error = std::io::Error::new(error.kind(), error.to_string());
            shared.fail(Cause::new(Stopped::NotStarted(error)));
        }
        Committer {
            shared,
            queue: Arc::new(Queue {
                sender: RwLock::new(Some(sender)),
                places: Arc::new(Semaphore::new(QUEUE_KIB as usize)),
            }),
            thread: Mutex::new(thread.ok()),
        }
    }

    /// Lets the thread finish all that is in the queue, and waits for that.
    fn stop(&self) {
        self.queue.places.close();
        self.queue.sender.write().take();
        if let Some(thread) = self.thread.lock().take() {
            // A panic of the thread is known already: it is the store's failure.
            thread.join().ok();
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Transactor for Committer {
    fn view(&self) -> Arc<dyn ReadView> {
        Arc::clone(&*self.shared.published.read()) as Arc<dyn ReadView>
    }

    fn commit(&self, proposal: Proposal) -> BoxFuture<'static, Result<Verdict, Error>> {
        let shared = Arc::clone(&self.shared);
        let queue = Arc::clone(&self.queue);
        Box::pin(async move {
            shared.is_working()?;
            let verdict = queue.join(proposal).await?;
            let lost = || Error::UnknownOutcome(Cause::new(Stopped::Lost));
            verdict.await.unwrap_or_else(|_| Err(lost()))
        })
    }

    fn failure(&self) -> watch::Receiver<Option<Cause>> {
        self.shared.failure.subscribe()
    }

    fn close(&self) -> Result<(), Error> {
        self.stop();
        // An engine that has failed may hang, and there is nothing to be tidied.
        self.shared.is_working()?;
        self.shared.engine.close()
    }
}

impl Queue {
    /// Waits for a place, and puts the proposal there.
    async fn join(
        &self,
        proposal: Proposal,
    ) -> Result<oneshot::Receiver<Result<Verdict, Error>>, Error> {
        let places = Arc::clone(&self.places);
        let place = places.acquire_many_owned(kib(&proposal)).await;
        let closed = || unavailable(Stopped::Closed);
        let place = place.map_err(|_| closed())?;
        let (answer, verdict) = oneshot::channel();
        let job = Job {
            proposal,
            answer,
            _place: place,
        };
        let sender = self.sender.read();
        let sender = sender.as_ref().ok_or_else(closed)?;
        sender.send(job).map_err(|_| unavailable(Stopped::Lost))?;
        Ok(verdict)
    }
}

fn kib(proposal: &Proposal) -> u32 {
    let kib = footprint(proposal).div_ceil(1024);
    let kib = u32::try_from(kib).unwrap_or(QUEUE_KIB);
    kib.clamp(PROPOSAL_KIB, QUEUE_KIB)
}

fn footprint(proposal: &Proposal) -> usize {
    proposal.bytes + proposal.writes.len() * KEY_OVERHEAD_BYTES
}

/// Whether the transaction makes things fewer.
fn frees(proposal: &Proposal) -> bool {
    let deletes = proposal.writes.values().filter(|value| value.is_none());
    deletes.count() * 2 >= proposal.writes.len()
}

impl Shared {
    fn is_working(&self) -> Result<(), Error> {
        match &*self.failure.borrow() {
            None => Ok(()),
            Some(cause) => Err(unavailable(Stopped::Failed(cause.clone()))),
        }
    }

    /// Only the first failure counts: those after it are its consequences.
    fn fail(&self, cause: Cause) {
        self.failure.send_if_modified(|failure| {
            let first = failure.is_none();
            failure.get_or_insert(cause);
            first
        });
    }
}

/// What the thread owns.
struct Worker {
    shared: Arc<Shared>,
    queue: mpsc::UnboundedReceiver<Job>,
    window: Window,
    /// Of the last batch that was tried.
    version: u64,
    offload: Offload,
}

impl Worker {
    fn run(mut self) {
        let mut alarm = Alarm(Some(Arc::clone(&self.shared)));
        while let Some(first) = self.queue.blocking_recv() {
            let jobs = self.with_all_waiting(first);
            self.commit(jobs);
        }
        alarm.0 = None;
    }

    fn with_all_waiting(&mut self, first: Job) -> Vec<Job> {
        let mut bytes = footprint(&first.proposal);
        let mut jobs = vec![first];
        while bytes < BATCH_BYTES && jobs.len() < BATCH_PROPOSALS {
            let Ok(job) = self.queue.try_recv() else {
                break;
            };
            bytes += footprint(&job.proposal);
            jobs.push(job);
        }
        // Within a batch, whoever has lost most often comes first.
        jobs.sort_by_key(|job| std::cmp::Reverse(job.proposal.conflicts));
        jobs
    }

    fn commit(&mut self, jobs: Vec<Job>) {
        if let Err(error) = self.shared.is_working() {
            return answer_all(jobs, Err(error));
        }
        self.version += 1;
        let plan = self.plan(jobs);
        let outcome = if plan.batch.is_empty() {
            Ok(Verdict::Committed)
        } else {
            self.write(&plan.batch)
        };
        // Who lost starts again: the sooner, the better its chances.
        for (job, verdict) in plan.refused {
            job.answer.send(verdict).ok();
        }
        answer_all(plan.accepted, outcome);
    }

    /// Decides who may write.
    fn plan(&mut self, jobs: Vec<Job>) -> Plan {
        let mut plan = Plan::default();
        let room = self.shared.engine.room();
        for mut job in jobs {
            if let Some(refusal) = self.refusal(&job.proposal, &room, plan.bytes) {
                plan.refused.push((job, refusal));
                continue;
            }
            plan.bytes += footprint(&job.proposal);
            let writes = std::mem::take(&mut job.proposal.writes);
            self.window.record(self.version, writes.keys());
            plan.batch.extend(writes);
            plan.accepted.push(job);
        }
        plan
    }

    /// Why a proposal may not join a batch that takes so many bytes already.
    fn refusal(
        &self,
        proposal: &Proposal,
        room: &Result<Room, Error>,
        taken: usize,
    ) -> Option<Result<Verdict, Error>> {
        let room = match room {
            Err(error) => return Some(Err(error.clone())),
            Ok(room) if frees(proposal) => room.for_deleting,
            Ok(room) => room.for_writing,
        };
        let needed = u64::try_from(taken + footprint(proposal)).unwrap_or(u64::MAX);
        if needed > room {
            return Some(Err(Error::Full));
        }
        let since = proposal.view.version();
        let Conflict { key } = self.window.conflict(&proposal.reads, since)?;
        Some(Ok(Verdict::Conflict { key }))
    }

    fn write(&mut self, batch: &WriteSet) -> Result<Verdict, Error> {
        let applied = catch_unwind(AssertUnwindSafe(|| self.shared.engine.apply(batch)));
        // A panic of the engine is a failed write. It is set down before anybody hears of it.
        let panicked = |_| Err(ApplyError::Failed(Cause::new(Stopped::Panicked)));
        match applied.unwrap_or_else(panicked) {
            Ok(()) => {
                self.publish();
                Ok(Verdict::Committed)
            }
            Err(ApplyError::Full) => Err(Error::Full),
            Err(ApplyError::Failed(cause)) => {
                tracing::error!(%cause, engine = self.shared.engine.name(), "a commit failed");
                self.shared.fail(cause.clone());
                Err(Error::UnknownOutcome(cause))
            }
        }
    }

    fn publish(&mut self) {
        let engine = Arc::clone(&self.shared.engine);
        let next = Published::new(self.version, engine, self.offload.clone());
        let next = Arc::new(next);
        let last = std::mem::replace(&mut *self.shared.published.write(), Arc::clone(&next));
        self.window.published(self.version, &next);
        drop(last);
    }
}

#[derive(Default)]
struct Plan {
    batch: WriteSet,
    /// What the batch takes.
    bytes: usize,
    accepted: Vec<Job>,
    refused: Vec<(Job, Result<Verdict, Error>)>,
}

fn answer_all(jobs: Vec<Job>, answer: Result<Verdict, Error>) {
    for job in jobs {
        // Nobody listens any more if the caller gave up; the commit stands all the same.
        job.answer.send(answer.clone()).ok();
    }
}

/// Marks the store as failed if the thread unwinds.
struct Alarm(Option<Arc<Shared>>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.fail(Cause::new(Stopped::Lost));
        }
    }
}
