//! Journals whose end was not written completely, as after a power cut.

#![allow(clippy::unwrap_used, reason = "these are tests: they are to panic")]

use kv::{Engine, OpenError, WriteSet};
use std::fs;
use std::path::{Path, PathBuf};

fn open(folder: &Path) -> Result<Box<dyn Engine>, OpenError> {
    kv_fjall::open(folder, &kv_fjall::Options::default())
}

#[test]
fn explore() {
    let folder = tempfile::tempdir().unwrap();
    let engine = open(folder.path()).unwrap();
    let mut ends = vec![];
    let journal = folder.path().join("fjall/0.jnl");
    let used = |journal: &Path| { let b = fs::read(journal).unwrap(); b.len() - b.iter().rev().take_while(|b| **b == 0).count() };
    for n in 0..5_u8 {
        engine.apply(&WriteSet::from([(vec![n].into(), Some(vec![n+1; 9000].into()))])).unwrap();
        ends.push(used(&journal));
    }
    drop(engine);
    eprintln!("{ends:?} len {}", fs::metadata(&journal).unwrap().len());
    let bytes = fs::read(&journal).unwrap();
    let mut outcomes = vec![];
    let mut check = |name: String, damage: &dyn Fn(&mut Vec<u8>)| {
        let mut b = bytes.clone(); damage(&mut b); fs::write(&journal, b).unwrap();
        let outcome = match open(folder.path()) {
            Ok(engine) => { let v = engine.view().unwrap(); let n = (0..5_u8).filter(|n| v.get(&[*n]).unwrap().is_some()).count(); format!("{n}") }
            Err(e) => format!("{e}"),
        };
        outcomes.push(format!("{name}: {outcome} len after {}", fs::metadata(&journal).unwrap().len()));
    };
    for cut in (ends[3]-2..ends[4]+2).step_by(1).filter(|c| c % 37 == 0 || *c < ends[3]+40 || *c > ends[4]-40) {
        check(format!("cut {cut}"), &|b| b.truncate(cut));
        check(format!("zero from {cut}"), &|b| b[cut..].fill(0));
        check(format!("flip {cut}"), &|b| b[cut] ^= 0x55);
    }
    check("zero page".to_owned(), &|b| b[ends[3]/4096*4096+4096..ends[3]/4096*4096+8192].fill(0));
    for o in outcomes { eprintln!("{o}"); }
}
