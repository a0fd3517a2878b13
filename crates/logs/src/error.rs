//! What the operations refuse with.

use wire::logs::errors;
use wire::{Common, Fault};

/// A refusal of CloudWatch Logs, worded as AWS words it.
#[derive(Debug, thiserror::Error)]
pub enum LogsError {
    #[error("The specified log group does not exist.")]
    NoSuchGroup,
    #[error("The specified log stream does not exist.")]
    NoSuchStream,
    #[error("The specified log group already exists")]
    GroupExists,
    #[error("The specified log stream already exists")]
    StreamExists,
    #[error("{0}")]
    InvalidParameter(String),
    #[error("The log group is protected from deletion.")]
    DeletionProtected,
    /// Something this service knows of and does not do.
    #[error("{0}")]
    NotBuilt(&'static str),
    #[error("the store failed")]
    Store(#[from] kv::Error),
}

impl LogsError {
    pub(crate) fn invalid(message: impl Into<String>) -> LogsError {
        LogsError::InvalidParameter(message.into())
    }
}

impl From<LogsError> for Fault {
    fn from(error: LogsError) -> Fault {
        let message = error.to_string();
        match error {
            LogsError::NoSuchGroup | LogsError::NoSuchStream => {
                Fault::modelled(&errors::RESOURCE_NOT_FOUND, message)
            }
            LogsError::GroupExists | LogsError::StreamExists => {
                Fault::modelled(&errors::RESOURCE_ALREADY_EXISTS, message)
            }
            LogsError::InvalidParameter(_) => Fault::modelled(&errors::INVALID_PARAMETER, message),
            LogsError::DeletionProtected => Fault::modelled(&errors::VALIDATION, message),
            LogsError::NotBuilt(_) => Fault::common(Common::NotImplemented, message),
            LogsError::Store(error) => service::store_fault(&error),
        }
    }
}
