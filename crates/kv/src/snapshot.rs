//! Reading without writing.

use crate::{Error, KeyRange, Order, ReadView, Scan};
use bytes::Bytes;
use std::sync::Arc;
use tokio::task::coop::consume_budget;

/// A consistent view of everything that was acknowledged when it was taken. Clones see the same.
///
/// While it lives, the store keeps what it shows; hold it for a request, not for a day.
#[derive(Clone)]
pub struct Snapshot(Arc<dyn ReadView>);

impl Snapshot {
    pub(crate) fn new(view: Arc<dyn ReadView>) -> Snapshot {
        Snapshot(view)
    }

    pub async fn get(&self, key: &[u8]) -> Result<Option<Bytes>, Error> {
        consume_budget().await;
        self.0.get(key).await
    }

    /// The entries of `range`, as they are in this snapshot.
    pub fn scan(&self, range: KeyRange, order: Order) -> Scan {
        Scan::of_snapshot(Arc::clone(&self.0).scan(range, order))
    }
}
