//! What was really called: by whom, with which key, which actions on which resources, when.
//!
//! The gate notes every call it lets through in memory; from there it goes to the store every few
//! seconds and when the server stops. A crash loses those few seconds: this informs, nothing
//! depends on it.

use crate::Iam;
use crate::error::Error;
use crate::keys;
use crate::records::Records;
use base::Timestamp;
use kv::record;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use service::{Caller, Principal, Requirement};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};

const SHARDS: usize = 16;
/// Pairs of action and resource that are told apart per identity; further ones count as `*`.
const MAX_PAIRS: usize = 2_000;

/// What an identity called, by action and resource.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Called {
    pub actions: BTreeMap<String, BTreeMap<String, Seen>>,
    pairs: usize,
}

/// How often and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seen {
    pub count: u64,
    pub first_ms: i64,
    pub last_ms: i64,
}

/// When, where and for what something was used last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastUse {
    pub time_ms: i64,
    pub region: String,
    pub service: String,
}

impl LastUse {
    pub(crate) fn time(&self) -> Timestamp {
        Timestamp::from_secs(Timestamp::from_millis(self.time_ms).as_secs())
    }
}

impl Called {
    fn add(&mut self, action: &str, resource: &str, seen: Seen) {
        if let Some(known) = self
            .actions
            .get_mut(action)
            .and_then(|r| r.get_mut(resource))
        {
            known.count += seen.count;
            known.first_ms = known.first_ms.min(seen.first_ms);
            known.last_ms = known.last_ms.max(seen.last_ms);
            return;
        }
        if self.pairs >= MAX_PAIRS && resource != "*" {
            return self.add(action, "*", seen);
        }
        self.pairs += 1;
        let resources = self.actions.entry(action.to_owned()).or_default();
        resources.insert(resource.to_owned(), seen);
    }

    fn merge(&mut self, other: &Called) {
        for (action, resources) in &other.actions {
            for (resource, seen) in resources {
                self.add(action, resource, *seen);
            }
        }
    }
}

/// What is not in the store yet.
#[derive(Default)]
struct Fresh {
    /// By unique id.
    called: HashMap<String, Called>,
    /// By access key id and by unique id.
    last_uses: HashMap<String, LastUse>,
}

/// The notes, spread over several locks.
pub(crate) struct Calls {
    shards: [Mutex<Fresh>; SHARDS],
    hasher: RandomState,
}

impl Default for Calls {
    fn default() -> Calls {
        Calls {
            shards: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
        }
    }
}

impl Calls {
    fn shard(&self, id: &str) -> Option<&Mutex<Fresh>> {
        let hash = self.hasher.hash_one(id);
        let at = usize::try_from(hash % (SHARDS as u64)).ok()?;
        self.shards.get(at)
    }

    /// Notes a call that was let through.
    pub(crate) fn note(&self, caller: &Caller, requirement: &Requirement) {
        let id = match &caller.principal {
            Principal::User { id, .. } => id,
            Principal::Role(session) => &session.role_id,
            Principal::Root
            | Principal::Federated(_)
            | Principal::Service { .. }
            | Principal::Anonymous => return,
        };
        let Some(shard) = self.shard(id) else { return };
        let now_ms = caller.time.as_millis();
        let seen = Seen {
            count: 1,
            first_ms: now_ms,
            last_ms: now_ms,
        };
        let mut fresh = shard.lock();
        match fresh.called.get_mut(id) {
            Some(called) => called.add(&requirement.action, &requirement.resource, seen),
            None => {
                let mut called = Called::default();
                called.add(&requirement.action, &requirement.resource, seen);
                fresh.called.insert(id.clone(), called);
            }
        }
        let service = requirement.action.split(':').next().unwrap_or_default();
        for used in [Some(id.as_str()), caller.access_key_id()]
            .into_iter()
            .flatten()
        {
            fresh.used(used, service, caller);
        }
    }
}

impl Fresh {
    fn used(&mut self, what: &str, service: &str, caller: &Caller) {
        let time_ms = caller.time.as_millis();
        match self.last_uses.get_mut(what) {
            Some(use_) if use_.service == service && use_.region == caller.region.as_str() => {
                use_.time_ms = time_ms;
            }
            _ => {
                let last = LastUse {
                    time_ms,
                    region: caller.region.as_str().to_owned(),
                    service: service.to_owned(),
                };
                self.last_uses.insert(what.to_owned(), last);
            }
        }
    }
}

impl Iam {
    /// What the user or role of this unique id called.
    pub(crate) async fn called(&self, id: &str) -> Result<Called, Error> {
        let records = Records::new(self.store.snapshot(), base::AccountId::DEFAULT);
        let stored: Option<Called> = records.read(&keys::called(id)).await?;
        let mut called = stored.unwrap_or_default();
        if let Some(shard) = self.calls.shard(id)
            && let Some(fresh) = shard.lock().called.get(id)
        {
            called.merge(fresh);
        }
        Ok(called)
    }

    /// When an access key, or the user or role of a unique id, was used last; `owner_id` is the
    /// key's owner, or the same id.
    pub(crate) async fn last_use(
        &self,
        what: &str,
        owner_id: &str,
    ) -> Result<Option<LastUse>, Error> {
        if let Some(shard) = self.calls.shard(owner_id)
            && let Some(fresh) = shard.lock().last_uses.get(what)
        {
            return Ok(Some(fresh.clone()));
        }
        let records = Records::new(self.store.snapshot(), base::AccountId::DEFAULT);
        records.read(&keys::last_use(what)).await
    }

    /// Brings the notes to the store. To be called every now and then.
    ///
    /// # Errors
    /// The store's; what could not be written is lost.
    pub async fn save_calls(&self) -> Result<(), Error> {
        for shard in &self.calls.shards {
            let fresh = std::mem::take(&mut *shard.lock());
            if fresh.called.is_empty() {
                continue;
            }
            let fresh = &fresh;
            let saved: Result<(), Error> = self
                .store
                .transact(|txn| async move {
                    for (id, new) in &fresh.called {
                        let key = keys::called(id);
                        let mut called = match txn.get(&key).await? {
                            Some(bytes) => record::decode(&bytes)?,
                            None => Called::default(),
                        };
                        called.merge(new);
                        txn.put(key, record::encode(&called));
                    }
                    for (what, last) in &fresh.last_uses {
                        txn.put(keys::last_use(what), record::encode(last));
                    }
                    Ok(())
                })
                .await;
            saved?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_merge_and_stay_bounded() {
        let seen = |ms| Seen {
            count: 1,
            first_ms: ms,
            last_ms: ms,
        };
        let mut called = Called::default();
        called.add("s:A", "r", seen(5));
        let mut other = Called::default();
        other.add("s:A", "r", seen(3));
        called.merge(&other);
        let expected = Seen {
            count: 2,
            first_ms: 3,
            last_ms: 5,
        };
        assert_eq!(called.actions["s:A"]["r"], expected);
        for number in 0..MAX_PAIRS + 5 {
            called.add("s:B", &format!("r{number}"), seen(1));
        }
        assert_eq!(called.actions["s:B"]["*"].count, 6);
        assert_eq!(called.pairs, MAX_PAIRS + 1);
    }
}
