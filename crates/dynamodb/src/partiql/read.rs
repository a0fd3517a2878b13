//! Carrying out a SELECT: one page of it.

use super::error::StatementError;
use super::next_token::Place;
use super::select::{Plan, Query, Range};
use crate::capacity::{Consistency, Consumed, read_units};
use crate::error::Error;
use crate::item::Item;
use crate::key::KeyError;
use crate::read::{MAX_PAGE_BYTES, Stretch, check_start_key, start_position};
use crate::table::{Index, Table};
use crate::write::size_bytes;
use kv::{Order, Snapshot};
use wire::Attributes;

/// How many values of a partition key one page answers for: "Results are returned in pages of up to
/// 10 items. If the IN list contains more values, you must use the NextToken", as "PartiQL
/// arithmetic, comparison, and logical operators" in the developer guide has it.
const READS_PER_PAGE: u32 = 10;

/// What a SELECT reads from, and how.
pub struct Reader<'a> {
    pub snapshot: &'a Snapshot,
    pub table: &'a Table,
    pub index: Option<&'a Index>,
    pub consistency: Consistency,
    /// How many items are looked at, at most.
    pub limit: Option<usize>,
}

/// A page of a SELECT's answer.
#[derive(Debug, Default)]
pub struct Found {
    pub items: Vec<Attributes>,
    pub consumed: Consumed,
    /// Where to go on, if there may be more.
    pub next: Option<Place>,
}

impl Reader<'_> {
    /// # Errors
    /// [`StatementError::NextToken`] for a place that the statement does not come to; the store's.
    pub async fn read(
        &self,
        query: &Query,
        plan: &Plan,
        start: Option<Place>,
    ) -> Result<Found, Error> {
        match plan {
            Plan::Get(_) if start.is_some() => Err(StatementError::NextToken.into()),
            Plan::Get(key) => {
                let (item, consumed) = self.get(query, key).await?;
                Ok(Found {
                    items: item.into_iter().collect(),
                    consumed,
                    next: None,
                })
            }
            Plan::Ranges { ranges, order } => self.ranges(query, ranges, *order, start).await,
        }
    }

    /// The wanted parts of one item, and what reading it costs.
    ///
    /// # Errors
    /// [`KeyError::Schema`] for what is no key; the store's.
    pub async fn get(
        &self,
        query: &Query,
        key: &Item,
    ) -> Result<(Option<Attributes>, Consumed), Error> {
        let at = self.table.item_key(key).ok_or(KeyError::Schema)?;
        let record = self.snapshot.get(&at).await?;
        let bytes = record.as_ref().map_or(Ok(0), size_bytes)?;
        let item = record
            .map(|record| query.wanted.answer(&record))
            .transpose()?;
        let consumed = Consumed::of_table(read_units(bytes, self.consistency));
        Ok((item, consumed))
    }

    async fn ranges(
        &self,
        query: &Query,
        ranges: &[Range],
        order: Order,
        mut start: Option<Place>,
    ) -> Result<Found, Error> {
        let first = start.as_ref().map_or(0, |place| place.read);
        let mut found = Found::default();
        let (mut limit, mut max_bytes) = (self.limit, MAX_PAGE_BYTES);
        for (number, range) in (0..).zip(ranges).skip(position(first)) {
            let mut keys = range.keys.clone();
            if number == first.saturating_add(READS_PER_PAGE) {
                let place = Place {
                    read: number,
                    key: None,
                };
                found.next = Some(place);
                return Ok(found);
            }
            if let Some(key) = start.take().and_then(|place| place.key) {
                keys.pass(Some(&self.place(&key, &keys)?), order);
            }
            let stretch = Stretch {
                table: self.table,
                index: self.index,
                range: keys,
                order,
                limit,
                max_bytes,
                filter: query.condition.as_ref(),
                wanted: query.wanted.clone(),
                is_count: false,
                fetches: query.fetches(self.table, self.index),
                consistency: self.consistency,
            };
            let page = stretch.read(self.snapshot).await?;
            found.items.extend(page.items);
            found.consumed.add(page.consumed);
            if let Some(key) = page.last_key {
                let key = Some(key);
                found.next = Some(Place { read: number, key });
                return Ok(found);
            }
            let looked_at = usize::try_from(page.scanned_count).unwrap_or(0);
            limit = limit.map(|limit| limit.saturating_sub(looked_at));
            max_bytes = max_bytes.saturating_sub(page.read_bytes);
        }
        match start {
            // There is no read of that number.
            Some(_) => Err(StatementError::NextToken.into()),
            None => Ok(found),
        }
    }

    /// Where a read stopped, which must be in its range.
    fn place(&self, key: &Item, range: &kv::KeyRange) -> Result<bytes::Bytes, Error> {
        let invalid = || StatementError::NextToken;
        check_start_key(self.table, self.index, key).map_err(|_| invalid())?;
        let place = start_position(self.table, self.index, key);
        Ok(place
            .filter(|place| range.contains(place))
            .ok_or_else(invalid)?)
    }
}

fn position(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
