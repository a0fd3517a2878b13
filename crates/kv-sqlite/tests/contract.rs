//! The contract of all engines.

#![allow(clippy::unwrap_used, reason = "these are tests: they are to panic")]

use kv::testing::{CrashTest, Lasting, Subject, crash_child};
use kv::{Engine, OpenError};
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
