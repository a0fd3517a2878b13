//! Backups: items of a table as they were at a moment, and how the table was defined.
//!
//! A backup's items are kept as a table's are, under an id of the backup's own; so they are
//! copied, read and removed by what does so with tables. A backup outlives its table.

use crate::error::{BackupError, Error};
use crate::labelled::{Kind, Labelled};
use crate::table::Table;
use base::Timestamp;
use kv::Txn;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a backup is kept that the service made by itself.
const SYSTEM_LIFETIME: Duration = Duration::from_secs(35 * 24 * 60 * 60);
/// What follows a table's name in the name of the backup of a deleted table.
const DELETED_SUFFIX: &str = "$DeletedTableBackup";

/// A backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backup {
    /// Names its items in the key space; never used again.
    pub id: u64,
    pub arn: String,
    pub name: String,
    pub kind: BackupKind,
    pub state: BackupState,
    pub created_at_ms: i64,
    /// When it will be removed, if by itself.
    #[serde(default)]
    pub expires_at_ms: Option<i64>,
    pub items: i64,
    pub bytes: i64,
    /// The table as it was.
    pub table: Table,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BackupKind {
    /// Asked for.
    User,
    /// Made when a table with point-in-time recovery was deleted.
    System,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BackupState {
    /// Its items are still being copied.
    Creating,
    Available,
}

/// The backup that an ARN names.
///
/// # Errors
/// [`BackupError::Arn`]
pub fn named(arn: &str) -> Result<Labelled, Error> {
    let name = Labelled::from_arn(Kind::Backup, arn);
    Ok(name.ok_or(BackupError::Arn)?)
}

/// The error when there is no such backup.
pub fn not_found(name: &Labelled) -> Error {
    BackupError::NotFound(name.arn()).into()
}

/// The backup as a transaction reads it.
///
/// # Errors
/// [`BackupError::NotFound`], or the store's.
pub async fn read(txn: &Txn, name: &Labelled) -> Result<Backup, Error> {
    let record = txn.get(&name.key()).await?;
    Ok(kv::record::decode(&record.ok_or_else(|| not_found(name))?)?)
}

impl Backup {
    /// A backup whose items are still to be copied.
    pub fn new(id: u64, name: &Labelled, title: String, table: &Table, now: Timestamp) -> Backup {
        Backup {
            id,
            arn: name.arn(),
            name: title,
            kind: BackupKind::User,
            state: BackupState::Creating,
            created_at_ms: now.as_millis(),
            expires_at_ms: None,
            items: 0,
            bytes: 0,
            table: Table {
                history: None,
                ..table.clone()
            },
        }
    }

    /// The backup that remains of a table that is deleted.
    pub fn of_deleted(id: u64, name: &Labelled, table: &Table, now: Timestamp) -> Backup {
        let title = format!("{}{DELETED_SUFFIX}", table.name);
        Backup {
            kind: BackupKind::System,
            expires_at_ms: Some(now.saturating_add(SYSTEM_LIFETIME).as_millis()),
            ..Backup::new(id, name, title, table, now)
        }
    }

    /// Whether its time is over.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at_ms.is_some_and(|end| end <= now.as_millis())
    }
}
