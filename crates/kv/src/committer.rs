//! Where transactions get their order, and the one thread that writes them.
//!
//! A proposal is validated by whoever brings it, against everything that was accepted before it,
//! durable or not. What passes has its place in the [`Line`], and waits there for the thread: it
//! takes all that waits, merges the writes into one batch, has the engine write and sync that
//! once, publishes the new version, and then answers. So a sync is shared by everyone who waited
//! for the one before, and many transactions over one key fit into one sync.
//!
//! Nothing is published before it is durable. After a failed write nothing is written any more:
//! what the disk holds is then known to nobody, and only a new start can find out. When something
//! in the line turns out to have no room on the disk, all that came after it may have built on it
//! and has to try again.

mod line;
mod window;

use crate::offload::Offload;
use crate::published::Published;
use crate::transactor::BoxFuture;
use crate::{
    ApplyError, Cause, Conflict, Engine, Error, Proposal, Proposed, ReadView, Receipt, Room,
    Transactor, Verdict, WriteSet,
};
use line::{Accepted, Line, footprint};
use parking_lot::{Condvar, Mutex, RwLock};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

/// Memory that waiting proposals may hold, in KiB: twice the largest transaction. Those beyond
/// wait outside of the queue.
const QUEUE_KIB: u32 = 256 * 1024;
/// What a proposal counts for at least, in KiB: at most 4096 of them are in the queue.
const PROPOSAL_KIB: u32 = 64;

/// A handle on the thread, which ends with it.
pub(crate) struct Committer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    engine: Arc<dyn Engine>,
    published: RwLock<Arc<Published>>,
    line: Mutex<Line>,
    /// Tells the thread that something waits, or that nothing will any more.
    arrival: Condvar,
    /// Bounds what waits.
    places: Arc<Semaphore>,
    failure: watch::Sender<Option<Cause>>,
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
            line: Mutex::new(Line::new()),
            arrival: Condvar::new(),
            places: Arc::new(Semaphore::new(QUEUE_KIB as usize)),
            failure: watch::Sender::new(None),
        });
        let worker = Worker {
            shared: Arc::clone(&shared),
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
            thread: Mutex::new(thread.ok()),
        }
    }

    /// Lets the thread finish all that waits, and waits for that.
    fn stop(&self) {
        self.shared.places.close();
        self.shared.line.lock().is_closed = true;
        self.shared.arrival.notify_one();
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

    fn latest(&self) -> Arc<dyn ReadView> {
        let line = self.shared.line.lock();
        let published = Arc::clone(&*self.shared.published.read());
        Arc::new(line.latest(published))
    }

    fn propose(&self, proposal: Proposal) -> BoxFuture<'static, Result<Proposed, Error>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            shared.is_working()?;
            let places = Arc::clone(&shared.places);
            let place = places.acquire_many_owned(kib(&proposal)).await;
            let place = place.map_err(|_| unavailable(Stopped::Closed))?;
            shared.accept(proposal, place)
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

fn kib(proposal: &Proposal) -> u32 {
    let kib = footprint(proposal).div_ceil(1024);
    let kib = u32::try_from(kib).unwrap_or(QUEUE_KIB);
    kib.clamp(PROPOSAL_KIB, QUEUE_KIB)
}

/// Whether the transaction makes things fewer.
fn frees(writes: &WriteSet) -> bool {
    let deletes = writes.values().filter(|value| value.is_none());
    deletes.count() * 2 >= writes.len()
}

impl Shared {
    fn accept(&self, proposal: Proposal, place: OwnedSemaphorePermit) -> Result<Proposed, Error> {
        let mut line = self.line.lock();
        // Under the lock: the thread looks at the line once more after the end and after a failure.
        self.is_working()?;
        if line.is_closed {
            return Err(unavailable(Stopped::Closed));
        }
        let verdict = match line.accept(proposal, place) {
            Ok(verdict) => verdict,
            Err(conflict) => return Ok(Proposed::Conflict(conflict)),
        };
        drop(line);
        self.arrival.notify_one();
        Ok(Proposed::Accepted(Receipt::of(outcome(verdict))))
    }

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

/// What the thread says in the end.
async fn outcome(verdict: oneshot::Receiver<Result<Verdict, Error>>) -> Result<Verdict, Error> {
    let lost = || Error::UnknownOutcome(Cause::new(Stopped::Lost));
    verdict.await.unwrap_or_else(|_| Err(lost()))
}

/// What the thread owns.
struct Worker {
    shared: Arc<Shared>,
    offload: Offload,
}

impl Worker {
    fn run(self) {
        let mut alarm = Alarm(Some(Arc::clone(&self.shared)));
        while let Some(batch) = self.next_batch() {
            self.commit(batch);
        }
        alarm.0 = None;
    }

    /// Waits for something to write; nothing at the end.
    fn next_batch(&self) -> Option<Vec<Accepted>> {
        let mut line = self.shared.line.lock();
        loop {
            let batch = line.take_batch();
            if !batch.is_empty() {
                return Some(batch);
            }
            if line.is_closed {
                return None;
            }
            self.shared.arrival.wait(&mut line);
        }
    }

    fn commit(&self, batch: Vec<Accepted>) {
        if let Err(error) = self.shared.is_working() {
            return answer_all(batch, &Err(error));
        }
        let Plan { fitting, others } = self.plan(batch);
        let outcome = self.write(&fitting);
        let is_broken = !others.is_empty() || matches!(outcome, Err(Error::Full));
        if is_broken {
            self.give_up();
        }
        answer_all(fitting, &outcome);
        for (accepted, answer) in others {
            accepted.answer.send(answer).ok();
        }
    }

    /// Finds out what there is room for. What comes after something without room may have built
    /// on it, and has to try again, unless there is no room for it either.
    fn plan(&self, batch: Vec<Accepted>) -> Plan {
        let room = self.shared.engine.room();
        let mut plan = Plan::default();
        let mut taken = 0;
        for accepted in batch {
            let needed = taken + accepted.footprint;
            match has_room(&accepted.writes, &room, needed) {
                Err(error) => plan.others.push((accepted, Err(error))),
                Ok(()) if plan.others.is_empty() => {
                    taken = needed;
                    plan.fitting.push(accepted);
                }
                Ok(()) => plan.others.push((accepted, again())),
            }
        }
        plan
    }

    /// Takes back the places of all that is not written, so that it finds new ones.
    fn give_up(&self) {
        let mut line = self.shared.line.lock();
        let (waiting, version) = line.give_up();
        self.publish(&mut line, version);
        drop(line);
        for accepted in waiting {
            accepted.answer.send(again()).ok();
        }
    }

    /// Writes and publishes.
    fn write(&self, accepted: &[Accepted]) -> Result<Verdict, Error> {
        let Some(last) = accepted.last() else {
            return Ok(Verdict::Committed);
        };
        self.apply(accepted)?;
        self.publish(&mut self.shared.line.lock(), last.version);
        Ok(Verdict::Committed)
    }

    fn apply(&self, accepted: &[Accepted]) -> Result<(), Error> {
        let mut written = accepted
            .iter()
            .filter(|accepted| !accepted.writes.is_empty());
        match (written.next(), written.next()) {
            (None, _) => Ok(()),
            (Some(one), None) => self.apply_batch(&one.writes),
            (Some(_), Some(_)) => {
                let writes = accepted.iter().flat_map(|accepted| accepted.writes.iter());
                let writes = writes.map(|(key, value)| (key.clone(), value.clone()));
                self.apply_batch(&writes.collect())
            }
        }
    }

    fn apply_batch(&self, batch: &WriteSet) -> Result<(), Error> {
        let applied = catch_unwind(AssertUnwindSafe(|| self.shared.engine.apply(batch)));
        // A panic of the engine is a failed write. It is set down before anybody hears of it.
        let panicked = |_| Err(ApplyError::Failed(Cause::new(Stopped::Panicked)));
        match applied.unwrap_or_else(panicked) {
            Ok(()) => Ok(()),
            Err(ApplyError::Full) => Err(Error::Full),
            Err(ApplyError::Failed(cause)) => {
                tracing::error!(%cause, engine = self.shared.engine.name(), "a commit failed");
                self.shared.fail(cause.clone());
                Err(Error::UnknownOutcome(cause))
            }
        }
    }

    /// Shows readers what is written, as `version`.
    fn publish(&self, line: &mut Line, version: u64) {
        let engine = Arc::clone(&self.shared.engine);
        let next = Arc::new(Published::new(version, engine, self.offload.clone()));
        let last = std::mem::replace(&mut *self.shared.published.write(), Arc::clone(&next));
        line.published(version, &next);
        drop(last);
    }
}

/// What becomes of the transactions of a batch.
#[derive(Default)]
struct Plan {
    fitting: Vec<Accepted>,
    others: Vec<(Accepted, Result<Verdict, Error>)>,
}

/// Whether `needed` bytes may be written, the last of them for `writes`.
fn has_room(writes: &WriteSet, room: &Result<Room, Error>, needed: usize) -> Result<(), Error> {
    let room = match room {
        _ if writes.is_empty() => return Ok(()),
        Err(error) => return Err(error.clone()),
        Ok(room) if frees(writes) => room.for_deleting,
        Ok(room) => room.for_writing,
    };
    let needed = u64::try_from(needed).unwrap_or(u64::MAX);
    if needed > room {
        return Err(Error::Full);
    }
    Ok(())
}

fn again() -> Result<Verdict, Error> {
    Ok(Verdict::Conflict(Conflict { key: None }))
}

fn answer_all(batch: Vec<Accepted>, answer: &Result<Verdict, Error>) {
    for accepted in batch {
        // Nobody listens any more if the caller gave up; the commit stands all the same.
        accepted.answer.send(answer.clone()).ok();
    }
}

/// Marks the store as failed if the thread unwinds.
struct Alarm(Option<Arc<Shared>>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(shared) = &self.0 {
            shared.fail(Cause::new(Stopped::Lost));
            // Nobody will write what waits, and its answers are lost with it.
            drop(shared.line.lock().give_up());
        }
    }
}

#[cfg(test)]
mod tests;
