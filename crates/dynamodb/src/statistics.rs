//! How many items a table has, and how large they are.
//!
//! Nothing is counted while items are written: a counter would make every write of a table
//! conflict with every other one. Who asks gets a count of the items themselves. A count that
//! takes long goes on in the background, and meanwhile the one before it is shown; DynamoDB's own
//! numbers are some hours old.

use crate::error::Error;
use crate::table::{Index, Table};
use crate::write::size_bytes;
use base::{Clock, Timestamp};
use kv::{KeyRange, Order, Snapshot, Store};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long an answer waits for a count.
const PATIENCE: Duration = Duration::from_millis(100);
/// How old a count may be that took longer than that.
const MAX_AGE: Duration = Duration::from_secs(600);

/// Items and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub items: i64,
    pub bytes: i64,
}

/// The counts of a table and its indexes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub table: Count,
    indexes: BTreeMap<u64, Count>,
}

impl Counts {
    pub fn of(&self, index: &Index) -> Count {
        self.indexes.get(&index.id).copied().unwrap_or_default()
    }
}

/// The last counts, by the tables' ids.
#[derive(Debug, Clone, Default)]
pub struct Statistics(Arc<Mutex<BTreeMap<u64, Known>>>);

#[derive(Debug, Clone, Default)]
struct Known {
    counts: Counts,
    /// Until when no other count is begun, for one that took long or is under way.
    holds_until: Option<Timestamp>,
}

impl Statistics {
    /// The table's counts, fresh if they can be had soon.
    pub async fn of(&self, store: &Store, clock: &Clock, table: &Arc<Table>) -> Counts {
        let now = clock.now();
        let holds_until = Some(now.saturating_add(MAX_AGE));
        {
            let mut known = self.0.lock();
            let known = known.entry(table.id).or_default();
            if known.holds_until.is_some_and(|until| now < until) {
                return known.counts.clone();
            }
            known.holds_until = holds_until;
        }
        let counting = tokio::spawn(count_into(
            self.clone(),
            store.snapshot(),
            Arc::clone(table),
        ));
        let is_soon = timeout(PATIENCE, counting).await.is_ok();
        let mut known = self.0.lock();
        let known = known.entry(table.id).or_default();
        if is_soon {
            known.holds_until = None;
        }
        known.counts.clone()
    }

    /// Forgets a table that is no more.
    pub fn forget(&self, table: &Table) {
        self.0.lock().remove(&table.id);
    }
}

async fn count_into(statistics: Statistics, snapshot: Snapshot, table: Arc<Table>) {
    match count(&snapshot, &table).await {
        Ok(counts) => statistics.0.lock().entry(table.id).or_default().counts = counts,
        Err(error) => tracing::warn!(table = table.name, ?error, "cannot count items"),
    }
}

async fn count(snapshot: &Snapshot, table: &Table) -> Result<Counts, Error> {
    let mut counts = Counts {
        table: count_range(snapshot, table.items_prefix().range()).await?,
        indexes: BTreeMap::new(),
    };
    for index in &table.indexes {
        let range = table.index_prefix(index).range();
        counts
            .indexes
            .insert(index.id, count_range(snapshot, range).await?);
    }
    Ok(counts)
}

async fn count_range(snapshot: &Snapshot, range: KeyRange) -> Result<Count, Error> {
    let mut count = Count::default();
    let mut entries = snapshot.scan(range, Order::Ascending);
    while let Some((_, record)) = entries.next().await? {
        count.items += 1;
        count.bytes += i64::try_from(size_bytes(&record)?).unwrap_or(i64::MAX);
    }
    Ok(count)
}
