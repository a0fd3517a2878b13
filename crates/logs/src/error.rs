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
    #[error("The specified subscription filter does not exist.")]
    NoSuchSubscription,
    #[error("Policy with name [{0}] does not exist.")]
    NoSuchPolicy(String),
    #[error("Resource limit exceeded.")]
    LimitExceeded,
    #[error("LogGroup name and LogGroup ARN are mutually exclusive parameters.")]
    NameAndArn,
    #[error(
        "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies \
         to create cross account lambda triggers."
    )]
    ForeignFunction,
    #[error(
        "Could not execute the lambda function. Make sure you have given CloudWatch Logs \
         permission to execute your function."
    )]
    NotInvokable,
    #[error("destinationArn for vendor {0} cannot be used without roleArn")]
    DestinationWithoutRole(String),
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
            LogsError::NoSuchGroup
            | LogsError::NoSuchStream
            | LogsError::NoSuchSubscription
            | LogsError::NoSuchPolicy(_) => Fault::modelled(&errors::RESOURCE_NOT_FOUND, message),
            LogsError::LimitExceeded => Fault::modelled(&errors::LIMIT_EXCEEDED, message),
            LogsError::ForeignFunction => Fault::modelled(&errors::ACCESS_DENIED, message),
            LogsError::GroupExists | LogsError::StreamExists => {
                Fault::modelled(&errors::RESOURCE_ALREADY_EXISTS, message)
            }
            LogsError::InvalidParameter(_)
            | LogsError::NotInvokable
            | LogsError::DestinationWithoutRole(_) => {
                Fault::modelled(&errors::INVALID_PARAMETER, message)
            }
            LogsError::DeletionProtected | LogsError::NameAndArn => {
                Fault::modelled(&errors::VALIDATION, message)
            }
            LogsError::NotBuilt(_) => Fault::common(Common::NotImplemented, message),
            LogsError::Store(error) => service::store_fault(&error),
        }
    }
}
