//! The contract of all engines.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests: they are to panic"
)]

use kv::testing::{CrashTest, Lasting, Subject, crash_child};
use kv::{Engine, OpenError, WriteSet};
use std::path::Path;
use std::sync::Arc;

fn options() -> kv_sqlite::Options {
    kv_sqlite::Options::default()
}

fn open(folder: &Path) -> Box<dyn Engine> {
    kv_sqlite::open(folder, &options()).unwrap()
}

fn subject() -> Subject {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    Subject::engine(Lasting::Disk, move || open(folder.path()))
}

kv::contract!(subject);

#[test]
fn killed_while_writing() {
    let test = CrashTest {
        child: "killed_while_writing_child",
        rounds: 25,
    };
    test.run(open);
}

#[test]
fn killed_while_writing_child() {
    crash_child(open);
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let second = kv_sqlite::open(folder.path(), &options());
    let Some(OpenError::Locked { pid, .. }) = second.err() else {
        panic!("a second engine on the same folder");
    };
    assert_eq!(pid, Some(std::process::id()));
    drop(first);
    open(folder.path());
}

#[test]
fn full_disk() {
    kv::testing::full_disk(open);
}

/// SQLite empties its log only when nobody reads from it, and with a store on top somebody always
/// does.
#[test]
fn the_log_stays_short_although_there_is_always_a_view() {
    const LOG_BYTES: u32 = 1 << 20;
    const BATCH_BYTES: usize = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let options = kv_sqlite::Options {
        log_bytes: LOG_BYTES,
        ..options()
    };
    let engine = kv_sqlite::open(folder.path(), &options).unwrap();
    let log = folder.path().join("sqlite/store.db-wal");
    for n in 0..100_u8 {
        let view = engine.view().unwrap();
        let batch = WriteSet::from([(vec![1].into(), Some(vec![n; BATCH_BYTES].into()))]);
        engine.apply(&batch).unwrap();
        let before = view.get(&[1]).unwrap().map(|value| value[0]);
        assert_eq!(before, n.checked_sub(1), "the view shows what it showed");
        let len = std::fs::metadata(&log).unwrap().len();
        assert!(len < u64::from(LOG_BYTES) + 4 * BATCH_BYTES as u64, "{len}");
    }
}
