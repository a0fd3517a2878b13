//! One page of a Query or Scan.

use crate::capacity::{Consistency, Consumed, read_units};
use crate::error::Error;
use crate::expression::Condition;
use crate::item::Item;
use crate::read::Wanted;
use crate::table::{Index, Table};
use crate::write::{decode, size_bytes};
use bytes::Bytes;
use kv::{KeyRange, Order, Snapshot};
use wire::Attributes;

/// Where pages end; see [`Stretch::max_bytes`].
pub const MAX_PAGE_BYTES: usize = 1024 * 1024;

/// What a page looks at, and what it keeps of it.
#[derive(Debug)]
pub struct Stretch<'a> {
    pub table: &'a Table,
    pub index: Option<&'a Index>,
    pub range: KeyRange,
    pub order: Order,
    /// How many items it looks at, at most.
    pub limit: Option<usize>,
    /// It ends once the items it has looked at have so many bytes.
    pub max_bytes: usize,
    pub filter: Option<&'a Condition>,
    pub wanted: Wanted,
    pub is_count: bool,
    /// Whether the index does not have all that is wanted, so that the table has to be read too.
    pub fetches: bool,
    pub consistency: Consistency,
}

/// What a page has found.
#[derive(Debug, Default)]
pub struct Page {
    /// Empty for a count.
    pub items: Vec<Attributes>,
    pub count: i32,
    pub scanned_count: i32,
    /// What was looked at, in bytes.
    pub read_bytes: usize,
    /// Where to go on, if there may be more.
    pub last_key: Option<Item>,
    pub consumed: Consumed,
}

/// What a page has looked at so far.
#[derive(Default)]
struct Progress {
    page: Page,
    looked_at: usize,
    /// What counts towards the page's size.
    page_bytes: usize,
    entry_bytes: usize,
    fetched_units: f64,
}

impl Stretch<'_> {
    /// Reads the page.
    ///
    /// # Errors
    /// The store's.
    pub async fn read(&self, snapshot: &Snapshot) -> Result<Page, Error> {
        let mut progress = Progress::default();
        let mut entries = snapshot.scan(self.range.clone(), self.order);
        while let Some((_, record)) = entries.next().await? {
            self.look_at(snapshot, &record, &mut progress).await?;
            let is_full = progress.page_bytes >= self.max_bytes;
            if is_full || self.limit.is_some_and(|limit| progress.looked_at >= limit) {
                let last = decode(&record)?;
                progress.page.last_key = Some(self.table.last_key(self.index, &last));
                break;
            }
        }
        let consumed = self.consumed(&progress);
        Ok(Page {
            consumed,
            read_bytes: progress.page_bytes,
            ..progress.page
        })
    }

    async fn look_at(
        &self,
        snapshot: &Snapshot,
        record: &Bytes,
        progress: &mut Progress,
    ) -> Result<(), Error> {
        let entry_bytes = size_bytes(record)?;
        progress.entry_bytes += entry_bytes;
        progress.looked_at += 1;
        progress.page.scanned_count += 1;
        let fetched = match self.fetches {
            true => self.fetch(snapshot, record).await?,
            false => None,
        };
        let record = fetched.as_ref().unwrap_or(record);
        let item_bytes = size_bytes(record)?;
        progress.page_bytes += item_bytes;
        if fetched.is_some() {
            progress.fetched_units += read_units(item_bytes, self.consistency);
        }
        if let Some(filter) = self.filter
            && !filter.evaluate(&decode(record)?)
        {
            return Ok(());
        }
        progress.page.count += 1;
        if !self.is_count {
            progress.page.items.push(self.wanted.answer(record)?);
        }
        Ok(())
    }

    /// The item that an index entry stands for.
    async fn fetch(&self, snapshot: &Snapshot, entry: &Bytes) -> Result<Option<Bytes>, Error> {
        match self.table.item_key(&decode(entry)?) {
            Some(key) => Ok(snapshot.get(&key).await?),
            None => Ok(None),
        }
    }

    fn consumed(&self, progress: &Progress) -> Consumed {
        let units = read_units(progress.entry_bytes, self.consistency);
        let Some(index) = self.index else {
            return Consumed::of_table(units);
        };
        let mut consumed = Consumed::of_table(progress.fetched_units);
        consumed.add_index(index, units);
        consumed
    }
}
