//! SQLite behind [`kv::Engine`]: the connection that writes, and the write-ahead log's length.

use crate::Options;
use crate::view::{Pool, SqliteView};
use kv::{ApplyError, Cause, Engine, Error, Folder, OpenError, Room, View, WriteSet};
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

const NAME: &str = "sqlite";
const FILE: &str = "store.db";
/// Values up to about a quarter of a page stay in the tree itself.
const PAGE_BYTES: u32 = 8192;
/// How long emptying the log may wait for readers; if they take longer, the next batch tries
/// again.
const READERS_WAIT: Duration = Duration::from_millis(20);

const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS entry (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID";
const PUT: &str =
    "INSERT INTO entry (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2";
const DELETE: &str = "DELETE FROM entry WHERE key = ?1";

/// Dropped in this order: the connection that goes last, and can write, empties the log.
pub(crate) struct SqliteEngine {
    pool: Arc<Pool>,
    writer: Mutex<Connection>,
    /// Counts up before and after each batch: odd while one is being written.
    phase: AtomicU64,
    /// The view opened last, if it shows the latest batch, and the phase in which it was opened.
    latest: Mutex<(u64, Weak<SqliteView>)>,
    folder: Folder,
    log_bytes: u64,
    reserve_bytes: u64,
}

impl SqliteEngine {
    pub(crate) fn open(path: &Path, options: &Options) -> Result<SqliteEngine, OpenError> {
        let mut folder = Folder::open(path, NAME)?;
        let file = folder.engine_path().join(FILE);
        let writer = open_writer(&file, options).map_err(|error| OpenError::Engine {
            folder: folder.path().to_owned(),
            source: Cause::new(error),
        })?;
        if folder.is_new() {
            folder.mark_ready()?;
        }
        Ok(SqliteEngine {
            writer: Mutex::new(writer),
            phase: AtomicU64::new(0),
            latest: Mutex::new((0, Weak::new())),
            pool: Arc::new(Pool::new(file, options.cache_bytes)),
            folder,
            log_bytes: u64::from(options.log_bytes),
            reserve_bytes: options.reserve_bytes,
        })
    }

    /// Empties the log, which SQLite does by itself only in moments without any reader.
    fn bound_log(&self, writer: &Connection) -> Result<(), rusqlite::Error> {
        let log = self.folder.engine_path().join(format!("{FILE}-wal"));
        if std::fs::metadata(&log).map_or(0, |log| log.len()) < self.log_bytes {
            return Ok(());
        }
        let (opened, latest) = self.latest.lock().clone();
        match latest.upgrade() {
            // Nothing was and is written between: the view shows the same afterwards.
            Some(latest) if opened == self.phase.load(Ordering::SeqCst) => {
                latest.set_down_while(|| checkpoint(writer))
            }
            _ => checkpoint(writer),
        }
    }
}

fn open_writer(file: &Path, options: &Options) -> Result<Connection, rusqlite::Error> {
    let writer = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    writer.busy_timeout(READERS_WAIT)?;
    writer.pragma_update(None, "page_size", PAGE_BYTES)?;
    writer.pragma_update(None, "journal_mode", "WAL")?;
    writer.pragma_update(None, "synchronous", "FULL")?;
    writer.pragma_update(None, "journal_size_limit", options.log_bytes)?;
    writer.pragma_update(None, "cache_size", cache_size(options.cache_bytes))?;
    writer.execute(SCHEMA, ())?;
    Ok(writer)
}

/// SQLite's measure of a cache: KiB, as a negative number.
pub(crate) fn cache_size(bytes: u32) -> i64 {
    -i64::from(bytes / 1024)
}

fn checkpoint(writer: &Connection) -> Result<(), rusqlite::Error> {
    let busy: i64 = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
    if busy != 0 {
        tracing::debug!("readers keep the log from being emptied");
    }
    Ok(())
}

fn write(writer: &mut Connection, batch: &WriteSet) -> Result<(), rusqlite::Error> {
    let transaction = writer.transaction()?;
    {
        let mut put = transaction.prepare_cached(PUT)?;
        let mut delete = transaction.prepare_cached(DELETE)?;
        for (key, value) in batch {
            match value {
                Some(value) => put.execute((key.as_ref(), value.as_ref()))?,
                None => delete.execute((key.as_ref(),))?,
            };
        }
    }
    transaction.commit()
}

impl Engine for SqliteEngine {
    fn name(&self) -> &'static str {
        NAME
    }

    fn view(&self) -> Result<Arc<dyn View>, Error> {
        let before = self.phase.load(Ordering::SeqCst);
        let view = Pool::view(&self.pool)?;
        let after = self.phase.load(Ordering::SeqCst);
        if before == after {
            *self.latest.lock() = (before, Arc::downgrade(&view));
        }
        Ok(view)
    }

    fn apply(&self, batch: &WriteSet) -> Result<(), ApplyError> {
        let mut writer = self.writer.lock();
        let bounded = self.bound_log(&writer);
        self.phase.fetch_add(1, Ordering::SeqCst);
        let written = bounded.and_then(|()| write(&mut writer, batch));
        self.phase.fetch_add(1, Ordering::SeqCst);
        written.map_err(|error| match error.sqlite_error_code() {
            // SQLite has rolled back: the frame that would have committed was not written.
            Some(ErrorCode::DiskFull) => ApplyError::Full,
            _ => ApplyError::Failed(Cause::new(error)),
        })
    }

    /// More than that may be needed where keys are far apart, but SQLite recovers from a disk that
    /// turns out to be full.
    fn room(&self) -> Result<Room, Error> {
        self.folder.room(self.reserve_bytes, 0)
    }

    fn close(&self) -> Result<(), Error> {
        let closed = checkpoint(&self.writer.lock());
        closed.map_err(|error| Error::Unavailable(Cause::new(error)))
    }
}
