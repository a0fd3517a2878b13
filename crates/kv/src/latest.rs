//! The state that a commit now would build on: what is published, and over it what is accepted but
//! not durable yet.
//!
//! Who has lost over a key tries again on this, so that transactions over one key can follow each
//! other within one sync. Nothing seen here may be told to anybody before it is durable.

use crate::published::Published;
use crate::range::successor;
use crate::{Entry, Error, KeyRange, Order, Pages, ReadFuture, ReadView, WriteSet};
use bytes::Bytes;
use std::ops::Bound;
use std::sync::Arc;

/// Everything up to one version, none of it changing any more.
pub(crate) struct Latest {
    version: u64,
    /// Shows at least the version that was published when this view was made, and perhaps some of
    /// `accepted`.
    published: Arc<Published>,
    /// In their order.
    accepted: Vec<Arc<WriteSet>>,
}

impl Latest {
    /// `accepted` is all that is not published, up to `version`. Must be made while nothing can
    /// be accepted or published.
    pub(crate) fn new(
        version: u64,
        published: Arc<Published>,
        accepted: Vec<Arc<WriteSet>>,
    ) -> Latest {
        published.pin();
        Latest {
            version,
            published,
            accepted,
        }
    }

    /// What is accepted in `range`, the last word on each key.
    fn accepted_in(&self, range: &KeyRange) -> WriteSet {
        let mut writes = WriteSet::new();
        if range.is_empty() {
            return writes;
        }
        let bounds = (Bound::Included(&range.start), Bound::Excluded(&range.end));
        for accepted in &self.accepted {
            let inside = accepted.range::<Bytes, _>(bounds);
            writes.extend(inside.map(|(key, value)| (key.clone(), value.clone())));
        }
        writes
    }
}

impl ReadView for Latest {
    fn get(&self, key: &[u8]) -> ReadFuture<'static, Option<Bytes>> {
        let mut newest_first = self.accepted.iter().rev();
        match newest_first.find_map(|writes| writes.get(key)) {
            Some(value) => ReadFuture::ready(Ok(value.clone())),
            None => self.published.get(key),
        }
    }

    fn scan(self: Arc<Self>, range: KeyRange, order: Order) -> Box<dyn Pages> {
        Box::new(Overlaid {
            accepted: self.accepted_in(&range),
            published: Arc::clone(&self.published).scan(range, order),
            order,
            is_over: false,
        })
    }

    /// It is from the beginning.
    fn pin(&self) {}

    fn version(&self) -> u64 {
        self.version
    }

    fn is_acknowledged(&self) -> bool {
        self.accepted.is_empty()
    }
}

/// The pages of what is published, with what is accepted laid over them.
struct Overlaid {
    published: Box<dyn Pages>,
    /// Of what is still to come.
    accepted: WriteSet,
    order: Order,
    is_over: bool,
}

impl Overlaid {
    async fn read(&mut self) -> Result<Vec<Entry>, Error> {
        while !self.is_over {
            let page = self.published.next_page().await?;
            let page = self.overlay(page);
            if !page.is_empty() {
                return Ok(page);
            }
        }
        Ok(Vec::new())
    }

    fn overlay(&mut self, page: Vec<Entry>) -> Vec<Entry> {
        let accepted = self.accepted_up_to(page.last().map(|(key, _)| key));
        let mut merged: WriteSet = page.into_iter().map(|(k, v)| (k, Some(v))).collect();
        merged.extend(accepted);
        let present = merged.into_iter();
        let mut present: Vec<Entry> = present.filter_map(|(k, v)| Some((k, v?))).collect();
        if self.order == Order::Descending {
            present.reverse();
        }
        present
    }

    /// Takes what is accepted up to the last key of a page, or all of it after the last page.
    fn accepted_up_to(&mut self, last: Option<&Bytes>) -> WriteSet {
        let Some(last) = last else {
            self.is_over = true;
            return std::mem::take(&mut self.accepted);
        };
        match self.order {
            Order::Ascending => {
                let later = self.accepted.split_off(&successor(last));
                std::mem::replace(&mut self.accepted, later)
            }
            Order::Descending => self.accepted.split_off(last),
        }
    }
}

impl Pages for Overlaid {
    fn next_page(&mut self) -> ReadFuture<'_, Vec<Entry>> {
        ReadFuture::pending(self.read())
    }
}

#[cfg(test)]
mod tests;
