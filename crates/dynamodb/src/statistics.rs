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
use tokio::sync::watch;
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
    state: State,
}

#[derive(Debug, Clone, Default)]
enum State {
    /// Nothing is under way: who asks next gets a new count.
    #[default]
    Idle,
    /// A count is under way; the channel closes when it has ended.
    Counting(watch::Receiver<()>),
    /// The last count took long, or still does: it is good until then.
    Good(Timestamp),
}

impl Statistics {
    /// The table's counts, fresh if they can be had soon.
    pub async fn of(&self, store: &Store, clock: &Clock, table: &Arc<Table>) -> Counts {
        let now = clock.now();
        if let Some(mut count) = self.counting(store, now, table)
            && timeout(PATIENCE, count.changed()).await.is_err()
        {
            let good = State::Good(now.saturating_add(MAX_AGE));
            self.0.lock().entry(table.id).or_default().state = good;
        }
        self.0.lock().entry(table.id).or_default().counts.clone()
    }

    /// The count that is under way, begun now if need be; nothing if the last one is good.
    fn counting(
        &self,
        store: &Store,
        now: Timestamp,
        table: &Arc<Table>,
    ) -> Option<watch::Receiver<()>> {
        let mut known = self.0.lock();
        let known = known.entry(table.id).or_default();
        match &known.state {
            State::Good(until) if now < *until => return None,
            State::Counting(count) => return Some(count.clone()),
            State::Good(_) | State::Idle => {}
        }
        let (end, count) = watch::channel(());
        known.state = State::Counting(count.clone());
        let (this, snapshot, table) = (self.clone(), store.snapshot(), Arc::clone(table));
        tokio::spawn(async move {
            this.count(&snapshot, &table).await;
            drop(end);
        });
        Some(count)
    }

    async fn count(&self, snapshot: &Snapshot, table: &Table) {
        let counts = count(snapshot, table).await;
        let mut known = self.0.lock();
        let known = known.entry(table.id).or_default();
        match counts {
            Ok(counts) => known.counts = counts,
            Err(error) => tracing::warn!(table = table.name, ?error, "cannot count items"),
        }
        if matches!(known.state, State::Counting(_)) {
            known.state = State::Idle;
        }
    }

    /// Forgets a table that is no more.
    pub fn forget(&self, table: &Table) {
        self.0.lock().remove(&table.id);
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
