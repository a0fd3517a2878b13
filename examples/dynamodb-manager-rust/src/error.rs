//! What goes wrong, as Lambda reports it: a type and a message.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use lambda_runtime::Diagnostic;
use std::fmt::Debug;

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    UnrecognizedOperation(String),
    MissingTableName,
    /// The payload is not what the operation takes.
    Payload(serde_json::Error),
    /// DynamoDB refused.
    Refused {
        operation: &'static str,
        code: String,
        message: String,
    },
    /// DynamoDB was not reached, or did not answer.
    Unreached(String),
}

impl Failure {
    /// What an operation of the client ended with.
    pub fn of<E, R>(operation: &'static str, error: SdkError<E, R>) -> Failure
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: Debug,
    {
        match error.as_service_error() {
            Some(refusal) => Failure::Refused {
                operation,
                code: refusal.code().unwrap_or("Unknown").to_owned(),
                message: refusal.message().unwrap_or("Unknown").to_owned(),
            },
            None => Failure::Unreached(DisplayErrorContext(&error).to_string()),
        }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Failure {
        Failure::Payload(error)
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Diagnostic {
        let (error_type, error_message) = match failure {
            Failure::UnrecognizedOperation(name) => (
                "InvalidRequest".to_owned(),
                format!("Unrecognized operation \"{name}\""),
            ),
            Failure::MissingTableName => (
                "InvalidRequest".to_owned(),
                "Missing \"tableName\"".to_owned(),
            ),
            Failure::Payload(error) => ("InvalidRequest".to_owned(), error.to_string()),
            Failure::Refused {
                operation,
                code,
                message,
            } => {
                let text = format!(
                    "An error occurred ({code}) when calling the {operation} operation: {message}"
                );
                (code, text)
            }
            Failure::Unreached(text) => ("Unreached".to_owned(), text),
        };
        Diagnostic {
            error_type,
            error_message,
        }
    }
}
