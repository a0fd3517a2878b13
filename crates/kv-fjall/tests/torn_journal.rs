//! Journals whose end was not written completely, as after a power cut, or is damaged.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "these are tests: they are to panic"
)]

use kv::{Engine, OpenError, WriteSet};
use std::fs;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const BATCHES: u8 = 4;
const VALUE_BYTES: usize = 3000;
const SECTOR_BYTES: usize = 512;

/// A folder whose journal holds some batches of two values each.
struct Written {
    folder: TempDir,
    journal: Vec<u8>,
    /// Where each batch ends.
    ends: Vec<usize>,
}

fn open(folder: &Path) -> Result<Box<dyn Engine>, OpenError> {
    kv_fjall::open(folder, &kv_fjall::Options::default())
}

fn journal(folder: &Path) -> PathBuf {
    folder.join("fjall/0.jnl")
}

/// The journal without the space it has not used yet, which is most of it.
fn content(folder: &Path) -> Vec<u8> {
    let mut content = Vec::new();
    let journal = fs::File::open(journal(folder)).unwrap();
    journal.take(1 << 16).read_to_end(&mut content).unwrap();
    let unused = content.iter().rev().take_while(|byte| **byte == 0);
    content.truncate(content.len() - unused.count());
    content
}

fn value(n: u8) -> Vec<u8> {
    // No zeros, which would look like space that was not written.
    let bytes = (0..251).cycle().take(VALUE_BYTES);
    bytes.map(|byte: u8| byte ^ n | 1).collect()
}

impl Written {
    fn new() -> Written {
        let folder = tempfile::tempdir().unwrap();
        let engine = open(folder.path()).unwrap();
        let mut ends = Vec::new();
        for n in 0..BATCHES {
            let write = |part| (vec![n, part].into(), Some(value(n).into()));
            engine.apply(&WriteSet::from([write(0), write(1)])).unwrap();
            ends.push(content(folder.path()).len());
        }
        let journal = content(folder.path());
        Written {
            folder,
            journal,
            ends,
        }
    }

    fn batch(&self, n: u8) -> Range<usize> {
        self.ends[usize::from(n - 1)]..self.ends[usize::from(n)]
    }

    fn damage(&self, damage: impl FnOnce(&mut Vec<u8>)) {
        let mut content = self.journal.clone();
        damage(&mut content);
        fs::write(journal(self.folder.path()), content).unwrap();
    }

    /// How many batches are there; every one has to be whole.
    fn batches(&self) -> u8 {
        let engine = open(self.folder.path()).unwrap();
        let view = engine.view().unwrap();
        let is_there = |n: &u8| {
            let part = |part| view.get(&[*n, part]).unwrap();
            assert_eq!(part(0), part(1), "a torn batch");
            part(0).is_some_and(|found| found == value(*n))
        };
        let count = (0..BATCHES).take_while(is_there).count();
        assert!((0..BATCHES).skip(count).all(|n| !is_there(&n)));
        u8::try_from(count).unwrap()
    }

    fn refusal(&self) -> String {
        let before = fs::read(journal(self.folder.path())).unwrap();
        let refusal = open(self.folder.path()).err().unwrap().to_string();
        let after = fs::read(journal(self.folder.path())).unwrap();
        assert!(before == after, "a journal that is refused is left alone");
        refusal
    }
}

#[test]
fn a_batch_that_stops_early_is_dropped() {
    let written = Written::new();
    let last = written.batch(BATCHES - 1);
    let near_ends = (last.start..last.start + 30).chain(last.end - 30..last.end);
    let cuts = near_ends.chain(last.clone().step_by(397));
    for cut in cuts {
        written.damage(|journal| journal.truncate(cut));
        assert_eq!(written.batches(), BATCHES - 1, "cut at {cut} of {last:?}");
    }
    written.damage(|_| {});
    assert_eq!(
        written.batches(),
        BATCHES,
        "nothing is wrong without damage"
    );
}

#[test]
fn a_batch_with_a_hole_is_dropped() {
    let written = Written::new();
    let last = written.batch(BATCHES - 1);
    let first = last.start.next_multiple_of(SECTOR_BYTES);
    for start in (first..last.end - SECTOR_BYTES).step_by(SECTOR_BYTES) {
        written.damage(|journal| journal[start..start + SECTOR_BYTES].fill(0));
        assert_eq!(
            written.batches(),
            BATCHES - 1,
            "hole at {start} of {last:?}"
        );
        let kept = fs::metadata(journal(written.folder.path())).unwrap().len();
        assert_eq!(usize::try_from(kept).unwrap(), last.start);
    }
}

#[test]
fn a_damaged_last_batch_is_for_the_operator_to_decide() {
    let written = Written::new();
    let last = written.batch(BATCHES - 1);
    written.damage(|journal| journal[last.start + VALUE_BYTES / 2] ^= 4);
    let refusal = written.refusal();
    let path = journal(&written.folder.path().canonicalize().unwrap());
    let keep = last.end - 1;
    let advice = format!("truncate --size={keep} {}", path.display());
    assert!(refusal.ends_with(&advice), "{refusal}");

    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(u64::try_from(keep).unwrap()).unwrap();
    assert_eq!(written.batches(), BATCHES - 1, "the advice helps");
}

#[test]
fn damage_before_the_last_batch_is_refused() {
    let written = Written::new();
    let second = written.batch(1);
    written.damage(|journal| journal[second.start + VALUE_BYTES / 2] ^= 4);
    let refusal = written.refusal();
    assert!(refusal.contains("ChecksumMismatch"), "{refusal}");
    written.damage(|_| {});
    assert_eq!(written.batches(), BATCHES);
}

/// A page that the disk had confirmed and lost: zeros, which fjall takes for the end.
#[test]
fn zeros_before_acknowledged_batches_are_refused() {
    let written = Written::new();
    // What the last batch alone follows could be a write that was interrupted.
    let confirmed = ..written.batch(BATCHES - 2).start;
    for start in (0..confirmed.end - SECTOR_BYTES).step_by(SECTOR_BYTES) {
        written.damage(|journal| journal[start..start + SECTOR_BYTES].fill(0));
        let refusal = written.refusal();
        if refusal.contains("ChecksumMismatch") {
            continue;
        }
        let keep = written.ends.iter().rev().find(|end| **end <= start);
        let keep = keep.copied().unwrap_or(0);
        let path = journal(&written.folder.path().canonicalize().unwrap());
        let advice = format!("truncate --size={keep} {}", path.display());
        assert!(refusal.ends_with(&advice), "hole at {start}: {refusal}");
    }
}

#[test]
fn without_what_follows_the_damage_the_rest_is_there() {
    let written = Written::new();
    let second = written.batch(1);
    written.damage(|journal| journal[second.start..second.start + 30].fill(0));
    let refusal = written.refusal();
    assert!(refusal.contains("acknowledged"), "{refusal}");
    let file = fs::OpenOptions::new()
        .write(true)
        .open(journal(written.folder.path()));
    file.unwrap()
        .set_len(u64::try_from(second.start).unwrap())
        .unwrap();
    assert_eq!(written.batches(), 1, "the advice helps");
}

/// A tag or a length that is not what was written ends the journal for fjall as well.
#[test]
fn a_damaged_outline_is_refused() {
    let written = Written::new();
    let second = written.batch(1);
    for at in second.start..second.start + 30 {
        let sequence_number = second.start + 5..second.start + 13;
        let keyspace_and_key = second.start + 16..second.start + 24;
        if sequence_number.contains(&at) || keyspace_and_key.contains(&at) {
            continue;
        }
        written.damage(|journal| journal[at] ^= 0x41);
        written.refusal();
    }
}
