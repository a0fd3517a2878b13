//! The store as services use it.

use crate::committer::Committer;
use crate::turns::{Turn, Turns};
use crate::{
    Cause, Conflict, Engine, Error, MemoryEngine, Proposed, Snapshot, Transactor, Txn, Verdict,
};
use bytes::Bytes;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A transaction that has lost this often is given up.
const MAX_CONFLICTS: u32 = 100;

/// A handle on a store; clones are handles on the same one. With the last of them the store
/// closes, without the tidying-up of [`Store::close`].
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    transactor: Box<dyn Transactor>,
    turns: Turns,
}

/// What a transaction runs, perhaps several times.
type Body<'a, T, E> =
    dyn Fn(Txn) -> Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'a>> + Send + Sync + 'a;

tokio::task_local! {
    /// Set while a body runs.
    static INSIDE: ();
}

#[derive(Debug, thiserror::Error)]
#[error("a transaction was started inside the body of another")]
struct Nested;

impl Store {
    /// A store over an engine on this machine.
    pub fn new(engine: Box<dyn Engine>) -> Store {
        Store::over(Box::new(Committer::new(engine)))
    }

    /// A store that forgets everything at the end of the process.
    pub fn in_memory() -> Store {
        Store::new(Box::new(MemoryEngine::new()))
    }

    /// A store over something that has transactions of its own.
    pub fn over(transactor: Box<dyn Transactor>) -> Store {
        Store(Arc::new(Inner {
            transactor,
            turns: Turns::new(),
        }))
    }

    /// The value of `key` as of the last acknowledged commit.
    pub async fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Error> {
        self.snapshot().get(key).await
    }

    /// A consistent view of everything acknowledged so far.
    pub fn snapshot(&self) -> Snapshot {
        let view = self.0.transactor.view();
        view.pin();
        Snapshot::new(view)
    }

    /// Runs `body` as a serializable transaction, and answers what it answers once its writes are
    /// durable. An error of the body writes nothing.
    ///
    /// `body` runs again whenever another transaction has changed what it read: it must have no
    /// effects but those through its [`Txn`], and must not start another transaction. A body that
    /// writes nothing never conflicts, and one that reads nothing never does either.
    ///
    /// Dropping the future is safe, and leaves open whether the transaction happens if it was
    /// already being committed.
    pub async fn transact<T, E, F, Fut>(&self, body: F) -> Result<T, E>
    where
        F: Fn(Txn) -> Fut + Send + Sync,
        Fut: Future<Output = Result<T, E>> + Send,
        E: From<Error>,
    {
        self.attempt(&|txn| Box::pin(body(txn))).await
    }

    /// Runs a body until it has had its way. Knows bodies only as functions, so that what every
    /// operation runs through is compiled once for each kind of answer.
    async fn attempt<T, E: From<Error>>(&self, body: &Body<'_, T, E>) -> Result<T, E> {
        if INSIDE.try_with(|()| ()).is_ok() {
            return Err(Error::Unavailable(Cause::new(Nested)).into());
        }
        let Inner { transactor, turns } = &*self.0;
        turns.let_others_pass().await;
        let mut conflicts = 0;
        let mut turn = None;
        while conflicts < MAX_CONFLICTS {
            let view = match conflicts {
                0 => transactor.view(),
                _ => transactor.latest(),
            };
            let txn = Txn::new(view);
            let answer = INSIDE.scope((), body(txn.clone())).await;
            let Conflict { key } = match self.end(txn, answer, &mut turn).await? {
                Ended::Answer(answer) => return Ok(answer),
                Ended::Conflict(conflict) => conflict,
            };
            conflicts += 1;
            turn = Some(turns.next(turn.take(), key.as_ref(), conflicts).await);
        }
        Err(Error::Conflict.into())
    }

    /// Commits what an attempt wants, unless its body failed, and lets go of its turn as soon as
    /// that has its place in the order.
    async fn end<T, E: From<Error>>(
        &self,
        txn: Txn,
        answer: Result<T, E>,
        turn: &mut Option<Turn<'_>>,
    ) -> Result<Ended<T>, E> {
        let mut proposal = match (txn.finish(), &answer) {
            // A database that finds a conflict while reading says so there; what the body made of
            // it does not matter.
            (Err(Error::Conflict), _) => return Ok(Ended::Conflict(Conflict { key: None })),
            (Err(error), Ok(_)) => return Err(error.into()),
            (Err(_), Err(_)) => return answer.map(Ended::Answer),
            (Ok(proposal), _) => proposal,
        };
        if answer.is_err() {
            proposal = proposal.without_writes();
        }
        if proposal.writes.is_empty() && proposal.view.is_acknowledged() {
            return answer.map(Ended::Answer);
        }
        let receipt = match self.0.transactor.propose(proposal).await? {
            Proposed::Accepted(receipt) => receipt,
            Proposed::Conflict(conflict) => return Ok(Ended::Conflict(conflict)),
        };
        turn.take();
        match receipt.await? {
            Verdict::Committed => answer.map(Ended::Answer),
            Verdict::Conflict(conflict) => Ok(Ended::Conflict(conflict)),
        }
    }

    /// Ends, with the cause, once the store cannot write any more. Reads may still work; what to
    /// do is to stop and start anew.
    pub fn failed(&self) -> impl Future<Output = Cause> + Send + 'static {
        let mut failure = self.0.transactor.failure();
        async move {
            loop {
                if let Some(cause) = &*failure.borrow_and_update() {
                    return cause.clone();
                }
                if failure.changed().await.is_err() {
                    // Closed without a failure: there will be none.
                    std::future::pending::<()>().await;
                }
            }
        }
    }

    /// Finishes the commits that wait, refuses later ones, and leaves the files so that the next
    /// opening is fast. Blocks for as long as that takes. Nothing acknowledged depends on it.
    pub fn close(&self) -> Result<(), Error> {
        self.0.transactor.close()
    }
}

/// How an attempt whose body ended well has ended.
enum Ended<T> {
    Answer(T),
    Conflict(Conflict),
}

#[cfg(test)]
mod tests;
