//! fjall behind [`kv::Engine`].

use crate::Options;
use crate::create;
use crate::damage::{self, DamageError};
use crate::journal::JournalEnd;
use crate::repair::{self, RepairError};
use bytes::Bytes;
use fjall::compaction::Leveled;
use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions, PersistMode, Readable, Slice,
    Snapshot,
};
use kv::{
    ApplyError, Cause, Cursor, Engine, Entry, Error, Folder, KeyRange, OpenError, Order, Room,
    View, WriteSet,
};
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

const NAME: &str = "fjall";
const KEYSPACE: &str = "store";
/// With a second worker, the first busily hands merges on to it; one alone is as fast.
const WORKERS: usize = 1;
/// Connections and functions need file descriptors as well.
const CACHED_FILES: usize = 256;
/// fjall's own brake sleeps in long steps at 4 sealed memtables, and for ever if its workers have
/// died; this one comes first.
const SEALED_MEMTABLES: usize = 2;
const BRAKE_STEP: Duration = Duration::from_millis(1);
/// A merge rewrites about this many tables: one, and those of the next level that it overlaps.
const MERGE_TABLES: u64 = 12;
/// With this much room, nothing has to be looked at more closely.
const AMPLE_BYTES: u64 = 1 << 30;

/// Dropped in this order: the journal only after whoever writes it, the lock last.
pub(crate) struct FjallEngine {
    keyspace: Keyspace,
    database: Database,
    journal: JournalEnd,
    folder: Folder,
    table_bytes: u64,
    reserve_bytes: u64,
}

impl FjallEngine {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<FjallEngine, OpenError> {
        let mut folder = Folder::open(path, NAME)?;
        let (database, keyspace) =
            open_or_repair(&folder, options).map_err(|error| OpenError::Engine {
                folder: folder.path().to_owned(),
                source: Cause::new(error),
            })?;
        if folder.is_new() {
            folder.mark_ready()?;
        }
        Ok(FjallEngine {
            keyspace,
            database,
            journal: JournalEnd::new(folder.engine_path()),
            folder,
            table_bytes: options.memtable_bytes,
            reserve_bytes: options.reserve_bytes,
        })
    }

    /// Waits until no more than so many sealed memtables are left to flush.
    fn wait_for_flushes(&self, most: usize) -> Result<(), fjall::Error> {
        while self.keyspace.sealed_memtable_count() > most {
            // Writes nothing, but tells when the worker has failed.
            self.database.persist(PersistMode::Buffer)?;
            sleep(BRAKE_STEP);
        }
        Ok(())
    }

    fn write(&self, batch: &WriteSet) -> Result<(), fjall::Error> {
        self.wait_for_flushes(SEALED_MEMTABLES)?;
        let mut writes = self
            .database
            .batch()
            .durability(Some(PersistMode::SyncData));
        for (key, value) in batch {
            // Copies, because the bytes may be a small part of a request's large buffer, which
            // the memtable would keep alive.
            let key = Slice::new(key);
            match value {
                Some(value) => writes.insert(&self.keyspace, key, Slice::new(value)),
                None => writes.remove(&self.keyspace, key),
            }
        }
        writes.commit()
    }
}

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
enum FilesError {
    #[error(transparent)]
    Damage(#[from] DamageError),
    #[error(transparent)]
    Repair(#[from] RepairError),
}

fn open_or_repair(folder: &Folder, options: &Options) -> Result<(Database, Keyspace), FilesError> {
    let files = folder.engine_path();
    if folder.is_new() {
        let make = |draft: &Path| open_files(draft, options).map(drop);
        create::by_way_of_memory(&files, make)
            .map_err(|error| RepairError::Engine(error.into()))?;
    }
    damage::check(&files)?;
    match open_files(&files, options) {
        Err(refusal @ fjall::Error::JournalRecovery(_)) => {
            let open = || open_files(&files, options);
            Ok(repair::open_without_torn_batch(&files, refusal, open)?)
        }
        opened => Ok(opened.map_err(RepairError::Engine)?),
    }
}

fn open_files(files: &Path, options: &Options) -> Result<(Database, Keyspace), fjall::Error> {
    let database = Database::builder(files)
        .cache_size(options.cache_bytes)
        .manual_journal_persist(true)
        // fjall takes a value that does not decompress for the journal's end. Without compression
        // there is only its checksum, and that is an error if it does not match.
        .journal_compression(CompressionType::None)
        .worker_threads(WORKERS)
        .max_cached_files(Some(CACHED_FILES))
        .open()?;
    let keyspace = database.keyspace(KEYSPACE, || {
        KeyspaceCreateOptions::default()
            .manual_journal_persist(true)
            .max_memtable_size(options.memtable_bytes)
            .compaction_strategy(Arc::new(
                Leveled::default().with_table_target_size(options.memtable_bytes),
            ))
    })?;
    Ok((database, keyspace))
}

impl Engine for FjallEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn view(&self) -> Result<Arc<dyn View>, Error> {
        Ok(Arc::new(FjallView {
            snapshot: self.database.snapshot(),
            keyspace: self.keyspace.clone(),
        }))
    }

    fn apply(&self, batch: &WriteSet) -> Result<(), ApplyError> {
        self.journal.is_needed();
        let failed = |error| ApplyError::Failed(Cause::new(error));
        self.write(batch).map_err(failed)
    }

    /// Upkeep is to write what is in memory, and to merge tables before their old form can go.
    fn room(&self) -> Result<Room, Error> {
        let buffered = self.database.write_buffer_size();
        let merge = self.table_bytes.saturating_mul(MERGE_TABLES);
        let upkeep = buffered.saturating_add(merge);
        let room = self.folder.room(self.reserve_bytes, upkeep)?;
        if room.for_writing >= AMPLE_BYTES {
            return Ok(room);
        }
        // No merge can take more than there is. That is only looked up when it matters.
        let merge = merge.min(self.keyspace.disk_space());
        let upkeep = buffered.saturating_add(merge);
        self.folder.room(self.reserve_bytes, upkeep)
    }

    /// Flushes, so that the next start has nothing to replay.
    fn close(&self) -> Result<(), Error> {
        let flushed = self.keyspace.rotate_memtable();
        let flushed = flushed.and_then(|_| self.wait_for_flushes(0));
        flushed.map_err(|error| Error::Unavailable(Cause::new(error)))?;
        self.journal.is_not_needed();
        Ok(())
    }
}

struct FjallView {
    snapshot: Snapshot,
    keyspace: Keyspace,
}

impl View for FjallView {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Error> {
        let value = self.snapshot.get(&self.keyspace, key).map_err(damaged)?;
        Ok(value.map(Bytes::from))
    }

    fn cursor(self: Arc<Self>, range: KeyRange, order: Order) -> Box<dyn Cursor> {
        if range.is_empty() {
            return Box::new(FjallCursor {
                entries: None,
                order,
            });
        }
        let range = range.start..range.end;
        let entries = self.snapshot.range(&self.keyspace, range);
        Box::new(FjallCursor {
            entries: Some(entries),
            order,
        })
    }
}

/// The iterator keeps the snapshot alive.
struct FjallCursor {
    entries: Option<fjall::Iter>,
    order: Order,
}

impl Cursor for FjallCursor {
    fn next(&mut self) -> Result<Option<Entry>, Error> {
        let Some(entries) = &mut self.entries else {
            return Ok(None);
        };
        let entry = match self.order {
            Order::Ascending => entries.next(),
            Order::Descending => entries.next_back(),
        };
        let Some(entry) = entry else {
            return Ok(None);
        };
        let (key, value) = entry.into_inner().map_err(damaged)?;
        Ok(Some((key.into(), value.into())))
    }
}

/// A read that fails: the disk's error, or bytes whose checksum does not match.
fn damaged(error: fjall::Error) -> Error {
    match error {
        fjall::Error::Io(_) | fjall::Error::Storage(fjall::LsmError::Io(_)) => {
            Error::Unavailable(Cause::new(error))
        }
        _ => Error::Corrupt(Cause::new(error)),
    }
}
