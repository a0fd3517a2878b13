//! Journals that are damaged before their end.
//!
//! fjall takes whatever it cannot read for the end of a journal, since that is what an interrupted
//! write looks like, and drops all that follows. If a disk has lost a page that it had confirmed,
//! what follows are batches that were acknowledged. A batch is only begun when the one before it
//! is synced: so where, beyond the place at which reading stops, one batch ends and the next
//! begins, the damage is no interrupted write. Then nothing is opened, and nothing changed.
//!
//! This reads the journal's outline only, as fjall 3 writes it; checksums are for fjall to compare.
//!
//! ```text
//! start = 01, items: u32, sequence number: u64                           numbers little-endian
//! item  = 02, type, compression, keyspace: u64, length of key: u16, length of value: u32,
//!         stored length of value: u32, key, stored value
//! clear = 04, keyspace: u64
//! end   = 03, checksum: u64, "FJL" 03
//! batch = start, { item | clear }, end
//! ```

use crate::journal::journals;
use rustix::fs::{SeekFrom as Place, seek};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, ErrorKind, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const MAGIC: [u8; 4] = *b"FJL\x03";
/// Values and tombstones of two kinds; the fourth kind is not used here.
const VALUE_TYPES: u8 = 3;
const COMPRESSIONS: u8 = 2;
/// An end, a start, and the first byte of an item.
const SEAM_BYTES: usize = 13 + 13 + 1;
/// No journal has so many batches: a number further on is none.
const MAX_BATCHES: u64 = 1 << 40;
const BUFFER_BYTES: usize = 256 * 1024;

/// Why a store is not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DamageError {
    #[error("could not read the journal {}: {source}", journal.display())]
    Io { journal: PathBuf, source: io::Error },
    #[error(
        "the journal {} is damaged at byte {keep}, and batches that were acknowledged follow: the \
         disk has lost what it had confirmed. Restore a backup, or do without what is behind the \
         damage and not yet in a table: truncate --size={keep} {}",
        journal.display(),
        journal.display()
    )]
    Damaged { journal: PathBuf, keep: u64 },
}

/// Looks for such damage in all journals of a store.
pub(crate) fn check(folder: &Path) -> Result<(), DamageError> {
    let failed = |journal: PathBuf| move |source| DamageError::Io { journal, source };
    for (_, journal) in journals(folder).map_err(failed(folder.to_owned()))? {
        let damage = find(&journal).map_err(failed(journal.clone()))?;
        if let Some(keep) = damage {
            return Err(DamageError::Damaged { journal, keep });
        }
    }
    Ok(())
}

/// The end of the last batch before the damage, if there is any.
fn find(journal: &Path) -> io::Result<Option<u64>> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, File::open(journal)?);
    let mut end = 0;
    let mut sequence_number = 0;
    while let Some(number) = read_batch(&mut reader)? {
        end = reader.stream_position()?;
        sequence_number = number;
    }
    let is_damaged = has_seam(reader.into_inner(), end, sequence_number)?;
    Ok(is_damaged.then_some(end))
}

/// The sequence number of the batch that begins here, if it is complete.
fn read_batch(reader: &mut BufReader<File>) -> io::Result<Option<u64>> {
    match batch(reader) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
        read => read,
    }
}

fn batch(reader: &mut BufReader<File>) -> io::Result<Option<u64>> {
    if u8::from_le_bytes(take(reader)?) != START {
        return Ok(None);
    }
    let items = u32::from_le_bytes(take(reader)?);
    let sequence_number = u64::from_le_bytes(take(reader)?);
    for _ in 0..items {
        let is_read = match u8::from_le_bytes(take(reader)?) {
            ITEM => skip_item(reader)?,
            CLEAR => skip(reader, 8)?,
            _ => false,
        };
        if !is_read {
            return Ok(None);
        }
    }
    let is_end = u8::from_le_bytes(take(reader)?) == END;
    let _checksum: [u8; 8] = take(reader)?;
    let is_complete = is_end && take(reader)? == MAGIC;
    Ok(is_complete.then_some(sequence_number))
}

/// Moves behind the rest of an item; false if it is none.
fn skip_item(reader: &mut BufReader<File>) -> io::Result<bool> {
    let [value_type, compression] = take(reader)?;
    let _keyspace: [u8; 8] = take(reader)?;
    let key = u16::from_le_bytes(take(reader)?);
    let value = u32::from_le_bytes(take(reader)?);
    let stored = u32::from_le_bytes(take(reader)?);
    let is_known = value_type < VALUE_TYPES
        && compression < COMPRESSIONS
        && (compression != 0 || value == stored);
    Ok(is_known && skip(reader, u64::from(key) + u64::from(stored))?)
}

/// Moves on; false beyond the end of the file.
fn skip(reader: &mut BufReader<File>, bytes: u64) -> io::Result<bool> {
    let Ok(offset) = i64::try_from(bytes) else {
        return Ok(false);
    };
    reader.seek_relative(offset)?;
    Ok(!reader.fill_buf()?.is_empty())
}

fn take<const N: usize>(reader: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Whether, from `position` on, a batch ends and one with a higher sequence number begins.
fn has_seam(mut file: File, position: u64, sequence_number: u64) -> io::Result<bool> {
    // The space that is not used yet is a hole, which costs nothing to pass over.
    let position = match seek(&file, Place::Data(position)) {
        Err(Errno::NXIO) => return Ok(false),
        Ok(data) => data,
        Err(_) => position,
    };
    file.seek(SeekFrom::Start(position))?;
    let mut window = Vec::with_capacity(2 * BUFFER_BYTES);
    let chunk_bytes = u64::try_from(BUFFER_BYTES).unwrap_or(u64::MAX);
    loop {
        let read = file.by_ref().take(chunk_bytes).read_to_end(&mut window)?;
        let mut places = window.windows(SEAM_BYTES);
        if places.any(|bytes| is_seam(bytes, sequence_number)) {
            return Ok(true);
        }
        if read == 0 {
            return Ok(false);
        }
        // What may be the beginning of one.
        let looked_at = window.len().saturating_sub(SEAM_BYTES - 1);
        window.drain(..looked_at);
    }
}

fn is_seam(bytes: &[u8], after: u64) -> bool {
    let [
        END,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        magic @ ..,
        START,
        _,
        _,
        _,
        _,
        a,
        b,
        c,
        d,
        e,
        f,
        g,
        h,
        next,
    ] = bytes
    else {
        return false;
    };
    let sequence_number = u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]);
    *magic == MAGIC
        && matches!(*next, ITEM | CLEAR)
        && sequence_number > after
        && sequence_number - after < MAX_BATCHES
}
