//! What DynamoDB refuses with, in AWS's words.
//!
//! Most refusals are `ValidationException`s whose words are the same everywhere. Those about the
//! values and expressions of a request are worded by the validation layer that AWS runs an
//! operation on, see [`Wording`].

mod backup;
mod cancellation;
mod export;
mod parameter;
mod resource_policy;
mod schema;
mod stream;
mod table;
mod throttled;

pub use backup::BackupError;
pub use cancellation::Reason;
pub use export::ExportError;
pub use parameter::{LegacyError, ParameterError, SelectError, TABLE_NAME};
pub use resource_policy::{PolicyError, RevisionError};
pub use schema::SchemaError;
pub use stream::StreamError;
pub use table::TableError;

use crate::expression::{Invalid, KeyConditionError, PlaceholderError, UpdateError};
use crate::item::{Item, Type, answered};
use crate::key::KeyError;
use crate::number::NumberError;
use crate::partiql::StatementError;
use crate::throttle::Throttled;
use crate::values::ValueError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;
use wire::dynamodb::errors;
use wire::{Common, EncodeJson, ErrorInfo, Fault, JsonWriter};

/// A refusal of an operation.
#[derive(Debug, Clone)]
pub struct Error {
    pub kind: ErrorKind,
    pub wording: Wording,
}

/// How an operation words what is wrong with values and expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wording {
    /// GetItem, BatchGetItem, Query and Scan: the words alone.
    #[default]
    Bare,
    /// PutItem, UpdateItem and DeleteItem: after `1 validation error detected: `.
    Enveloped,
    /// BatchWriteItem, transactions and PartiQL: the words of an older validation layer.
    Older,
}

/// What is refused.
#[derive(Debug, Clone)]
pub enum ErrorKind {
    /// A value in an item, a key or a legacy condition.
    Value(ValueError),
    /// A value that a placeholder stands for.
    ExpressionValue {
        key: String,
        error: ValueError,
    },
    /// A value in an ExclusiveStartKey.
    StartKeyValue(ValueError),
    Expression(Invalid),
    Placeholder(PlaceholderError),
    KeyCondition(KeyConditionError),
    Update(UpdateError),
    Key(KeyError),
    Parameter(ParameterError),
    Table(TableError),
    Stream(StreamError),
    Backup(BackupError),
    Policy(PolicyError),
    Export(ExportError),
    Throttled(Throttled),
    /// A PartiQL statement.
    Statement(StatementError),
    /// One of the statements of a transaction, by its position.
    InTransaction(usize, Box<Error>),
    /// With the item, if it was asked for.
    ConditionalCheckFailed(Option<Item>),
    /// An item that was to be new is there already.
    DuplicateItem,
    /// A transaction, with a reason for each of its actions.
    Canceled(Vec<Reason>),
    /// Where AWS does not tell what is missing from what is forbidden.
    AccessDenied {
        user: String,
        action: &'static str,
        resource: String,
    },
    /// An operation of the front-end model that is known and not built.
    NotImplemented(&'static str),
    Store(kv::Error),
}

impl Error {
    /// Words the refusal as `wording` does.
    #[must_use]
    pub fn worded(self, wording: Wording) -> Error {
        Error { wording, ..self }
    }

    /// Whether AWS reports this while it reads the request, so that it may go into the envelope.
    fn is_of_the_request(&self) -> bool {
        match &self.kind {
            ErrorKind::Value(error)
            | ErrorKind::ExpressionValue { error, .. }
            | ErrorKind::StartKeyValue(error) => {
                !matches!(error, ValueError::Unset | ValueError::Ambiguous)
            }
            ErrorKind::Expression(_) | ErrorKind::Placeholder(_) => true,
            ErrorKind::Parameter(error) => error.is_of_the_request(),
            _ => false,
        }
    }

    /// AWS's message.
    pub fn message(&self) -> String {
        let words = self.words();
        if self.wording == Wording::Enveloped && self.is_of_the_request() {
            return format!("1 validation error detected: {words}");
        }
        words
    }

    fn words(&self) -> String {
        match &self.kind {
            ErrorKind::Value(error) => value_words(error, self.wording),
            ErrorKind::ExpressionValue { key, error } => {
                let words = value_words(error, self.wording);
                let is_wrapped = match error {
                    ValueError::Unset | ValueError::Ambiguous | ValueError::EmptyName => true,
                    ValueError::TooDeep => false,
                    _ => self.wording == Wording::Older,
                };
                if is_wrapped {
                    return format!(
                        "ExpressionAttributeValues contains invalid value: {words} for key {key}"
                    );
                }
                words
            }
            ErrorKind::StartKeyValue(error) => {
                let words = value_words(error, self.wording);
                match error {
                    ValueError::Unset | ValueError::Ambiguous => {
                        format!("The provided starting key is invalid: {words}")
                    }
                    _ => words,
                }
            }
            ErrorKind::Expression(error) => error.to_string(),
            ErrorKind::Placeholder(error) => error.to_string(),
            ErrorKind::KeyCondition(error) => error.to_string(),
            ErrorKind::Update(error) => error.to_string(),
            ErrorKind::Key(error) => error.to_string(),
            ErrorKind::Parameter(error) => error.to_string(),
            ErrorKind::Table(error) => error.to_string(),
            ErrorKind::Stream(error) => error.to_string(),
            ErrorKind::Backup(error) => error.to_string(),
            ErrorKind::Policy(error) => error.to_string(),
            ErrorKind::Statement(error) => error.to_string(),
            ErrorKind::InTransaction(position, error) => format!(
                "Validation failed in TransactStatements[{position}]: {}",
                error.message()
            ),
            ErrorKind::DuplicateItem => "Duplicate primary key exists in table".to_owned(),
            ErrorKind::Export(error) => error.to_string(),
            ErrorKind::Throttled(throttled) => throttled.words().to_owned(),
            ErrorKind::ConditionalCheckFailed(_) => "The conditional request failed".to_owned(),
            ErrorKind::Canceled(reasons) => {
                let codes: Vec<&str> = reasons.iter().map(Reason::code).collect();
                format!(
                    "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
                    codes.join(", ")
                )
            }
            ErrorKind::AccessDenied {
                user,
                action,
                resource,
            } => {
                format!(
                    "User: {user} is not authorized to perform: {action} on resource: {resource}"
                )
            }
            ErrorKind::NotImplemented(what) => format!("{what} is not implemented"),
            ErrorKind::Store(error) => error.to_string(),
        }
    }
}

macro_rules! from {
    ($($variant:ident($error:ty)),* $(,)?) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Error {
                ErrorKind::$variant(error).into()
            }
        })*
    };
}

from!(
    Value(ValueError),
    Expression(Invalid),
    Placeholder(PlaceholderError),
    KeyCondition(KeyConditionError),
    Update(UpdateError),
    Key(KeyError),
    Parameter(ParameterError),
    Table(TableError),
    Stream(StreamError),
    Backup(BackupError),
    Policy(PolicyError),
    Export(ExportError),
    Throttled(Throttled),
    Statement(StatementError),
    Store(kv::Error),
);

impl From<SchemaError> for Error {
    fn from(error: SchemaError) -> Error {
        ParameterError::Schema(error).into()
    }
}

impl From<LegacyError> for Error {
    fn from(error: LegacyError) -> Error {
        ParameterError::Legacy(error).into()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Error {
        Error {
            kind,
            wording: Wording::default(),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Fault {
        let message = error.message();
        match error.kind {
            ErrorKind::Table(table) => Fault::modelled(table.info(), message),
            ErrorKind::Policy(PolicyError::NotFound(_) | PolicyError::Revision(_)) => {
                Fault::modelled(&errors::POLICY_NOT_FOUND, message)
            }
            ErrorKind::Throttled(throttled) => throttled.fault(message),
            ErrorKind::Export(export) => match export.info() {
                Some(info) => Fault::modelled(info, message),
                None => Fault::common(Common::Validation, message),
            },
            ErrorKind::Backup(backup) => match backup.info() {
                Some(info) => Fault::modelled(info, message),
                None => Fault::common(Common::Validation, message),
            },
            ErrorKind::Stream(stream) => match stream.info() {
                Some(info) => Fault::modelled(info, message),
                None => Fault::common(Common::Validation, message),
            },
            ErrorKind::Parameter(
                ParameterError::IndexesAtOnce
                | ParameterError::TooManyIndexes
                | ParameterError::TooManyTables(_),
            ) => Fault::modelled(&errors::LIMIT_EXCEEDED, message),
            ErrorKind::Parameter(ParameterError::TokenMismatch) => {
                Fault::modelled(&errors::IDEMPOTENT_PARAMETER_MISMATCH, message)
            }
            ErrorKind::Canceled(reasons) => Fault::modelled(&errors::TRANSACTION_CANCELED, message)
                .with("CancellationReasons", json(&reasons)),
            ErrorKind::ConditionalCheckFailed(None) => {
                Fault::modelled(&errors::CONDITIONAL_CHECK_FAILED, message)
            }
            ErrorKind::ConditionalCheckFailed(Some(item)) => {
                Fault::modelled(&CONDITIONAL_CHECK_FAILED_WITH_ITEM, message)
                    .with("Item", json(&answered(&item)))
            }
            ErrorKind::DuplicateItem => Fault::modelled(&errors::DUPLICATE_ITEM, message),
            ErrorKind::AccessDenied { .. } => Fault::common(Common::AccessDenied, message),
            ErrorKind::NotImplemented(_) => Fault::common(Common::NotImplemented, message),
            ErrorKind::Store(error) => service::store_fault(&error),
            _ => Fault::common(Common::Validation, message),
        }
    }
}

/// A value as JSON text, for the further members of an error.
fn json(value: &impl EncodeJson) -> String {
    let mut out = JsonWriter::new();
    value.json(&mut out);
    String::from_utf8_lossy(&out.finish()).into_owned()
}

/// As its model has it, but for the member of the message: with the item, AWS writes it with a
/// capital.
static CONDITIONAL_CHECK_FAILED_WITH_ITEM: ErrorInfo = ErrorInfo {
    shape: "ConditionalCheckFailedException",
    code: "ConditionalCheckFailedException",
    status: 400,
    message_member: "Message",
    typed: false,
    sender: true,
};

const INVALID: &str = "One or more parameter values were invalid: ";

fn value_words(error: &ValueError, wording: Wording) -> String {
    let is_older = wording == Wording::Older;
    match error {
        ValueError::Unset => {
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
                .to_owned()
        }
        ValueError::Ambiguous => {
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
                .to_owned()
        }
        ValueError::NullFalse => {
            format!("{INVALID}Null attribute value types must have the value of true")
        }
        ValueError::EmptySet(Type::Ss) => format!("{INVALID}An string set  may not be empty"),
        ValueError::EmptySet(Type::Ns) => format!("{INVALID}An number set  may not be empty"),
        ValueError::EmptySet(_) => format!("{INVALID}Binary sets should not be empty"),
        ValueError::RepeatedString(elements, at) => {
            let shown = if is_older { elements.clone() } else { quoted(read_order(elements, *at)) };
            format!("{INVALID}Input collection [{}] contains duplicates.", shown.join(", "))
        }
        ValueError::RepeatedBinary(elements, at) => {
            let (shown, separator) = match is_older {
                true => (elements.iter().map(|e| STANDARD.encode(e)).collect(), ", "),
                false => {
                    let texts = read_order(elements, *at).iter().map(|e| STANDARD.encode(e)).collect();
                    (quoted(texts), ",")
                }
            };
            let shown = shown.join(separator);
            format!("{INVALID}Input collection [{shown}]of type BS contains duplicates.")
        }
        ValueError::RepeatedNumber if is_older => "Input collection contains duplicates".to_owned(),
        ValueError::RepeatedNumber => format!("{INVALID}Input collection contains duplicates."),
        ValueError::Number(NumberError::NotNumeric(text)) if is_older && text.is_empty() => {
            "The parameter cannot be converted to a numeric value".to_owned()
        }
        ValueError::Number(error) => error.to_string(),
        ValueError::TooDeep => {
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
                .to_owned()
        }
        ValueError::EmptyName => "Empty attribute name".to_owned(),
    }
}

/// The elements as the newer layer lists them: those before the first repetition, sorted, then
/// that one and the rest.
fn read_order<T: Ord + Clone>(elements: &[T], at: usize) -> Vec<T> {
    let (read, rest) = elements.split_at_checked(at).unwrap_or((elements, &[]));
    let read: BTreeSet<&T> = read.iter().collect();
    read.into_iter().chain(rest).cloned().collect()
}

fn quoted(texts: Vec<String>) -> Vec<String> {
    texts.iter().map(json).collect()
}

#[cfg(test)]
mod tests;
