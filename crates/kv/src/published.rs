//! The state that the committer has made public: a version, and a view shared by all who read it.
//!
//! One view serves every transaction between two commits. It is opened when first needed, so it
//! may show batches that became durable after this version was published; that can only cause a
//! conflict too many, never one too few.

use crate::offload::Offload;
use crate::{Cursor, Engine, Entry, Error, KeyRange, Order, Pages, ReadFuture, ReadView, View};
use bytes::Bytes;
use parking_lot::Mutex;
use std::sync::Arc;

/// One version of the store, as readers see it.
pub(crate) struct Published {
    version: u64,
    engine: Arc<dyn Engine>,
    view: Mutex<Option<Arc<dyn View>>>,
    offload: Offload,
}

impl Published {
    pub(crate) fn new(version: u64, engine: Arc<dyn Engine>, offload: Offload) -> Published {
        Published {
            version,
            engine,
            view: Mutex::new(None),
            offload,
        }
    }

    fn view(&self) -> Result<Arc<dyn View>, Error> {
        let mut view = self.view.lock();
        if let Some(view) = &*view {
            return Ok(Arc::clone(view));
        }
        let opened = self.engine.view()?;
        *view = Some(Arc::clone(&opened));
        Ok(opened)
    }
}

impl ReadView for Published {
    fn get(&self, key: &[u8]) -> ReadFuture<'static, Option<Bytes>> {
        let view = match self.view() {
            Ok(view) => view,
            Err(error) => return ReadFuture::ready(Err(error)),
        };
        if let Some(_watch) = self.offload.here() {
            return ReadFuture::ready(view.get(key));
        }
        let key = Bytes::copy_from_slice(key);
        let offload = self.offload.clone();
        ReadFuture::pending(async move {
            let watch = offload.clone();
            let read = move || {
                let _watch = watch.elsewhere();
                view.get(&key)
            };
            offload.moved(read).await?
        })
    }

    fn scan(self: Arc<Self>, range: KeyRange, order: Order) -> Box<dyn Pages> {
        Box::new(CursorPages {
            published: self,
            cursor: None,
            rest: range,
            order,
            limit: FIRST_PAGE,
        })
    }

    fn pin(&self) {
        // An error comes up again, or does not, when somebody reads.
        self.view().ok();
    }

    fn version(&self) -> u64 {
        self.version
    }
}

#[derive(Debug, Clone, Copy)]
struct PageLimit {
    entries: usize,
    bytes: usize,
}

/// Small, since many scans want a few entries only; read in place.
const FIRST_PAGE: PageLimit = PageLimit {
    entries: 32,
    bytes: 64 * 1024,
};
/// Large enough to be worth a change of threads.
const LATER_PAGE: PageLimit = PageLimit {
    entries: 512,
    bytes: 256 * 1024,
};

/// Reads pages through an engine's cursor. A page that nobody waits for any more is read again:
/// `rest` only moves past what was delivered.
struct CursorPages {
    published: Arc<Published>,
    /// Stands at `rest`; absent before the first page and after an abandoned one.
    cursor: Option<Box<dyn Cursor>>,
    rest: KeyRange,
    order: Order,
    limit: PageLimit,
}

impl CursorPages {
    fn cursor(&mut self) -> Result<Box<dyn Cursor>, Error> {
        if let Some(cursor) = self.cursor.take() {
            return Ok(cursor);
        }
        let view = self.published.view()?;
        Ok(view.cursor(self.rest.clone(), self.order))
    }

    fn read_here(&mut self) -> Result<Vec<Entry>, Error> {
        let mut cursor = self.cursor()?;
        let page = Page::read(cursor.as_mut(), self.limit)?;
        Ok(self.deliver(cursor, page))
    }

    async fn read_elsewhere(&mut self) -> Result<Vec<Entry>, Error> {
        let mut cursor = self.cursor()?;
        let limit = self.limit;
        let offload = self.published.offload.clone();
        let read = move || Page::read(cursor.as_mut(), limit).map(|page| (cursor, page));
        let (cursor, page) = offload.moved(read).await??;
        Ok(self.deliver(cursor, page))
    }

    fn deliver(&mut self, cursor: Box<dyn Cursor>, page: Page) -> Vec<Entry> {
        let last = page.entries.last().filter(|_| !page.is_last);
        self.rest.pass(last.map(|(key, _)| key), self.order);
        self.cursor = (!page.is_last).then_some(cursor);
        self.limit = LATER_PAGE;
        page.entries
    }
}

impl Pages for CursorPages {
    fn next_page(&mut self) -> ReadFuture<'_, Vec<Entry>> {
        if self.rest.is_empty() {
            return ReadFuture::ready(Ok(Vec::new()));
        }
        let offload = self.published.offload.clone();
        if self.limit.entries == FIRST_PAGE.entries
            && let Some(_watch) = offload.here()
        {
            return ReadFuture::ready(self.read_here());
        }
        ReadFuture::pending(self.read_elsewhere())
    }
}

/// What a cursor gave at once.
struct Page {
    entries: Vec<Entry>,
    /// Whether there is nothing behind it: nobody needs to look again, perhaps on another thread.
    is_last: bool,
}

impl Page {
    fn read(cursor: &mut dyn Cursor, limit: PageLimit) -> Result<Page, Error> {
        let mut entries = Vec::new();
        let mut bytes = 0;
        while entries.len() < limit.entries && bytes < limit.bytes {
            let Some((key, value)) = cursor.next()? else {
                return Ok(Page {
                    entries,
                    is_last: true,
                });
            };
            bytes += key.len() + value.len();
            entries.push((key, value));
        }
        Ok(Page {
            entries,
            is_last: false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::ops::Range<u8>);

    impl Cursor for Counting {
        fn next(&mut self) -> Result<Option<Entry>, Error> {
            let next = self.0.next();
            Ok(next.map(|byte| (Bytes::from(vec![byte]), Bytes::new())))
        }
    }

    #[track_caller]
    fn check(entries: u8, limit: usize, wanted: (usize, bool)) {
        let limit = PageLimit {
            entries: limit,
            bytes: 1024,
        };
        let page = Page::read(&mut Counting(0..entries), limit).unwrap();
        assert_eq!((page.entries.len(), page.is_last), wanted);
    }

    #[test]
    fn a_page_that_met_the_end_is_the_last() {
        check(3, 32, (3, true));
        check(0, 32, (0, true));
        check(3, 2, (2, false));
        check(3, 3, (3, false));
    }
}
