//! Why a transaction was cancelled, action by action.

use super::{Error, ErrorKind, TableError};
use crate::item::Item;
use crate::item::answered;
use crate::throttle::{Limit, Throttled};
use wire::{EncodeJson, JsonWriter};

/// What one action of a cancelled transaction has to do with it.
#[derive(Debug, Clone, PartialEq)]
pub enum Reason {
    /// Nothing.
    None,
    /// Its condition, with the item if it was asked for.
    ConditionalCheckFailed(Option<Item>),
    /// The item that it makes is there already.
    DuplicateItem,
    /// Its table is not there.
    ResourceNotFound,
    /// It cannot be done, with AWS's message.
    ValidationError(String),
    /// The table or index does not let it in.
    Throttled(Throttled),
    /// Another request kept changing the item.
    TransactionConflict,
}

impl Throttled {
    /// As reasons of transactions and errors of batches are called.
    fn code(&self) -> &'static str {
        match self.limit {
            Limit::OnDemand => "ThrottlingError",
            Limit::Provisioned | Limit::Partition => "ProvisionedThroughputExceeded",
        }
    }
}

impl Reason {
    /// The reason that a refused action gives, if it is not refused for the whole request.
    ///
    /// # Errors
    /// `error`, if it is.
    pub fn of(error: Error) -> Result<Reason, Error> {
        match error.kind {
            ErrorKind::ConditionalCheckFailed(item) => Ok(Reason::ConditionalCheckFailed(item)),
            ErrorKind::DuplicateItem => Ok(Reason::DuplicateItem),
            ErrorKind::Throttled(throttled) => Ok(Reason::Throttled(throttled)),
            ErrorKind::Store(_) | ErrorKind::Table(_) => Err(error),
            _ => Ok(Reason::ValidationError(error.message())),
        }
    }

    pub fn code(&self) -> &'static str {
        match self {
            Reason::None => "None",
            Reason::ConditionalCheckFailed(_) => "ConditionalCheckFailed",
            Reason::DuplicateItem => "DuplicateItem",
            Reason::ResourceNotFound => "ResourceNotFound",
            Reason::ValidationError(_) => "ValidationError",
            Reason::Throttled(throttled) => throttled.code(),
            Reason::TransactionConflict => "TransactionConflict",
        }
    }

    fn message(&self) -> Option<String> {
        match self {
            Reason::None => None,
            Reason::ConditionalCheckFailed(_) => Some("The conditional request failed".to_owned()),
            Reason::DuplicateItem => Some(Error::from(ErrorKind::DuplicateItem).message()),
            Reason::ResourceNotFound => Some(Error::from(TableError::NotFound).message()),
            Reason::ValidationError(message) => Some(message.clone()),
            Reason::Throttled(throttled) => Some(throttled.words().to_owned()),
            Reason::TransactionConflict => Some("Transaction is ongoing for the item".to_owned()),
        }
    }
}

impl EncodeJson for Reason {
    fn json(&self, out: &mut JsonWriter) {
        let item = match self {
            Reason::ConditionalCheckFailed(item) => item.as_ref().map(answered),
            _ => None,
        };
        out.object(|out| {
            out.member("Code", Some(&self.code().to_owned()));
            out.member("Message", self.message().as_ref());
            out.member("Item", item.as_ref());
        });
    }
}
