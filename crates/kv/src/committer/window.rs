//! The keys that were written, or will be, lately: against them read sets are validated.
//!
//! It reaches back as far as the oldest view still in use, but never beyond a fixed number of
//! keys: a transaction older than that conflicts, whatever it has read.

use crate::published::Published;
use crate::{Conflict, ReadSet};
use bytes::Bytes;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, Weak};

/// Keys that are remembered at most, beyond those of the last commit.
const MAX_KEYS: usize = 256 * 1024;

pub(super) struct Window {
    /// Each key with the version that wrote it last.
    recent: BTreeMap<Bytes, u64>,
    /// The keys of each version, oldest first.
    commits: VecDeque<(u64, Vec<Bytes>)>,
    /// Keys in `commits`.
    keys: usize,
    /// Everything committed after this version is in `recent`.
    floor: u64,
    /// The published versions that may still be in use, oldest first.
    live: VecDeque<(u64, Weak<Published>)>,
}

impl Window {
    pub(super) fn new() -> Window {
        Window {
            recent: BTreeMap::new(),
            commits: VecDeque::new(),
            keys: 0,
            floor: 0,
            live: VecDeque::new(),
        }
    }

    /// What in `reads` was, or may have been, written after version `since`.
    pub(super) fn conflict(&self, reads: &ReadSet, since: u64) -> Option<Conflict> {
        if reads.is_empty() {
            return None;
        }
        if self.has_forgotten(since) {
            return Some(Conflict { key: None });
        }
        let changed = |key: &&Bytes| self.recent.get(*key).is_some_and(|at| *at > since);
        let key = reads.keys().find(changed);
        let key = key.or_else(|| self.changed_in_ranges(reads, since))?;
        Some(Conflict {
            key: Some(key.clone()),
        })
    }

    /// Whether it is too late to tell what was written after version `since`.
    pub(super) fn has_forgotten(&self, since: u64) -> bool {
        since < self.floor
    }

    /// Makes everyone conflict who has read a version before `version`.
    pub(super) fn forget_before(&mut self, version: u64) {
        self.floor = version;
    }

    fn changed_in_ranges(&self, reads: &ReadSet, since: u64) -> Option<&Bytes> {
        let mut ranges = reads.ranges().iter().filter(|range| !range.is_empty());
        ranges.find_map(|range| {
            let bounds = (Bound::Included(&range.start), Bound::Excluded(&range.end));
            let mut writes = self.recent.range::<Bytes, _>(bounds);
            writes.find(|(_, at)| **at > since).map(|(key, _)| key)
        })
    }

    /// Remembers that `version` writes `keys`.
    pub(super) fn record<'a>(&mut self, version: u64, keys: impl Iterator<Item = &'a Bytes>) {
        if self.commits.back().is_none_or(|(last, _)| *last != version) {
            self.commits.push_back((version, Vec::new()));
        }
        let Some((_, written)) = self.commits.back_mut() else {
            return;
        };
        for key in keys {
            self.recent.insert(key.clone(), version);
            written.push(key.clone());
            self.keys += 1;
        }
    }

    /// Notes that views of `version` are now handed out, and forgets what no view needs.
    pub(super) fn published(&mut self, version: u64, published: &Arc<Published>) {
        self.live.push_back((version, Arc::downgrade(published)));
        while self
            .live
            .front()
            .is_some_and(|(_, view)| view.strong_count() == 0)
        {
            self.live.pop_front();
        }
        let oldest = self.live.front().map_or(version, |(oldest, _)| *oldest);
        while let Some((first, _)) = self.commits.front() {
            let wanted = *first > oldest && self.keys <= MAX_KEYS;
            if wanted || *first >= version {
                break;
            }
            self.forget_first();
        }
        // Views from before that conflict in any case.
        while self.live.front().is_some_and(|(at, _)| *at < self.floor) {
            self.live.pop_front();
        }
    }

    fn forget_first(&mut self) {
        let Some((version, keys)) = self.commits.pop_front() else {
            return;
        };
        self.floor = self.floor.max(version);
        self.keys -= keys.len();
        for key in keys {
            if self.recent.get(&key) == Some(&version) {
                self.recent.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests;
