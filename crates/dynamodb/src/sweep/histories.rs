//! Images of items from before what can be recovered.

use super::{CHUNK, all_tables};
use crate::Dynamodb;
use crate::error::Error;
use crate::history::noted_image;
use crate::table::Table;
use kv::{KeyRange, Order};

impl Dynamodb {
    pub(super) async fn trim_histories(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let mut tables = self.store.snapshot().scan(all_tables(), Order::Ascending);
        while let Some((_, record)) = tables.next().await? {
            let table: Table = kv::record::decode(&record)?;
            let old = table.history.and_then(|history| history.forgettable(now));
            if let Some(old) = old {
                while self.forget_some(&old).await? {}
            }
        }
        Ok(())
    }

    /// Removes some notes with their images, and tells whether there may be more.
    async fn forget_some(&self, old: &KeyRange) -> Result<bool, Error> {
        let mut found = Vec::with_capacity(CHUNK);
        let mut notes = self.store.snapshot().scan(old.clone(), Order::Ascending);
        while found.len() < CHUNK
            && let Some((note, _)) = notes.next().await?
        {
            found.push((noted_image(&note)?, note));
        }
        let found = &found;
        self.store
            .transact(|txn| async move {
                for (image, note) in found {
                    txn.delete(image.clone());
                    txn.delete(note.clone());
                }
                Ok::<(), Error>(())
            })
            .await?;
        Ok(found.len() == CHUNK)
    }
}
