//! The contract of all engines.

#![allow(clippy::unwrap_used, reason = "these are tests: they are to panic")]

use kv::testing::{CrashTest, Lasting, Subject, crash_child};
use kv::{Engine, OpenError, WriteSet};
use std::path::Path;
use std::sync::Arc;

fn options() -> kv_fjall::Options {
    kv_fjall::Options {
        // Small, so that flushes and merges happen all the time.
        memtable_bytes: 256 * 1024,
        ..kv_fjall::Options::default()
    }
}

fn open(folder: &Path) -> Box<dyn Engine> {
    kv_fjall::open(folder, &options()).unwrap()
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
    let second = kv_fjall::open(folder.path(), &options());
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

#[test]
fn a_clean_end_leaves_nothing_to_replay() {
    let folder = tempfile::tempdir().unwrap();
    let write = |n: u8| WriteSet::from([(vec![n].into(), Some(vec![n; 5000].into()))]);
    for n in 0..5 {
        let engine = open(folder.path());
        let view = engine.view().unwrap();
        for before in 0..n {
            assert_eq!(view.get(&[before]).unwrap().unwrap(), vec![before; 5000]);
        }
        engine.apply(&write(n)).unwrap();
        engine.close().unwrap();
        drop((view, engine));
        let journal = folder.path().join("fjall/0.jnl");
        assert_eq!(std::fs::metadata(journal).unwrap().len(), 0);
    }
}

#[test]
fn what_is_written_after_closing_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path());
    engine.close().unwrap();
    let write = WriteSet::from([(vec![1].into(), Some(vec![2].into()))]);
    engine.apply(&write).unwrap();
    drop(engine);
    let view = open(folder.path()).view().unwrap();
    assert_eq!(view.get(&[1]).unwrap().unwrap(), vec![2]);
}
