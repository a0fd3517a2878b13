//! What changed between two moments.

use super::past::{Ahead, imaged};
use super::{Source, images};
use crate::error::Error;
use bytes::Bytes;
use kv::Snapshot;
use kv::Space;
use kv::key::KeyWriter;

/// An item that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// As it was stored before, if there was one.
    pub old: Option<Bytes>,
    /// As it was stored afterwards, if there was one.
    pub new: Option<Bytes>,
    /// Its last change that counts.
    pub moment: u64,
}

/// A walk over the items of a [`Source`] that changed after a moment and up to the source's.
pub struct Changes {
    snapshot: Snapshot,
    images: Ahead,
    source: Source,
    from: u64,
}

impl Changes {
    /// # Errors
    /// The store's.
    pub async fn new(snapshot: &Snapshot, source: &Source, from: u64) -> Result<Changes, Error> {
        let range = source.history.map(|id| images(id).range());
        Ok(Changes {
            snapshot: snapshot.clone(),
            images: Ahead::new(snapshot, range).await?,
            source: *source,
            from,
        })
    }

    /// The next item that changed.
    ///
    /// # Errors
    /// The store's.
    pub async fn next(&mut self) -> Result<Option<Changed>, Error> {
        while let Some((key, _)) = &self.images.next {
            let position = imaged(key)?.0;
            if let Some(changed) = self.item(&position).await? {
                return Ok(Some(changed));
            }
        }
        Ok(None)
    }

    /// What happened to an item, all of whose images are passed.
    async fn item(&mut self, position: &Bytes) -> Result<Option<Changed>, Error> {
        let (mut old, mut new, mut last) = (None, None, None);
        while let Some((key, _)) = &self.images.next {
            let (at, moment) = imaged(key)?;
            if at != *position {
                break;
            }
            let image = self.images.take().await?.map(|(_, image)| image);
            if moment <= self.from {
                continue;
            }
            if moment <= self.source.moment {
                old = old.or(image);
                last = Some(moment);
            } else {
                new = new.or(image);
            }
        }
        let Some(moment) = last else {
            return Ok(None);
        };
        if new.is_none() {
            let items = KeyWriter::new(Space::DynamodbItem).u64(self.source.items);
            new = self.snapshot.get(&items.raw(position).finish()).await?;
        }
        let is_there = |image: &Bytes| !image.is_empty();
        Ok(Some(Changed {
            old: old.filter(is_there),
            new: new.filter(is_there),
            moment,
        }))
    }
}
