//! The files of an empty store.
//!
//! fjall syncs after every step of making them, more than thirty times, and each sync waits for
//! the disk. As long as the folder is not marked as ready, nothing in it has to last. So the files
//! are made in memory, where a sync costs nothing, copied, and synced once. Where there is no such
//! place fjall makes them in the folder itself; what is there then is the same.

use crate::journal::{last_journal, shorten};
use rustix::fs::statfs;
use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Where Linux keeps a file system in memory for everybody.
const MEMORY: &str = "/dev/shm";
/// What `statfs` calls it.
const TMPFS: u64 = 0x0102_1994;
const FOLDER_MODE: u32 = 0o700;

/// Has `make` create its files in a folder in memory, and copies them into `folder`, which is
/// empty. They are synced when this returns. If there is no such folder, or no room in it, nothing
/// happens.
pub(crate) fn by_way_of_memory<E>(
    folder: &Path,
    make: impl FnOnce(&Path) -> Result<(), E>,
) -> io::Result<()> {
    let memory = Path::new(MEMORY);
    if !statfs(memory).is_ok_and(|found| u64::try_from(found.f_type) == Ok(TMPFS)) {
        return Ok(());
    }
    let draft = tempfile::Builder::new()
        .prefix("kv-fjall-")
        .tempdir_in(memory);
    let Ok(draft) = draft else {
        return Ok(());
    };
    if make(draft.path()).is_err() {
        return Ok(());
    }
    // Nothing was written: what the journal has is space for later.
    if let Some(journal) = last_journal(draft.path())? {
        shorten(&journal, 0)?;
    }
    copy_all(draft.path(), folder)
}

/// Copies what is in a folder into another. First everything is written, then it is synced: so
/// the disk has little left to do from the second sync on.
fn copy_all(from: &Path, to: &Path) -> io::Result<()> {
    let mut copies = Vec::new();
    copy(from, to, &mut copies)?;
    copies.iter().try_for_each(File::sync_all)
}

fn copy(from: &Path, to: &Path, copies: &mut Vec<File>) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            DirBuilder::new().mode(FOLDER_MODE).create(&target)?;
            copy(&entry.path(), &target, copies)?;
        } else {
            fs::copy(entry.path(), &target)?;
            copies.push(File::open(&target)?);
        }
    }
    copies.push(File::open(to)?);
    Ok(())
}
