//! An engine in memory, on a persistent ordered map: views and forks cost nothing.
//!
//! It forgets everything at the end of the process; "durable" means no more than "done" here.

use crate::{ApplyError, Cursor, Engine, Entry, Error, KeyRange, Order, Room, View, WriteSet};
use bytes::Bytes;
use imbl::OrdMap;
use parking_lot::RwLock;
use std::ops::Bound;
use std::sync::Arc;

type Map = OrdMap<Bytes, Bytes>;

/// See the module's documentation.
#[derive(Default)]
pub struct MemoryEngine {
    current: RwLock<Map>,
}

impl MemoryEngine {
    pub fn new() -> MemoryEngine {
        MemoryEngine::default()
    }

    /// A second engine with the same contents; from now on, neither sees the other's changes.
    pub fn fork(&self) -> MemoryEngine {
        MemoryEngine {
            current: RwLock::new(self.current.read().clone()),
        }
    }
}

impl Engine for MemoryEngine {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn view(&self) -> Result<Arc<dyn View>, Error> {
        Ok(Arc::new(MemoryView(self.current.read().clone())))
    }

    fn apply(&self, batch: &WriteSet) -> Result<(), ApplyError> {
        let mut next = self.current.read().clone();
        for (key, value) in batch {
            match value {
                Some(value) => next.insert(compact(key), compact(value)),
                None => next.remove(key),
            };
        }
        *self.current.write() = next;
        Ok(())
    }

    fn room(&self) -> Result<Room, Error> {
        Ok(Room::UNLIMITED)
    }

    fn close(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// Bytes of their own, because these may be a small part of a request's large buffer.
fn compact(bytes: &Bytes) -> Bytes {
    Bytes::copy_from_slice(bytes)
}

struct MemoryView(Map);

impl View for MemoryView {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Error> {
        Ok(self.0.get(key).cloned())
    }

    fn cursor(self: Arc<Self>, range: KeyRange, order: Order) -> Box<dyn Cursor> {
        let map = self.0.clone();
        Box::new(MemoryCursor {
            map,
            rest: range,
            order,
        })
    }
}

/// Seeks anew for each entry, because an iterator would borrow from the map beside it.
struct MemoryCursor {
    map: Map,
    /// What is still to come.
    rest: KeyRange,
    order: Order,
}

impl Cursor for MemoryCursor {
    fn next(&mut self) -> Result<Option<Entry>, Error> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let bounds = (
            Bound::Included(&self.rest.start),
            Bound::Excluded(&self.rest.end),
        );
        let mut rest = self.map.range::<_, Bytes>(bounds);
        let entry = match self.order {
            Order::Ascending => rest.next(),
            Order::Descending => rest.next_back(),
        };
        let entry = entry.map(|(key, value)| (key.clone(), value.clone()));
        self.rest
            .pass(entry.as_ref().map(|(key, _)| key), self.order);
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Lasting, Subject};

    fn subject() -> Subject {
        Subject::engine(Lasting::Memory, || Box::new(MemoryEngine::new()))
    }

    crate::contract!(subject);

    #[test]
    fn forks_go_their_own_ways() {
        let engine = MemoryEngine::new();
        let put = |engine: &MemoryEngine, value: &'static [u8]| {
            let write = (Bytes::from_static(b"a"), Some(Bytes::from_static(value)));
            engine.apply(&WriteSet::from([write])).unwrap();
        };
        let get = |engine: &MemoryEngine| engine.view().unwrap().get(b"a").unwrap().unwrap();
        put(&engine, b"1");
        let fork = engine.fork();
        put(&engine, b"2");
        put(&fork, b"3");
        assert_eq!((get(&engine), get(&fork)), ("2".into(), "3".into()));
    }
}
