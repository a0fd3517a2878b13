//! A table's items as they were at a moment.

use super::{images, position};
use crate::error::Error;
use bytes::Bytes;
use kv::key::{KeyReader, KeyWriter};
use kv::{KeyRange, Order, Scan, Snapshot, Space};
use serde::{Deserialize, Serialize};

/// Which items: those of a table or backup, at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The id under which the items are kept.
    pub items: u64,
    /// The history that says what they were before; without one they never change.
    #[serde(default)]
    pub history: Option<u64>,
    /// The last moment whose changes count.
    #[serde(default)]
    pub moment: u64,
}

impl Source {
    /// Whether it is kept under an id of a table, a backup or a history.
    pub fn is_in(&self, id: u64) -> bool {
        self.items == id || self.history == Some(id)
    }
}

/// An item of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is in its table.
    pub position: Bytes,
    /// As it is stored.
    pub record: Bytes,
}

/// A walk over the items of a [`Source`], in the order of their positions.
pub struct Past {
    items: Ahead,
    images: Ahead,
    moment: u64,
}

/// A scan whose next entry is known.
pub(super) struct Ahead {
    scan: Option<Scan>,
    pub(super) next: Option<(Bytes, Bytes)>,
}

impl Past {
    /// Begins behind the position `after`.
    ///
    /// # Errors
    /// The store's.
    pub async fn new(
        snapshot: &Snapshot,
        source: &Source,
        after: Option<&[u8]>,
    ) -> Result<Past, Error> {
        let items = KeyWriter::new(Space::DynamodbItem).u64(source.items);
        let mut item_range = items.range();
        let mut image_range = source.history.map(|id| images(id).range());
        if let Some(after) = after {
            item_range.pass(Some(&items.raw(after).finish()), Order::Ascending);
            if let (Some(range), Some(id)) = (&mut image_range, source.history) {
                range.start = images(id).bytes(after).range().end;
            }
        }
        Ok(Past {
            items: Ahead::new(snapshot, Some(item_range)).await?,
            images: Ahead::new(snapshot, image_range).await?,
            moment: source.moment,
        })
    }

    /// The next item.
    ///
    /// # Errors
    /// The store's.
    pub async fn next(&mut self) -> Result<Option<Found>, Error> {
        loop {
            let now = self
                .items
                .next
                .as_ref()
                .map(|(key, _)| key.slice_ref(position(key)));
            let before = match &self.images.next {
                Some((key, _)) => Some(imaged(key)?.0),
                None => None,
            };
            let Some(position) = [now.clone(), before.clone()].into_iter().flatten().min() else {
                return Ok(None);
            };
            let mut record = None;
            if now.as_ref() == Some(&position) {
                record = self.items.take().await?.map(|(_, record)| record);
            }
            if before.as_ref() == Some(&position)
                && let Some(image) = self.image(&position).await?
            {
                record = Some(image).filter(|image| !image.is_empty());
            }
            if let Some(record) = record {
                return Ok(Some(Found { position, record }));
            }
        }
    }

    /// Passes the images of an item, and answers the first from after the moment: what the item
    /// was at the moment.
    async fn image(&mut self, position: &Bytes) -> Result<Option<Bytes>, Error> {
        let mut found = None;
        while let Some((key, _)) = &self.images.next {
            let (at, moment) = imaged(key)?;
            if at != *position {
                break;
            }
            let image = self.images.take().await?.map(|(_, image)| image);
            if moment > self.moment && found.is_none() {
                found = image;
            }
        }
        Ok(found)
    }
}

impl Ahead {
    pub(super) async fn new(snapshot: &Snapshot, range: Option<KeyRange>) -> Result<Ahead, Error> {
        let mut ahead = Ahead {
            scan: range.map(|range| snapshot.scan(range, Order::Ascending)),
            next: None,
        };
        ahead.take().await?;
        Ok(ahead)
    }

    pub(super) async fn take(&mut self) -> Result<Option<(Bytes, Bytes)>, Error> {
        let next = match &mut self.scan {
            Some(scan) => scan.next().await?,
            None => None,
        };
        Ok(std::mem::replace(&mut self.next, next))
    }
}

/// The position and the moment of an image.
pub(super) fn imaged(key: &[u8]) -> Result<(Bytes, u64), kv::Error> {
    let mut key = KeyReader::new(Space::DynamodbHistory, key)?;
    key.u64()?;
    key.byte()?;
    let position = key.bytes()?;
    let moment = key.u64()?;
    key.finish()?;
    Ok((position.into(), moment))
}
