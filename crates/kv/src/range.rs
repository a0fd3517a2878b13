//! Stretches of the key space, and the two ways through them.

use bytes::Bytes;

/// The keys from `start` (inclusive) to `end` (exclusive), in the order of their bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    pub start: Bytes,
    pub end: Bytes,
}

/// The direction of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Ascending,
    Descending,
}

/// No key starts with this byte, so it ends every range that has no other end.
const CEILING: u8 = 0xff;

impl KeyRange {
    pub fn new(start: impl Into<Bytes>, end: impl Into<Bytes>) -> KeyRange {
        KeyRange {
            start: start.into(),
            end: end.into(),
        }
    }

    /// All keys that start with `prefix`; every key, for the empty prefix.
    pub fn prefix(prefix: &[u8]) -> KeyRange {
        let mut end = prefix.to_vec();
        while end.pop_if(|last| *last == CEILING).is_some() {}
        match end.last_mut() {
            Some(last) => *last += 1,
            None => end.push(CEILING),
        }
        KeyRange::new(Bytes::copy_from_slice(prefix), end)
    }

    pub fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// Leaves out the way up to and including `key`, in the direction of a scan; all of it, for
    /// a scan that has found nothing more.
    pub fn pass(&mut self, key: Option<&Bytes>, order: Order) {
        match (key, order) {
            (None, _) => self.end = self.start.clone(),
            (Some(key), Order::Ascending) => self.start = successor(key),
            (Some(key), Order::Descending) => self.end = key.clone(),
        }
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        *self.start <= *key && *key < *self.end
    }
}

/// The key right after `key`: nothing lies between them.
pub(crate) fn successor(key: &[u8]) -> Bytes {
    let mut next = Vec::with_capacity(key.len() + 1);
    next.extend_from_slice(key);
    next.push(0);
    next.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_covers_its_extensions_and_nothing_else() {
        let range = KeyRange::prefix(b"ab");
        assert!(range.contains(b"ab"));
        assert!(range.contains(b"ab\xff\xff"));
        assert!(!range.contains(b"ac"));
        assert!(!range.contains(b"aa\xff"));
    }

    #[test]
    fn a_prefix_that_ends_in_ff_carries_over() {
        let range = KeyRange::prefix(b"a\xff");
        assert!(range.contains(b"a\xff\xff\xff"));
        assert_eq!(range.end, b"b".as_slice());
    }

    #[test]
    fn the_empty_prefix_covers_every_key() {
        let range = KeyRange::prefix(b"");
        assert!(range.contains(b"\x00"));
        assert!(range.contains(b"\xfe\xff\xff"));
    }
}
