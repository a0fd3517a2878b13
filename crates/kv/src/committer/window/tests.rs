use super::*;
use crate::offload::Offload;
use crate::{KeyRange, MemoryEngine};

fn key(n: u8) -> Bytes {
    Bytes::from(vec![n])
}

fn reads(keys: &[u8], ranges: &[(u8, u8)]) -> ReadSet {
    let mut reads = ReadSet::default();
    for n in keys {
        reads.add_key(&[*n]).unwrap();
    }
    for (start, end) in ranges {
        reads
            .add_range(KeyRange::new(key(*start), key(*end)))
            .unwrap();
    }
    reads
}

/// Commits one version after the other, and holds on to the views of some.
struct Commits {
    window: Window,
    version: u64,
    views: Vec<Option<Arc<Published>>>,
}

impl Commits {
    fn new() -> Commits {
        Commits {
            window: Window::new(),
            version: 0,
            views: Vec::new(),
        }
    }

    fn commit(&mut self, keys: impl IntoIterator<Item = u8>) {
        let keys: Vec<_> = keys.into_iter().map(key).collect();
        self.version += 1;
        self.window.record(self.version, keys.iter());
        let engine = Arc::new(MemoryEngine::new());
        let view = Arc::new(Published::new(self.version, engine, Offload::new()));
        self.window.published(self.version, &view);
        self.views.push(Some(view));
    }

    fn drop_views_before(&mut self, version: u64) {
        let count = usize::try_from(version - 1).unwrap();
        self.views
            .iter_mut()
            .take(count)
            .for_each(|view| *view = None);
    }

    fn conflict(&self, reads: &ReadSet, since: u64) -> Option<Bytes> {
        self.window
            .conflict(reads, since)
            .map(|conflict| conflict.key.unwrap())
    }
}

#[test]
fn only_what_was_written_after_the_view_counts() {
    let mut commits = Commits::new();
    commits.commit([1, 2]);
    commits.commit([2, 3]);
    commits.commit([5]);
    assert_eq!(commits.conflict(&reads(&[1], &[]), 1), None);
    assert_eq!(commits.conflict(&reads(&[2], &[]), 1), Some(key(2)));
    assert_eq!(commits.conflict(&reads(&[2], &[]), 2), None);
    assert_eq!(commits.conflict(&reads(&[4], &[(3, 4)]), 1), Some(key(3)));
    assert_eq!(commits.conflict(&reads(&[], &[(3, 5)]), 2), None);
    assert_eq!(commits.conflict(&reads(&[], &[(3, 6)]), 2), Some(key(5)));
    assert_eq!(
        commits.conflict(&reads(&[], &[(6, 3)]), 1),
        None,
        "nothing is in there"
    );
}

#[test]
fn it_reaches_back_to_the_oldest_view_in_use() {
    let mut commits = Commits::new();
    (1..=5).for_each(|n| commits.commit([n]));
    commits.drop_views_before(3);
    commits.commit([6]);
    assert_eq!(commits.conflict(&reads(&[4], &[]), 3), Some(key(4)));
    assert_eq!(commits.window.recent.len(), 3);
    commits.drop_views_before(6);
    commits.commit([7]);
    assert_eq!(commits.window.recent.len(), 1);
    assert_eq!(commits.window.keys, 1);
}

#[test]
fn a_view_older_than_all_it_knows_conflicts() {
    let mut commits = Commits::new();
    (1..=5).for_each(|n| commits.commit([n]));
    commits.drop_views_before(4);
    commits.commit([6]);
    let conflict = commits.window.conflict(&reads(&[99], &[]), 2);
    assert_eq!(conflict, Some(Conflict { key: None }));
    assert_eq!(
        commits.window.conflict(&reads(&[], &[]), 2),
        None,
        "unless it has read nothing"
    );
}

#[test]
fn it_is_bounded_whatever_is_in_use() {
    let mut window = Window::new();
    let engine = Arc::new(MemoryEngine::new());
    let mut views = Vec::new();
    for version in 1..=40 {
        let keys: Vec<_> = (0..10_000_u64)
            .map(|n| Bytes::copy_from_slice(&(version * 10_000 + n).to_be_bytes()))
            .collect();
        window.record(version, keys.iter());
        let view = Published::new(version, Arc::clone(&engine) as _, Offload::new());
        views.push(Arc::new(view));
        window.published(version, views.last().unwrap());
        assert!(window.keys <= MAX_KEYS);
        assert_eq!(window.keys, window.recent.len());
    }
    assert!(window.floor > 10);
    assert_eq!(
        window.live.front().map(|(version, _)| *version),
        Some(window.floor)
    );
}
