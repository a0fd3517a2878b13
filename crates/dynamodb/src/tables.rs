//! Finding tables: their names, their records, and a cache of what the records say.
//!
//! Invariant: the cache is never believed by itself. Every operation reads the table's record in
//! its own transaction or snapshot, so it is serializable with CreateTable, UpdateTable and
//! DeleteTable; what is cached is only what those bytes mean.

use crate::error::{Error, ParameterError, TABLE_NAME, TableError};
use crate::table::Table;
use base::{AccountId, Arn, Region};
use bytes::Bytes;
use kv::key::KeyWriter;
use kv::{Order, Snapshot, Space, Txn};
use parking_lot::RwLock;
use service::Caller;
use std::collections::HashMap;
use std::sync::Arc;

/// How many tables an account may have in a region, unless AWS is asked for more.
pub const MAX_TABLES: usize = 2500;

/// The name of a table, with where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    pub account: AccountId,
    pub region: Region,
    pub name: String,
}

impl TableName {
    /// Reads a table name or a table's ARN, as operations on items take them.
    ///
    /// # Errors
    /// [`ParameterError`] for what is no name.
    pub fn read(caller: &Caller, text: &str) -> Result<TableName, Error> {
        if let Some(name) = TableName::from_arn(text) {
            if name.region != caller.region {
                return Err(ParameterError::OtherRegion(text.to_owned()).into());
            }
            return Ok(name);
        }
        check_name(text)?;
        Ok(TableName {
            account: caller.account,
            region: caller.region.clone(),
            name: text.to_owned(),
        })
    }

    /// Reads a table name or a table's ARN, as batches take them.
    ///
    /// # Errors
    /// [`ParameterError::BatchTableName`] for what is no name.
    pub fn in_batch(caller: &Caller, text: &str) -> Result<TableName, Error> {
        let shown = || ParameterError::BatchTableName(format!("{{{text}}}"));
        TableName::read(caller, text).map_err(|_| shown().into())
    }

    /// Reads a table name or a table's ARN, as transactions take them; `path` says where it is.
    ///
    /// # Errors
    /// [`ParameterError::NameAt`] for what is no name.
    pub fn in_transaction(caller: &Caller, text: &str, path: &str) -> Result<TableName, Error> {
        let at = |constraint: String| ParameterError::NameAt {
            name: text.to_owned(),
            path: path.to_owned(),
            constraint,
        };
        TableName::read(caller, text).map_err(|_| at(broken(text)).into())
    }

    /// Reads a table name or a table's ARN, as operations on tables take them.
    ///
    /// # Errors
    /// [`ParameterError`] for what is no name.
    pub fn of_table(caller: &Caller, text: &str) -> Result<TableName, Error> {
        if TableName::from_arn(text).is_none() && !(3..=255).contains(&text.len()) {
            return Err(ParameterError::TableNameLength.into());
        }
        TableName::read(caller, text)
    }

    /// The table that an ARN names, its index and stream left aside.
    pub fn from_arn(text: &str) -> Option<TableName> {
        let arn: Arn = text.parse().ok()?;
        let name = arn.resource().strip_prefix("table/")?.split('/').next()?;
        (arn.service() == "dynamodb" && check_name(name).is_ok()).then_some(())?;
        Some(TableName {
            account: arn.account().parse().ok()?,
            region: arn.region().parse().ok()?,
            name: name.to_owned(),
        })
    }

    /// The table that an ARN names, for what is attached to tables and to nothing below them.
    ///
    /// # Errors
    /// [`ParameterError`] or [`TableError`] for other ARNs.
    pub fn of_resource(arn: &str) -> Result<TableName, Error> {
        if !arn.starts_with("arn:") {
            return Err(ParameterError::NotAnArn(arn.to_owned()).into());
        }
        let owned = || arn.to_owned();
        let name = TableName::from_arn(arn).ok_or_else(|| ParameterError::TableArn(owned()))?;
        let rest = arn.strip_prefix(&name.arn()).unwrap_or(arn);
        if rest.is_empty() {
            Ok(name)
        } else if rest.starts_with("/stream/") {
            Err(TableError::NoSuchResource(owned()).into())
        } else if rest.starts_with("/index/") {
            Err(ParameterError::IndexArn(owned()).into())
        } else {
            Err(ParameterError::OtherArn(owned()).into())
        }
    }

    pub fn arn(&self) -> String {
        let resource = format!("table/{}", self.name);
        Arn::regional("dynamodb", &self.region, self.account, &resource).to_string()
    }

    /// Where the table's record is kept.
    pub fn key(&self) -> Bytes {
        TableName::prefix(self.account, &self.region)
            .text(&self.name)
            .finish()
    }

    /// What the keys of all tables of an account in a region start with.
    pub fn prefix(account: AccountId, region: &Region) -> KeyWriter {
        KeyWriter::new(Space::Dynamodb)
            .text("table")
            .account(account)
            .text(region.as_str())
    }

    /// Checks that its account may have another table in its region. Tables that are being made at
    /// the same moment are not counted: a transaction that read all names would conflict with
    /// every other that makes a table.
    ///
    /// # Errors
    /// [`ParameterError::TooManyTables`], or the store's.
    pub async fn check_room(&self, snapshot: &Snapshot) -> Result<(), Error> {
        let range = TableName::prefix(self.account, &self.region).range();
        let mut tables = snapshot.scan(range, Order::Ascending);
        for _ in 0..MAX_TABLES {
            if tables.next().await?.is_none() {
                return Ok(());
            }
        }
        Err(ParameterError::TooManyTables(MAX_TABLES).into())
    }

    /// The error of operations on items when there is no such table.
    pub fn not_found(&self) -> Error {
        TableError::NotFound.into()
    }

    /// The error of operations on tables when there is no such table.
    pub fn no_such_table(&self) -> Error {
        TableError::NoSuchTable(self.name.clone()).into()
    }
}

/// An id that no table or stream has had before.
///
/// # Errors
/// The store's.
pub async fn next_id(txn: &Txn) -> Result<u64, Error> {
    let key = KeyWriter::new(Space::Dynamodb).text("next id").finish();
    let id = match txn.get(&key).await? {
        Some(record) => kv::record::decode::<u64>(&record)?,
        None => 1,
    };
    txn.put(key, kv::record::encode(&(id + 1)));
    Ok(id)
}

/// The constraint that a name breaks.
fn broken(name: &str) -> String {
    match name.len() {
        0..3 => "Member must have length greater than or equal to 3".to_owned(),
        256.. => "Member must have length less than or equal to 255".to_owned(),
        _ => format!("Member must satisfy regular expression pattern: {TABLE_NAME}"),
    }
}

fn check_name(name: &str) -> Result<(), ParameterError> {
    let is_valid = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    match name.len() {
        0 => Err(ParameterError::EmptyTableName),
        1 | 2 => Err(ParameterError::ShortTableName(name.to_owned())),
        256.. => Err(ParameterError::LongTableName(name.to_owned())),
        _ if !name.bytes().all(is_valid) => Err(ParameterError::TableNamePattern(name.to_owned())),
        _ => Ok(()),
    }
}

/// Records that have been read, by their keys.
#[derive(Debug, Default)]
pub struct TableCache(RwLock<HashMap<Bytes, (Bytes, Arc<Table>)>>);

impl TableCache {
    /// What a record says that was just read from `key`.
    ///
    /// # Errors
    /// [`kv::Error::Corrupt`] if the record says nothing.
    pub fn meaning(&self, key: &Bytes, record: Option<Bytes>) -> Result<Option<Arc<Table>>, Error> {
        let Some(record) = record else {
            self.0.write().remove(key);
            return Ok(None);
        };
        if let Some((cached, table)) = self.0.read().get(key)
            && *cached == record
        {
            return Ok(Some(Arc::clone(table)));
        }
        let table: Arc<Table> = Arc::new(kv::record::decode(&record)?);
        self.0
            .write()
            .insert(key.clone(), (record, Arc::clone(&table)));
        Ok(Some(table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::table;

    #[test]
    fn arns_name_tables() {
        let name = TableName::from_arn("arn:aws:dynamodb:eu-west-1:123456789012:table/abc/index/x");
        let name = name.unwrap();
        assert_eq!(
            name.arn(),
            "arn:aws:dynamodb:eu-west-1:123456789012:table/abc"
        );
        for bad in [
            "abc",
            "arn:aws:s3:eu-west-1:123456789012:table/abc",
            "arn:aws:dynamodb:::table/a",
        ] {
            assert_eq!(TableName::from_arn(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_are_checked_for_length_first() {
        let check = |name: &str, message: &str| {
            let error = Error::from(check_name(name).unwrap_err());
            assert_eq!(
                error.message(),
                format!("1 validation error detected: {message}")
            );
        };
        check(
            "",
            "Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1",
        );
        check(
            "a!",
            "Value 'a!' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3",
        );
        check(
            "bad name",
            "Value 'bad name' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        );
    }

    #[test]
    fn a_changed_record_is_read_anew() {
        let cache = TableCache::default();
        let key = Bytes::from_static(b"key");
        let record = |table: &Table| Some(kv::record::encode(table));
        let first = cache.meaning(&key, record(&table())).unwrap().unwrap();
        let again = cache.meaning(&key, record(&table())).unwrap().unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let mut changed = table();
        changed.deletion_protection = true;
        let other = cache.meaning(&key, record(&changed)).unwrap().unwrap();
        assert!(other.deletion_protection);
        assert!(cache.meaning(&key, None).unwrap().is_none());
    }
}
