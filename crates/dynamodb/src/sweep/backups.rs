//! Backups whose time is over.

use super::Dropped;
use crate::Dynamodb;
use crate::backup::Backup;
use crate::error::Error;
use crate::labelled::Kind;
use kv::Order;

impl Dynamodb {
    pub(super) async fn remove_backups(&self) -> Result<(), Error> {
        let now = self.clock.now();
        let range = Kind::Backup.all().range();
        let mut backups = self.store.snapshot().scan(range, Order::Ascending);
        while let Some((key, record)) = backups.next().await? {
            let backup: Backup = kv::record::decode(&record)?;
            if !backup.is_over(now) {
                continue;
            }
            let (key, backup) = (&key, &backup);
            self.store
                .transact(|txn| async move {
                    txn.delete(key.clone());
                    Dropped {
                        table: backup.id,
                        index: None,
                    }
                    .note(&txn);
                    Ok::<(), Error>(())
                })
                .await?;
        }
        Ok(())
    }
}
