//! A bounded memory of what was read from the store, good until the next change.
//!
//! Every entry is as old as the generation it was read in. A reader takes the generation before
//! it reads the store, so that whatever a change overtakes is found stale.

use parking_lot::RwLock;
use std::collections::HashMap;

pub(crate) struct Cache<V> {
    capacity: usize,
    held: RwLock<Held<V>>,
}

struct Held<V> {
    generation: u64,
    entries: HashMap<String, V>,
}

impl<V: Clone> Cache<V> {
    pub(crate) fn new(capacity: usize) -> Cache<V> {
        Cache {
            capacity,
            held: RwLock::new(Held {
                generation: 0,
                entries: HashMap::new(),
            }),
        }
    }

    pub(crate) fn get(&self, generation: u64, key: &str) -> Option<V> {
        let held = self.held.read();
        match held.generation == generation {
            true => held.entries.get(key).cloned(),
            false => None,
        }
    }

    /// Remembers what was read in `generation`, unless something younger is held already. When
    /// there is no room, everything is forgotten: what is in use comes back at once.
    pub(crate) fn insert(&self, generation: u64, key: &str, value: V) {
        let mut held = self.held.write();
        if held.generation > generation {
            return;
        }
        if held.generation < generation || held.entries.len() >= self.capacity {
            held.entries.clear();
            held.generation = generation;
        }
        held.entries.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generations_and_bounds() {
        let cache = Cache::new(2);
        cache.insert(1, "a", 1);
        assert_eq!(cache.get(1, "a"), Some(1));
        assert_eq!(cache.get(2, "a"), None);
        cache.insert(2, "b", 2);
        cache.insert(1, "c", 3);
        assert_eq!(
            (cache.get(1, "a"), cache.get(2, "b"), cache.get(2, "c")),
            (None, Some(2), None)
        );
        cache.insert(2, "c", 3);
        cache.insert(2, "d", 4);
        assert_eq!((cache.get(2, "b"), cache.get(2, "d")), (None, Some(4)));
    }
}
