//! A walk over a range of keys.

use crate::txn::TxnScan;
use crate::{Entry, Error, Pages};
use std::vec::IntoIter;

/// The entries of a range, one after the other. Dropping a call to [`next`](Scan::next) loses
/// nothing.
pub struct Scan(Kind);

enum Kind {
    Snapshot(Fetched),
    Txn(TxnScan),
}

impl Scan {
    pub(crate) fn of_snapshot(pages: Box<dyn Pages>) -> Scan {
        Scan(Kind::Snapshot(Fetched::new(pages)))
    }

    pub(crate) fn of_txn(scan: TxnScan) -> Scan {
        Scan(Kind::Txn(scan))
    }

    /// The next entry; `None` at the end of the range.
    pub async fn next(&mut self) -> Result<Option<Entry>, Error> {
        match &mut self.0 {
            Kind::Snapshot(entries) => entries.next().await,
            Kind::Txn(scan) => scan.next().await,
        }
    }
}

/// Entries handed out one by one from the pages of a view.
pub(crate) struct Fetched {
    pages: Box<dyn Pages>,
    page: IntoIter<Entry>,
}

impl Fetched {
    pub(crate) fn new(pages: Box<dyn Pages>) -> Fetched {
        Fetched {
            pages,
            page: Vec::new().into_iter(),
        }
    }

    pub(crate) async fn next(&mut self) -> Result<Option<Entry>, Error> {
        if let Some(entry) = self.page.next() {
            return Ok(Some(entry));
        }
        self.page = self.pages.next_page().await?.into_iter();
        Ok(self.page.next())
    }
}
