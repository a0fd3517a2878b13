//! Views: connections that hold a read transaction open.

use crate::engine::cache_size;
use bytes::Bytes;
use kv::{Cause, Cursor, Entry, Error, KeyRange, Order, View};
use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use std::path::PathBuf;
use std::sync::Arc;
use std::vec::IntoIter;

/// Connections kept for the next view.
const IDLE_CONNECTIONS: usize = 4;
/// Entries that a cursor reads at a time; the connection is free for others in between.
const CURSOR_ENTRIES: u32 = 64;

const GET: &str = "SELECT value FROM entry WHERE key = ?1";
/// Any read pins the transaction to the present.
const PIN: &str = "SELECT 1 FROM entry LIMIT 1";
const ASCENDING: &str = "SELECT key, value FROM entry WHERE key >= ?1 AND key < ?2 \
                         ORDER BY key ASC LIMIT ?3";
const DESCENDING: &str = "SELECT key, value FROM entry WHERE key >= ?1 AND key < ?2 \
                          ORDER BY key DESC LIMIT ?3";

/// Connections for reading.
pub(crate) struct Pool {
    file: PathBuf,
    cache_bytes: u32,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(crate) fn new(file: PathBuf, cache_bytes: u32) -> Pool {
        Pool {
            file,
            cache_bytes,
            idle: Mutex::default(),
        }
    }

    /// A view of the latest batch.
    pub(crate) fn view(pool: &Arc<Pool>) -> Result<Arc<SqliteView>, Error> {
        let idle = pool.idle.lock().pop();
        let connection = idle.map_or_else(|| pool.connect(), Ok).map_err(damaged)?;
        begin(&connection).map_err(damaged)?;
        Ok(Arc::new(SqliteView {
            connection: Mutex::new(Some(connection)),
            pool: Arc::clone(pool),
        }))
    }

    fn connect(&self) -> Result<Connection, rusqlite::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.pragma_update(None, "cache_size", cache_size(self.cache_bytes))?;
        Ok(connection)
    }

    fn take_back(&self, connection: Connection) {
        let mut idle = self.idle.lock();
        if idle.len() < IDLE_CONNECTIONS && connection.execute_batch("ROLLBACK").is_ok() {
            idle.push(connection);
        }
    }
}

fn begin(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.execute_batch("BEGIN")?;
    let mut pin = connection.prepare_cached(PIN)?;
    pin.query_row((), |_| Ok(())).optional()?;
    Ok(())
}

/// A read transaction. Its connection is only absent while it is dropped.
pub(crate) struct SqliteView {
    connection: Mutex<Option<Connection>>,
    pool: Arc<Pool>,
}

impl SqliteView {
    /// Ends the read transaction for as long as `work` takes. The caller sees to it that nothing
    /// is written meanwhile.
    pub(crate) fn set_down_while(
        &self,
        work: impl FnOnce() -> Result<(), rusqlite::Error>,
    ) -> Result<(), rusqlite::Error> {
        let connection = self.connection.lock();
        let Some(connection) = &*connection else {
            return work();
        };
        connection.execute_batch("ROLLBACK")?;
        let done = work();
        begin(connection)?;
        done
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, rusqlite::Error>,
    ) -> Result<T, Error> {
        let connection = self.connection.lock();
        let connection = connection
            .as_ref()
            .ok_or_else(|| Error::Unavailable(Cause::new("a view without its connection")))?;
        read(connection).map_err(damaged)
    }

    fn page(&self, range: &KeyRange, order: Order) -> Result<Vec<Entry>, Error> {
        let query = match order {
            Order::Ascending => ASCENDING,
            Order::Descending => DESCENDING,
        };
        self.read(|connection| {
            let mut query = connection.prepare_cached(query)?;
            let bounds = (range.start.as_ref(), range.end.as_ref(), CURSOR_ENTRIES);
            let rows = query.query_map(bounds, |row| {
                let (key, value) = (row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?);
                Ok((Bytes::from(key), Bytes::from(value)))
            })?;
            rows.collect()
        })
    }
}

impl Drop for SqliteView {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.lock().take() {
            self.pool.take_back(connection);
        }
    }
}

impl View for SqliteView {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Error> {
        self.read(|connection| {
            let mut get = connection.prepare_cached(GET)?;
            let value = get.query_row((key,), |row| row.get::<_, Vec<u8>>(0));
            Ok(value.optional()?.map(Bytes::from))
        })
    }

    fn cursor(self: Arc<Self>, range: KeyRange, order: Order) -> Box<dyn Cursor> {
        Box::new(SqliteCursor {
            view: self,
            rest: range,
            order,
            page: Vec::new().into_iter(),
        })
    }
}

struct SqliteCursor {
    view: Arc<SqliteView>,
    /// What is not yet in `page`.
    rest: KeyRange,
    order: Order,
    page: IntoIter<Entry>,
}

impl Cursor for SqliteCursor {
    fn next(&mut self) -> Result<Option<Entry>, Error> {
        if let Some(entry) = self.page.next() {
            return Ok(Some(entry));
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let page = self.view.page(&self.rest, self.order)?;
        self.rest.pass(page.last().map(|(key, _)| key), self.order);
        self.page = page.into_iter();
        Ok(self.page.next())
    }
}

/// A read that fails: the disk's error, or a file that is not a database any more.
fn damaged(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Error::Corrupt(Cause::new(error))
        }
        _ => Error::Unavailable(Cause::new(error)),
    }
}
