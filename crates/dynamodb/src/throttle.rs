//! Throttling, for those who ask for it: what is consumed per second is held to what tables,
//! indexes and partitions may have.
//!
//! A bucket fills at its rate and holds what five minutes bring, as DynamoDB's burst capacity
//! does; the ceilings of on-demand tables hold one second's. A request is let in while there is
//! something in the bucket, and takes what it cost when that is known, so that the level may
//! fall below zero. Knows only this process.

use crate::capacity::Consumed;
use crate::error::Error;
use crate::history::position;
use crate::key::HASH_BYTES;
use crate::table::{BillingMode, Index, OnDemand, Table, Throughput};
use base::Timestamp;
use bytes::Bytes;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many seconds' capacity a provisioned table may save.
const BURST_S: f64 = 300.0;
/// What a partition can give, in units per second.
const PARTITION_READS: f64 = 3000.0;
const PARTITION_WRITES: f64 = 1000.0;
/// How many buckets of partitions are kept before the full ones are forgotten.
const MAX_BUCKETS: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    Read,
    Write,
}

/// Why a request was not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Throttled {
    pub limit: Limit,
    pub direction: Direction,
    pub is_index: bool,
    /// The ARN of the table or index.
    pub resource: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Provisioned,
    OnDemand,
    Partition,
}

impl Throttled {
    /// As `ThrottlingReasons` names it, such as `TableReadProvisionedThroughputExceeded`.
    pub fn reason(&self) -> String {
        let resource = if self.is_index { "Index" } else { "Table" };
        let direction = match self.direction {
            Direction::Read => "Read",
            Direction::Write => "Write",
        };
        let limit = match self.limit {
            Limit::Provisioned => "ProvisionedThroughputExceeded",
            Limit::OnDemand => "MaxOnDemandThroughputExceeded",
            Limit::Partition => "KeyRangeThroughputExceeded",
        };
        format!("{resource}{direction}{limit}")
    }
}

/// What has a bucket: a table (index 0), an index, or a partition of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Bucket {
    table: u64,
    index: u64,
    partition: Option<[u8; HASH_BYTES]>,
    direction: Direction,
}

#[derive(Debug, Clone, Copy)]
struct Level {
    units: f64,
    at: Timestamp,
}

/// The rate of a bucket, and what it holds.
#[derive(Debug, Clone, Copy)]
struct Rate {
    per_second: f64,
    holds: f64,
    limit: Limit,
}

/// The buckets.
#[derive(Debug, Clone, Default)]
pub struct Throttle(Arc<Mutex<BTreeMap<Bucket, Level>>>);

impl Throttle {
    /// Lets a request in that reads from a table or index.
    ///
    /// # Errors
    /// [`Throttled`]
    pub fn admit_read(
        &self,
        now: Timestamp,
        table: &Table,
        index: Option<&Index>,
        key: Option<&Bytes>,
    ) -> Result<(), Error> {
        Ok(self.admit(now, table, index, Direction::Read, key)?)
    }

    /// Lets a request in that writes an item and all its entries in indexes.
    ///
    /// # Errors
    /// [`Throttled`]
    pub fn admit_write(&self, now: Timestamp, table: &Table, key: &Bytes) -> Result<(), Error> {
        self.admit(now, table, None, Direction::Write, Some(key))?;
        for index in table.global_indexes() {
            self.admit(now, table, Some(index), Direction::Write, None)?;
        }
        Ok(())
    }

    fn admit(
        &self,
        now: Timestamp,
        table: &Table,
        index: Option<&Index>,
        direction: Direction,
        key: Option<&Bytes>,
    ) -> Result<(), Throttled> {
        let levels = self.0.lock();
        for (bucket, rate) in buckets(table, index, direction, key) {
            let level = levels.get(&bucket).map(|level| level.now(now, rate));
            if level.is_some_and(|units| units <= 0.0) {
                return Err(Throttled {
                    limit: rate.limit,
                    direction,
                    is_index: index.is_some(),
                    resource: match index {
                        Some(index) => table.index_arn(&index.name),
                        None => table.arn.clone(),
                    },
                });
            }
        }
        Ok(())
    }

    /// Takes what a request consumed.
    pub fn charge(
        &self,
        now: Timestamp,
        table: &Table,
        consumed: &Consumed,
        direction: Direction,
        key: Option<&Bytes>,
    ) {
        let local: f64 = consumed.local.values().sum();
        self.take(now, table, None, direction, key, consumed.table + local);
        for (name, units) in &consumed.global {
            self.take(now, table, table.index(name), direction, None, *units);
        }
    }

    fn take(
        &self,
        now: Timestamp,
        table: &Table,
        index: Option<&Index>,
        direction: Direction,
        key: Option<&Bytes>,
        units: f64,
    ) {
        let mut levels = self.0.lock();
        for (bucket, rate) in buckets(table, index, direction, key) {
            let left = levels.get(&bucket).map(|level| level.now(now, rate));
            let units = left.unwrap_or(rate.holds) - units;
            levels.insert(bucket, Level { units, at: now });
        }
        if levels.len() > MAX_BUCKETS {
            // A partition that is not asked for is full again after a second.
            levels.retain(|bucket, level| {
                bucket.partition.is_none() || now.since(level.at).as_secs_f64() < 1.0
            });
        }
    }
}

impl Level {
    fn now(&self, now: Timestamp, rate: Rate) -> f64 {
        let gained = now.since(self.at).as_secs_f64() * rate.per_second;
        (self.units + gained).min(rate.holds)
    }
}

/// The buckets that a request draws from.
fn buckets(
    table: &Table,
    index: Option<&Index>,
    direction: Direction,
    key: Option<&Bytes>,
) -> impl Iterator<Item = (Bucket, Rate)> {
    // A local index shares its table's capacity.
    let global = index.filter(|index| index.reach == crate::table::Reach::Global);
    let (throughput, ceilings) = match global {
        Some(index) => (index.throughput, index.on_demand),
        None => (table.throughput, table.on_demand),
    };
    let bucket = Bucket {
        table: table.id,
        index: global.map_or(0, |index| index.id),
        partition: None,
        direction,
    };
    let whole = rate(table.billing.mode, throughput, ceilings, direction);
    let hash = key.and_then(|key| position(key).first_chunk::<HASH_BYTES>().copied());
    let of_partition = hash.map(|hash| {
        let per_second = match direction {
            Direction::Read => PARTITION_READS,
            Direction::Write => PARTITION_WRITES,
        };
        let rate = Rate {
            per_second,
            holds: per_second,
            limit: Limit::Partition,
        };
        let partition = Some(hash);
        (
            Bucket {
                partition,
                ..bucket
            },
            rate,
        )
    });
    whole
        .map(|rate| (bucket, rate))
        .into_iter()
        .chain(of_partition)
}

/// What a table or index may have; nothing if it has no bounds.
fn rate(
    mode: BillingMode,
    throughput: Throughput,
    ceilings: OnDemand,
    direction: Direction,
) -> Option<Rate> {
    let (provisioned, ceiling) = match direction {
        Direction::Read => (throughput.read, ceilings.max_read),
        Direction::Write => (throughput.write, ceilings.max_write),
    };
    let (units, burst_s, limit) = match mode {
        BillingMode::Provisioned => (provisioned, BURST_S, Limit::Provisioned),
        BillingMode::PayPerRequest => (ceiling?, 1.0, Limit::OnDemand),
    };
    // Far below the integers that doubles miss, as all that can be provisioned.
    let per_second = f64::from(u32::try_from(units).unwrap_or(u32::MAX));
    Some(Rate {
        per_second,
        holds: per_second * burst_s,
        limit,
    })
}
