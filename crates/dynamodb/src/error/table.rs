//! Refusals for the table that a request names.

use wire::ErrorInfo;
use wire::dynamodb::errors;

/// What is wrong with the table that a request names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// For operations on items.
    #[error("Requested resource not found")]
    NotFound,
    /// For operations on tables.
    #[error("Requested resource not found: Table: {0} not found")]
    NoSuchTable(String),
    #[error("Requested resource not found: ResourceArn: {0} not found")]
    NoSuchResource(String),
    #[error("Requested resource not found: Index {index} for table {table}")]
    NoSuchIndex { index: String, table: String },
    /// For contributor insights.
    #[error("Requested resource not found: Index: {index} not found for table: {table}")]
    NoObservedIndex { index: String, table: String },
    /// For operations on backups.
    #[error("Table not found: {0}")]
    NoTableToBackUp(String),
    #[error("Global table not found: {0}")]
    NoGlobalTable(String),
    /// Of a table that is none.
    #[error("Global table with name: '{0}' does not exist.")]
    NotGlobal(String),
    #[error("Table already exists: {0}")]
    Exists(String),
    #[error("Attempt to change a resource which is still in use: Table is being created: {0}")]
    Busy(String),
    #[error(
        "Attempt to change a resource which is still in use: Cannot delete table while indexes are being created, updated, or deleted."
    )]
    IndexesBusy,
}

impl TableError {
    pub(super) fn info(&self) -> &'static ErrorInfo {
        match self {
            TableError::NotFound
            | TableError::NoSuchTable(_)
            | TableError::NoSuchResource(_)
            | TableError::NoSuchIndex { .. }
            | TableError::NoObservedIndex { .. }
            | TableError::NotGlobal(_) => &errors::RESOURCE_NOT_FOUND,
            TableError::NoTableToBackUp(_) => &errors::TABLE_NOT_FOUND,
            TableError::NoGlobalTable(_) => &errors::GLOBAL_TABLE_NOT_FOUND,
            TableError::Exists(_) | TableError::Busy(_) | TableError::IndexesBusy => {
                &errors::RESOURCE_IN_USE
            }
        }
    }
}
