//! Backups: items of a table as they were at a moment, and how the table was defined.
//!
//! A backup's items are kept as a table's are, under an id of the backup's own; so they are
//! copied, read and removed by what does so with tables. A backup outlives its table.

use crate::error::{BackupError, Error};
use crate::table::Table;
use crate::tables::TableName;
use base::{AccountId, Arn, Entropy, Region, Timestamp};
use bytes::Bytes;
use kv::key::KeyWriter;
use kv::{Space, Txn};
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

/// The name of a backup, with where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupName {
    pub table: TableName,
    /// When it was made, in milliseconds, and something random.
    pub label: String,
}

impl BackupName {
    /// A name for a new backup of a table.
    pub fn new(table: &TableName, now: Timestamp, entropy: &Entropy) -> BackupName {
        let random = u32::from_be_bytes(entropy.bytes());
        BackupName {
            table: table.clone(),
            label: format!("{:014}-{random:08x}", now.as_millis()),
        }
    }

    /// The backup that an ARN names.
    ///
    /// # Errors
    /// [`BackupError::Arn`]
    pub fn from_arn(text: &str) -> Result<BackupName, Error> {
        let read = || {
            let table = TableName::from_arn(text)?;
            let arn: Arn = text.parse().ok()?;
            let (_, label) = arn.resource().split_once("/backup/")?;
            let name = BackupName {
                table,
                label: label.to_owned(),
            };
            (name.arn() == text).then_some(name)
        };
        Ok(read().ok_or_else(|| BackupError::Arn(text.to_owned()))?)
    }

    pub fn arn(&self) -> String {
        format!("{}/backup/{}", self.table.arn(), self.label)
    }

    /// Where the backup's record is kept.
    pub fn key(&self) -> Bytes {
        BackupName::of_table(&self.table).text(&self.label).finish()
    }

    /// What the keys of all backups of a table start with.
    pub fn of_table(table: &TableName) -> KeyWriter {
        BackupName::of_account(table.account, &table.region).text(&table.name)
    }

    /// What the keys of all backups of an account in a region start with.
    pub fn of_account(account: AccountId, region: &Region) -> KeyWriter {
        BackupName::all().account(account).text(region.as_str())
    }

    /// What the keys of all backups start with.
    pub fn all() -> KeyWriter {
        KeyWriter::new(Space::Dynamodb).text("backup")
    }

    /// The error when there is no such backup.
    pub fn not_found(&self) -> Error {
        BackupError::NotFound(self.arn()).into()
    }

    /// The backup as a transaction reads it.
    ///
    /// # Errors
    /// [`BackupError::NotFound`], or the store's.
    pub async fn read(&self, txn: &Txn) -> Result<Backup, Error> {
        let record = txn.get(&self.key()).await?;
        let record = record.ok_or_else(|| self.not_found())?;
        Ok(kv::record::decode(&record)?)
    }
}

impl Backup {
    /// A backup whose items are still to be copied.
    pub fn new(id: u64, name: &BackupName, title: String, table: &Table, now: Timestamp) -> Backup {
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
    pub fn of_deleted(id: u64, name: &BackupName, table: &Table, now: Timestamp) -> Backup {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_name_backups() {
        let arn =
            "arn:aws:dynamodb:eu-west-1:123456789012:table/abc/backup/01489602797149-73d8d5bc";
        let name = BackupName::from_arn(arn).unwrap();
        assert_eq!(name.label, "01489602797149-73d8d5bc");
        assert_eq!(name.arn(), arn);
        for bad in [
            "arn:aws:dynamodb:eu-west-1:123456789012:table/abc",
            "arn:aws:dynamodb:eu-west-1:123456789012:table/abc/stream/x",
            "backup",
        ] {
            assert!(BackupName::from_arn(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_tell_when_they_were_made() {
        let table = TableName::from_arn("arn:aws:dynamodb:eu-west-1:123456789012:table/abc");
        let now = Timestamp::from_millis(1_489_602_797_149);
        let name = BackupName::new(&table.unwrap(), now, &Entropy::seeded(1));
        assert!(name.label.starts_with("01489602797149-"));
        assert_eq!(name.label.len(), 23);
    }
}
