//! Random concurrent transactions, and a proof that some order of them explains all they saw.
//!
//! Every value is the list of the transactions that wrote it, so the final lists show in which
//! order each key was written, and a list that was read shows exactly between which two writes.
//! From that follow the edges of a graph: who must come before whom. A third kind of edge is real
//! time: who had its answer before another began comes before it. The history is strictly
//! serializable if and only if the graph has no cycle.

use super::{Lasting, Subject, run};
use crate::{Error, KeyRange, Order, Store, Txn};
use base::Entropy;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const KEYS: u8 = 10;
const TASKS: u64 = 8;

type Id = u64;
/// What a transaction has seen: for each key, the transactions that had written it.
type Seen = BTreeMap<u8, Vec<Id>>;

struct Event {
    id: Id,
    seen: Seen,
    written: Vec<u8>,
    /// On a clock that counts beginnings and ends.
    began: u64,
    ended: u64,
}

pub fn histories_are_strictly_serializable(subject: &Subject) {
    let each = match subject.lasting {
        Lasting::Memory => 60,
        Lasting::Disk => 30,
    };
    let store = subject.open_store();
    let (events, last) = run(async {
        let clock = Arc::new(AtomicU64::new(0));
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let (store, clock) = (store.clone(), Arc::clone(&clock));
                tokio::spawn(async move {
                    let entropy = Entropy::seeded(task);
                    let mut events = Vec::new();
                    for n in 0..each {
                        let id = task * each + n;
                        events.push(transaction(&store, &clock, &entropy, id).await);
                    }
                    events
                })
            })
            .collect();
        let mut events = Vec::new();
        for task in tasks {
            events.extend(task.await.unwrap());
        }
        let mut last = Seen::new();
        for key in 0..KEYS {
            last.insert(key, list(store.get(&[key]).await.unwrap()));
        }
        (events, last)
    });
    check(&events, &last);
}

async fn transaction(store: &Store, clock: &AtomicU64, entropy: &Entropy, id: Id) -> Event {
    let random = entropy.u64();
    let began = clock.fetch_add(1, Ordering::SeqCst);
    let (seen, written) = store
        .transact(|txn| attempt(txn, random, id))
        .await
        .unwrap();
    Event {
        id,
        seen,
        written,
        began,
        ended: clock.fetch_add(1, Ordering::SeqCst),
    }
}

/// Reads some keys and a range, and appends to some of what it has read.
async fn attempt(txn: Txn, random: u64, id: Id) -> Result<(Seen, Vec<u8>), Error> {
    let dice = Entropy::seeded(random);
    let pick = |sides: u64| u8::try_from(dice.u64() % sides).unwrap();
    let mut seen = Seen::new();
    for _ in 0..pick(3) {
        let key = pick(u64::from(KEYS));
        let value = txn.get(&[key]).await?;
        seen.insert(key, list(value));
    }
    if pick(2) == 0 {
        let (from, order) = (pick(u64::from(KEYS)), [Order::Ascending, Order::Descending]);
        let to = (from + pick(4)).min(KEYS);
        let range = KeyRange::new(vec![from], vec![to]);
        let mut scan = txn.scan(range, order[usize::from(pick(2))]);
        // What a finished scan did not find was absent.
        seen.extend((from..to).map(|key| (key, Vec::new())));
        while let Some((key, value)) = scan.next().await? {
            seen.insert(key[0], list(Some(value)));
        }
    }
    tokio::task::yield_now().await;
    let mut written = Vec::new();
    for key in seen.keys().copied() {
        if pick(2) == 0 {
            let mut list = seen[&key].clone();
            list.push(id);
            let value: Vec<u8> = list.iter().flat_map(|id| id.to_be_bytes()).collect();
            txn.put(vec![key], value);
            written.push(key);
        }
    }
    Ok((seen, written))
}

fn list(value: Option<Bytes>) -> Vec<Id> {
    let value = value.unwrap_or_default();
    let (ids, rest) = value.as_chunks();
    assert!(rest.is_empty());
    ids.iter().map(|id| Id::from_be_bytes(*id)).collect()
}

fn check(events: &[Event], last: &Seen) {
    let mut before: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for event in events {
        before.entry(event.id).or_default();
        for (key, seen) in &event.seen {
            let order = &last[key];
            assert!(
                order.starts_with(seen),
                "a value that never was: {seen:?} in {order:?}"
            );
            // Who wrote what it saw, and who wrote next.
            let writer = seen.last().filter(|writer| **writer != event.id);
            before.entry(event.id).or_default().extend(writer);
            if let Some(next) = order.get(seen.len()).filter(|next| **next != event.id) {
                before.entry(*next).or_default().push(event.id);
            }
        }
        for key in &event.written {
            assert!(
                last[key].contains(&event.id),
                "an acknowledged write is gone"
            );
        }
    }
    for event in events {
        let earlier = events.iter().filter(|other| other.ended < event.began);
        before
            .entry(event.id)
            .or_default()
            .extend(earlier.map(|other| other.id));
    }
    assert_acyclic(&before);
}

/// Takes away, again and again, who has nobody before it.
fn assert_acyclic(before: &BTreeMap<Id, Vec<Id>>) {
    let mut waits: BTreeMap<Id, usize> = BTreeMap::new();
    let mut after: BTreeMap<Id, Vec<Id>> = BTreeMap::new();
    for (id, earlier) in before {
        *waits.entry(*id).or_default() += earlier.len();
        for other in earlier {
            after.entry(*other).or_default().push(*id);
        }
    }
    let mut free: Vec<Id> = waits
        .iter()
        .filter(|(_, n)| **n == 0)
        .map(|(id, _)| *id)
        .collect();
    while let Some(id) = free.pop() {
        waits.remove(&id);
        for later in after.remove(&id).unwrap_or_default() {
            let count = waits.get_mut(&later).unwrap();
            *count -= 1;
            if *count == 0 {
                free.push(later);
            }
        }
    }
    assert!(waits.is_empty(), "no order explains {waits:?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(id: Id, time: (u64, u64), seen: &[(u8, &[Id])], written: &[u8]) -> Event {
        Event {
            id,
            seen: seen
                .iter()
                .map(|(key, list)| (*key, list.to_vec()))
                .collect(),
            written: written.to_vec(),
            began: time.0,
            ended: time.1,
        }
    }

    #[test]
    #[should_panic(expected = "no order explains")]
    fn the_check_finds_write_skew() {
        let events = [
            event(1, (0, 9), &[(0, &[]), (1, &[])], &[0]),
            event(2, (0, 9), &[(0, &[]), (1, &[])], &[1]),
        ];
        check(&events, &[(0, vec![1]), (1, vec![2])].into());
    }

    #[test]
    #[should_panic(expected = "no order explains")]
    fn the_check_finds_a_stale_read() {
        let events = [
            event(1, (0, 1), &[(0, &[])], &[0]),
            event(2, (2, 3), &[(0, &[])], &[]),
        ];
        check(&events, &[(0, vec![1])].into());
    }

    #[test]
    #[should_panic(expected = "a value that never was")]
    fn the_check_finds_a_dirty_read() {
        let events = [
            event(1, (0, 9), &[(0, &[])], &[]),
            event(2, (0, 9), &[(0, &[1])], &[]),
        ];
        check(&events, &[(0, vec![])].into());
    }

    #[test]
    #[should_panic(expected = "an acknowledged write is gone")]
    fn the_check_finds_a_lost_write() {
        check(
            &[event(1, (0, 9), &[(0, &[])], &[0])],
            &[(0, vec![])].into(),
        );
    }

    #[test]
    fn the_check_accepts_a_serial_history() {
        let events = [
            event(1, (0, 1), &[(0, &[]), (1, &[])], &[0]),
            event(2, (2, 3), &[(0, &[1]), (1, &[])], &[0, 1]),
        ];
        check(&events, &[(0, vec![1, 2]), (1, vec![2])].into());
    }
}
