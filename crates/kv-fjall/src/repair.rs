//! Journals that end in a batch which was not written completely.
//!
//! A power cut may leave any part of the batch that was being written, because the system writes
//! pages in an order of its own. fjall drops a batch that stops early, but refuses to open when its
//! end is there and something before it is missing. Such a batch was never acknowledged: its sync
//! had not returned. So it is dropped here too, after a look at the damage: what was not written
//! reads as zeros, at least a sector of them. Anything else is not the trace of an interrupted
//! write, the batch may have been acknowledged, and whoever runs the server has to decide.

use crate::journal::{last_journal, shorten};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The unit in which disks write, and journals begin at a multiple of.
const SECTOR_BYTES: u64 = 512;
const BUFFER_BYTES: usize = 64 * 1024;

/// Why a journal stays as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RepairError {
    #[error(transparent)]
    Engine(#[from] fjall::Error),
    #[error("could not repair the journal {}: {source}", journal.display())]
    Io { journal: PathBuf, source: io::Error },
    #[error(
        "the last batch of the journal {} is damaged, though not by an interrupted write; it may \
         have been acknowledged. Restore a backup, or do without that batch: \
         truncate --size={keep} {}",
        journal.display(),
        journal.display()
    )]
    Damaged { journal: PathBuf, keep: u64 },
}

/// Opens what could not be opened because of its journal: without the journal's last batch, if
/// that was interrupted. A copy of the journal remains, with the extension `torn`.
pub(crate) fn open_without_torn_batch<T>(
    folder: &Path,
    refusal: fjall::Error,
    open: impl FnOnce() -> Result<T, fjall::Error>,
) -> Result<T, RepairError> {
    let Some(journal) = last_journal(folder).unwrap_or_default() else {
        return Err(refusal.into());
    };
    let failed = |source| RepairError::Io {
        journal: journal.clone(),
        source,
    };
    let copy = journal.with_extension("torn");
    fs::copy(&journal, &copy).map_err(failed)?;
    let end = written_bytes(&copy).map_err(failed)?;
    // Without its last byte the batch stops early, and fjall drops it.
    let keep = end.saturating_sub(1);
    shorten(&journal, keep).map_err(failed)?;
    let restore = || fs::rename(&copy, &journal).map_err(failed);
    let Ok(opened) = open() else {
        // The damage is not in the last batch.
        restore()?;
        return Err(refusal.into());
    };
    let start = fs::metadata(&journal).map_err(failed)?.len();
    if !has_hole(&copy, start, end).map_err(failed)? {
        drop(opened);
        restore()?;
        return Err(RepairError::Damaged { journal, keep });
    }
    tracing::warn!(
        journal = %journal.display(),
        copy = %copy.display(),
        bytes = end - start,
        "dropped a batch that was interrupted while it was written, and not acknowledged"
    );
    Ok(opened)
}

/// The length without the zeros at the end, which stand for space that is not used yet.
fn written_bytes(journal: &Path) -> io::Result<u64> {
    let (mut position, mut written) = (0, 0);
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, File::open(journal)?);
    loop {
        let chunk = reader.fill_buf()?;
        let len = chunk.len();
        if len == 0 {
            return Ok(written);
        }
        if let Some(last) = chunk.iter().rposition(|byte| *byte != 0) {
            written = position + bytes(last) + 1;
        }
        position += bytes(len);
        reader.consume(len);
    }
}

fn bytes(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}

/// Whether some sector between the two positions is all zeros.
fn has_hole(journal: &Path, start: u64, end: u64) -> io::Result<bool> {
    let mut file = File::open(journal)?;
    let mut position = start.next_multiple_of(SECTOR_BYTES);
    file.seek(SeekFrom::Start(position))?;
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, file);
    let mut sector = [0; 512];
    while position + SECTOR_BYTES <= end {
        reader.read_exact(&mut sector)?;
        if sector.iter().all(|byte| *byte == 0) {
            return Ok(true);
        }
        position += SECTOR_BYTES;
    }
    Ok(false)
}
