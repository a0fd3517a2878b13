//! fjall's journal as a file: which one it is, and what to do with it at the end.
//!
//! A start reads the whole journal of up to 64 MB, even if the tables hold all of it. So after
//! everything has been flushed and fjall has gone, the journal is emptied: that is what fjall itself
//! leaves when it has begun a new one and nothing was written yet.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Empties the journal when it is dropped, if all that it holds is in tables.
pub(crate) struct JournalEnd {
    folder: PathBuf,
    is_flushed: AtomicBool,
}

impl JournalEnd {
    pub(crate) fn new(folder: PathBuf) -> JournalEnd {
        JournalEnd {
            folder,
            is_flushed: AtomicBool::new(false),
        }
    }

    /// Something is going to be written.
    pub(crate) fn is_needed(&self) {
        self.is_flushed.store(false, Ordering::SeqCst);
    }

    /// All is in tables, and they are synced.
    pub(crate) fn is_not_needed(&self) {
        self.is_flushed.store(true, Ordering::SeqCst);
    }
}

impl Drop for JournalEnd {
    fn drop(&mut self) {
        if !self.is_flushed.load(Ordering::SeqCst) {
            return;
        }
        let emptied = last_journal(&self.folder);
        let emptied = emptied.and_then(|journal| journal.map_or(Ok(()), |path| shorten(&path, 0)));
        if let Err(error) = emptied {
            tracing::debug!(%error, "the next start will read the journal");
        }
    }
}

/// The journal with the highest number: the one being written.
pub(crate) fn last_journal(folder: &Path) -> io::Result<Option<PathBuf>> {
    Ok(journals(folder)?.pop_last().map(|(_, path)| path))
}

/// All journals, by their numbers.
pub(crate) fn journals(folder: &Path) -> io::Result<BTreeMap<u64, PathBuf>> {
    let mut journals = BTreeMap::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_none_or(|extension| extension != "jnl") {
            continue;
        }
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        if let Some(number) = number {
            journals.insert(number, path);
        }
    }
    Ok(journals)
}

pub(crate) fn shorten(journal: &Path, len: u64) -> io::Result<()> {
    let file = OpenOptions::new().write(true).open(journal)?;
    file.set_len(len)?;
    file.sync_all()
}
