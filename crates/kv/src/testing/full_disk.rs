//! A disk that runs full, for real.

use super::run;
use crate::{Engine, Error, KeyRange, Order, Store, Txn};
use bytes::Bytes;
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use std::ffi::CStr;
use std::fs;
use std::path::Path;

const SIZE: &CStr = c"size=48m,mode=0700";
const FILLER_BYTES: usize = 16 << 20;
const VALUE_BYTES: usize = 50_000;
/// Values that have to fit beside the filler, and more that have to fit without it.
const FIT: u32 = 60;

/// Fills a small file system of its own until the store refuses; then reads, deletes, makes room,
/// and goes on. Does nothing where the test may not mount file systems.
pub fn full_disk(open: impl Fn(&Path) -> Box<dyn Engine>) {
    let disk = tempfile::tempdir().expect("a folder");
    if let Err(error) = mount("tmpfs", disk.path(), "tmpfs", MountFlags::empty(), SIZE) {
        eprintln!("not tested, since nothing can be mounted: {error}");
        return;
    }
    let _unmount = Unmount(disk.path());
    let filler = disk.path().join("filler");
    fs::write(&filler, vec![1; FILLER_BYTES]).expect("to write");
    let data = disk.path().join("data");
    let store = Store::new(open(&data));
    let last = run(async {
        let mut full = fill(&store, 0).await;
        assert!(full >= FIT, "full after {full} values");
        let mut refused = 0;
        while refused < 50 {
            match put(&store, full).await {
                Err(Error::Full) => refused += 1,
                // What an engine tidies up in the background makes a little room.
                Ok(()) => full += 1,
                Err(error) => panic!("{error}"),
            }
        }
        check(&store, 0, full).await;
        delete(&store, 0)
            .await
            .expect("to delete although the disk is full");
        fs::remove_file(&filler).expect("to remove");
        let last = fill(&store, full).await;
        assert!(last >= full + FIT, "full after {} values more", last - full);
        check(&store, 1, last).await;
        last
    });
    drop(store);
    run(check(&Store::new(open(&data)), 1, last));
}

async fn fill(store: &Store, from: u32) -> u32 {
    let mut n = from;
    loop {
        match put(store, n).await {
            Ok(()) => n += 1,
            Err(Error::Full) => return n,
            Err(error) => panic!("{error}"),
        }
    }
}

fn entry(n: u32) -> (Bytes, Bytes) {
    let mut value = vec![0; VALUE_BYTES];
    base::Entropy::seeded(u64::from(n)).fill(&mut value);
    (Bytes::copy_from_slice(&n.to_be_bytes()), value.into())
}

async fn put(store: &Store, n: u32) -> Result<(), Error> {
    let (key, value) = &entry(n);
    let body = |txn: Txn| async move {
        txn.put(key.clone(), value.clone());
        Ok(())
    };
    store.transact(body).await
}

async fn delete(store: &Store, n: u32) -> Result<(), Error> {
    let body = |txn: Txn| async move {
        txn.delete(entry(n).0);
        Ok(())
    };
    store.transact(body).await
}

async fn check(store: &Store, from: u32, to: u32) {
    let mut scan = store
        .snapshot()
        .scan(KeyRange::prefix(b""), Order::Ascending);
    for n in from..to {
        assert_eq!(scan.next().await.expect("to read"), Some(entry(n)), "{n}");
    }
    assert_eq!(scan.next().await.expect("to read"), None);
}

struct Unmount<'a>(&'a Path);

impl Drop for Unmount<'_> {
    fn drop(&mut self) {
        unmount(self.0, UnmountFlags::DETACH).ok();
    }
}
