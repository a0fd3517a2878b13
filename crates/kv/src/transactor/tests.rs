//! A stand-in for a database across the network, to show that one fits under a [`Store`].
//!
//! Every read and commit waits; a transaction begins on the server with its first read; the server
//! remembers by itself what each has read; and it may find a conflict in the midst of reading.

use super::*;
use crate::Store;
use crate::testing::Subject;
use imbl::OrdMap;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use tokio::task::yield_now;

/// Every so many reads, the server gives up the transaction.
const FALSE_ALARM: u64 = 23;

#[derive(Default)]
struct Server {
    entries: OrdMap<Bytes, Bytes>,
    /// When each key was last written.
    written: BTreeMap<Bytes, u64>,
    commits: u64,
    sessions: BTreeMap<u64, Session>,
    reads: u64,
    last_session: u64,
}

/// A transaction, on the server's side.
struct Session {
    entries: OrdMap<Bytes, Bytes>,
    since: u64,
    reads: ReadSet,
    is_read_only: bool,
}

impl Server {
    fn session(&mut self, id: u64) -> &mut Session {
        let (entries, since) = (&self.entries, self.commits);
        self.sessions.entry(id).or_insert_with(|| Session {
            entries: entries.clone(),
            since,
            reads: ReadSet::default(),
            is_read_only: false,
        })
    }

    fn read(&mut self, id: u64) -> Result<&mut Session, Error> {
        self.reads += 1;
        let alarm = self.reads.is_multiple_of(FALSE_ALARM);
        let session = self.session(id);
        if alarm && !session.is_read_only {
            return Err(Error::Conflict);
        }
        Ok(session)
    }

    fn commit(&mut self, proposal: Proposal) -> Proposed {
        self.session(proposal.view.version());
        let session = self.sessions.remove(&proposal.view.version()).unwrap();
        let changed = |key: &Bytes| self.written.get(key).is_some_and(|at| *at > session.since);
        let in_range = |key: &Bytes| session.reads.ranges().iter().any(|r| r.contains(key));
        let of_range = self
            .written
            .keys()
            .find(|key| in_range(key) && changed(key));
        if session.reads.keys().any(changed) || of_range.is_some() {
            return Proposed::Conflict(Conflict { key: None });
        }
        self.commits += 1;
        for (key, value) in proposal.writes {
            self.written.insert(key.clone(), self.commits);
            match value {
                Some(value) => self.entries.insert(key, value),
                None => self.entries.remove(&key),
            };
        }
        Proposed::Accepted(Receipt::of(ready(Ok(Verdict::Committed))))
    }
}

#[derive(Clone)]
struct Remote(Arc<Mutex<Server>>);

struct RemoteView {
    server: Remote,
    id: u64,
}

struct RemotePages {
    server: Remote,
    id: u64,
    rest: KeyRange,
    order: Order,
}

impl Transactor for Remote {
    fn view(&self) -> Arc<dyn ReadView> {
        let mut server = self.0.lock();
        server.last_session += 1;
        Arc::new(RemoteView {
            server: self.clone(),
            id: server.last_session,
        })
    }

    fn propose(&self, proposal: Proposal) -> BoxFuture<'static, Result<Proposed, Error>> {
        let server = self.clone();
        Box::pin(async move {
            yield_now().await;
            let proposed = server.0.lock().commit(proposal);
            yield_now().await;
            Ok(proposed)
        })
    }

    fn failure(&self) -> watch::Receiver<Option<Cause>> {
        watch::Sender::new(None).subscribe()
    }

    fn close(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl ReadView for RemoteView {
    fn get(&self, key: &[u8]) -> ReadFuture<'static, Option<Bytes>> {
        let (server, id, key) = (self.server.clone(), self.id, Bytes::copy_from_slice(key));
        ReadFuture::pending(async move {
            yield_now().await;
            let mut server = server.0.lock();
            let session = server.read(id)?;
            session.reads.add_key(&key)?;
            Ok(session.entries.get(&key).cloned())
        })
    }

    fn scan(self: Arc<Self>, range: KeyRange, order: Order) -> Box<dyn Pages> {
        Box::new(RemotePages {
            server: self.server.clone(),
            id: self.id,
            rest: range,
            order,
        })
    }

    fn pin(&self) {
        self.server.0.lock().session(self.id).is_read_only = true;
    }

    fn version(&self) -> u64 {
        self.id
    }
}

impl Pages for RemotePages {
    fn next_page(&mut self) -> ReadFuture<'_, Vec<Entry>> {
        ReadFuture::pending(async move {
            yield_now().await;
            let mut server = self.server.0.lock();
            let session = server.read(self.id)?;
            session.reads.add_range(self.rest.clone())?;
            let inside = session
                .entries
                .iter()
                .filter(|(key, _)| self.rest.contains(key));
            let entries = inside.map(|(key, value)| (key.clone(), value.clone()));
            let mut entries: Vec<_> = entries.collect();
            if self.order == Order::Descending {
                entries.reverse();
            }
            entries.truncate(2);
            self.rest
                .pass(entries.last().map(|(key, _)| key), self.order);
            Ok(entries)
        })
    }
}

fn subject() -> Subject {
    Subject::transactor(|| Store::over(Box::new(Remote(Arc::default()))))
}

crate::contract!(subject;
    blind_writes_never_conflict,
    histories_are_strictly_serializable,
    one_doctor_stays_on_call,
    numbers_are_given_out_once,
    hot_counters_lose_nothing,
);
