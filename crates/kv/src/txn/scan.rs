//! A scan inside a transaction: the view and the transaction's own writes as one, and exactly
//! what was passed on the way registered as read.

use super::{Attempt, State};
use crate::range::successor;
use crate::scan::Fetched;
use crate::{Entry, Error, KeyRange, Order};
use bytes::Bytes;
use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::Arc;

pub(crate) struct TxnScan {
    attempt: Arc<Attempt>,
    stored: Fetched,
    /// The next stored entry, fetched but not yet given out.
    ahead: Ahead,
    /// What is still to come.
    rest: KeyRange,
    order: Order,
    /// Where the read set has this scan; absent until it has passed something.
    registered: Option<usize>,
}

enum Ahead {
    Unknown,
    Entry(Entry),
    End,
}

impl TxnScan {
    pub(super) fn new(attempt: Arc<Attempt>, range: KeyRange, order: Order) -> TxnScan {
        let pages = Arc::clone(&attempt.view).scan(range.clone(), order);
        TxnScan {
            attempt,
            stored: Fetched::new(pages),
            ahead: Ahead::Unknown,
            rest: range,
            order,
            registered: None,
        }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Entry>, Error> {
        loop {
            if matches!(self.ahead, Ahead::Unknown) {
                let fetched = self.stored.next().await;
                let entry = self.attempt.noted(fetched)?;
                self.ahead = entry.map_or(Ahead::End, Ahead::Entry);
            }
            let attempt = Arc::clone(&self.attempt);
            let mut state = attempt.state.lock();
            state.is_open()?;
            match self.step(&state) {
                Step::Entry(entry) => {
                    self.pass(&mut state, Some(&entry.0))?;
                    return Ok(Some(entry));
                }
                Step::Deleted(key) => self.pass(&mut state, Some(&key))?,
                Step::End => {
                    self.pass(&mut state, None)?;
                    return Ok(None);
                }
            }
        }
    }

    /// Takes whichever comes first, the next stored entry or the next own write.
    fn step(&mut self, state: &State) -> Step {
        let own = self.next_own(state);
        let first = match (&self.ahead, &own) {
            (Ahead::Entry((stored, _)), Some((own, _))) => match self.order {
                Order::Ascending => stored.cmp(own),
                Order::Descending => own.cmp(stored),
            },
            (Ahead::Entry(_), None) => Ordering::Less,
            (_, Some(_)) => Ordering::Greater,
            (_, None) => return Step::End,
        };
        let stored = match first {
            Ordering::Greater => None,
            _ => match std::mem::replace(&mut self.ahead, Ahead::Unknown) {
                Ahead::Entry(entry) => Some(entry),
                _ => None,
            },
        };
        match (first, own, stored) {
            (Ordering::Less, _, Some(entry)) => Step::Entry(entry),
            (_, Some((key, Some(value))), _) => Step::Entry((key, value)),
            (_, Some((key, None)), _) => Step::Deleted(key),
            (_, None, _) => Step::End,
        }
    }

    fn next_own(&self, state: &State) -> Option<(Bytes, Option<Bytes>)> {
        if self.rest.is_empty() {
            return None;
        }
        let bounds = (
            Bound::Included(&self.rest.start),
            Bound::Excluded(&self.rest.end),
        );
        let mut writes = state.writes.range::<Bytes, _>(bounds);
        let next = match self.order {
            Order::Ascending => writes.next(),
            Order::Descending => writes.next_back(),
        };
        next.map(|(key, value)| (key.clone(), value.clone()))
    }

    /// Registers the way up to and including `key`, or all the rest, as read.
    fn pass(&mut self, state: &mut State, key: Option<&Bytes>) -> Result<(), Error> {
        if self.rest.is_empty() {
            return Ok(());
        }
        let mut passed = self.rest.clone();
        match (key, self.order) {
            (Some(key), Order::Ascending) => passed.end = successor(key),
            (Some(key), Order::Descending) => passed.start = key.clone(),
            (None, _) => {}
        }
        match self.order {
            Order::Ascending => self.rest.start = passed.end.clone(),
            Order::Descending => self.rest.end = passed.start.clone(),
        }
        let known = self.registered.and_then(|at| state.reads.range_mut(at));
        match (known, self.order) {
            (Some(range), Order::Ascending) => range.end = passed.end,
            (Some(range), Order::Descending) => range.start = passed.start,
            (None, _) => {
                let added = state.reads.add_range(passed);
                self.registered = Some(state.noted(added)?);
            }
        }
        Ok(())
    }
}

enum Step {
    Entry(Entry),
    /// An own deletion hides what is stored here, or nothing is.
    Deleted(Bytes),
    End,
}
