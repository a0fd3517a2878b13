//! An engine that fails when told to.

use crate::{
    ApplyError, Cause, Cursor, Engine, Entry, Error, KeyRange, Order, Room, View, WriteSet,
};
use bytes::Bytes;
use parking_lot::Mutex;
use std::sync::Arc;

/// What the next call does instead of its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A batch is not written, and the engine cannot tell.
    ApplyLost,
    /// A batch is written, and the engine cannot tell.
    ApplyDone,
    /// There is no room: found out while writing.
    ApplyFull,
    /// The engine panics instead of writing.
    ApplyPanic,
    /// There is no room: known before writing.
    NoRoom,
    /// A read fails.
    Read,
}

/// The faults that are still to come; clones share them.
#[derive(Clone, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    pub fn add(&self, fault: Fault) {
        self.0.lock().push(fault);
    }

    pub fn clear(&self) {
        self.0.lock().clear();
    }

    /// Takes `fault` off the list.
    fn happens(&self, fault: Fault) -> bool {
        let mut faults = self.0.lock();
        let at = faults.iter().position(|known| *known == fault);
        at.map(|at| faults.remove(at)).is_some()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a fault made on purpose")]
struct OnPurpose;

/// Wraps an engine.
pub struct FaultyEngine {
    inner: Box<dyn Engine>,
    faults: Faults,
}

impl FaultyEngine {
    pub fn new(inner: Box<dyn Engine>, faults: Faults) -> FaultyEngine {
        FaultyEngine { inner, faults }
    }
}

impl Engine for FaultyEngine {
    fn name(&self) -> &'static str {
        "faulty"
    }

    fn view(&self) -> Result<Arc<dyn View>, Error> {
        Ok(Arc::new(FaultyView {
            inner: self.inner.view()?,
            faults: self.faults.clone(),
        }))
    }

    fn apply(&self, batch: &WriteSet) -> Result<(), ApplyError> {
        let failed = || Err(ApplyError::Failed(Cause::new(OnPurpose)));
        if self.faults.happens(Fault::ApplyLost) {
            return failed();
        }
        if self.faults.happens(Fault::ApplyFull) {
            return Err(ApplyError::Full);
        }
        assert!(
            !self.faults.happens(Fault::ApplyPanic),
            "a panic made on purpose"
        );
        self.inner.apply(batch)?;
        if self.faults.happens(Fault::ApplyDone) {
            return failed();
        }
        Ok(())
    }

    fn room(&self) -> Result<Room, Error> {
        if self.faults.happens(Fault::NoRoom) {
            return Ok(Room::NONE);
        }
        self.inner.room()
    }

    fn close(&self) -> Result<(), Error> {
        self.inner.close()
    }
}

struct FaultyView {
    inner: Arc<dyn View>,
    faults: Faults,
}

fn read(faults: &Faults) -> Result<(), Error> {
    if faults.happens(Fault::Read) {
        return Err(Error::Corrupt(Cause::new(OnPurpose)));
    }
    Ok(())
}

impl View for FaultyView {
    fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Error> {
        read(&self.faults)?;
        self.inner.get(key)
    }

    fn cursor(self: Arc<Self>, range: KeyRange, order: Order) -> Box<dyn Cursor> {
        Box::new(FaultyCursor {
            inner: Arc::clone(&self.inner).cursor(range, order),
            faults: self.faults.clone(),
        })
    }
}

struct FaultyCursor {
    inner: Box<dyn Cursor>,
    faults: Faults,
}

impl Cursor for FaultyCursor {
    fn next(&mut self) -> Result<Option<Entry>, Error> {
        read(&self.faults)?;
        self.inner.next()
    }
}
