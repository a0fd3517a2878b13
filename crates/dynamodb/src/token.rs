//! Client request tokens: a transaction that is sent again within ten minutes happens once.
//!
//! The token is noted in the transaction itself, so no crash comes between them.

use crate::error::{Error, ParameterError};
use crate::expression::Placeholders;
use crate::item::{Item, Value, record};
use base::{AccountId, Region, Timestamp};
use bytes::Bytes;
use kv::key::{KeyReader, KeyWriter};
use kv::{KeyRange, Space, Txn};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a token counts.
const LIFETIME: Duration = Duration::from_secs(600);

/// What tells requests apart that come with the same token. No proof against those who would
/// deceive themselves.
#[derive(Debug, Clone, Default)]
pub struct Fingerprint(Md5);

impl Fingerprint {
    fn part(mut self, part: &[u8]) -> Fingerprint {
        self.0.update(part.len().to_be_bytes());
        self.0.update(part);
        self
    }

    #[must_use]
    pub fn text(self, text: &str) -> Fingerprint {
        self.part(text.as_bytes())
    }

    #[must_use]
    pub fn item(self, item: &Item) -> Fingerprint {
        self.part(&record::encode(item))
    }

    /// Adds values, each by its position.
    #[must_use]
    pub fn listed<'v>(self, values: impl IntoIterator<Item = &'v Value>) -> Fingerprint {
        let values = values.into_iter().cloned().collect();
        self.item(&Item::from_iter([(String::new(), Value::L(values))]))
    }

    pub fn bytes(&self) -> [u8; 16] {
        self.0.clone().finalize().into()
    }

    #[must_use]
    pub fn names(self, names: Option<&BTreeMap<String, String>>) -> Fingerprint {
        let names = names.into_iter().flatten();
        names.fold(self, |this, (key, name)| this.text(key).text(name))
    }

    #[must_use]
    pub fn values(self, placeholders: &Placeholders) -> Fingerprint {
        let values = placeholders
            .values()
            .map(|(key, value)| (key.to_owned(), value.clone()));
        self.item(&values.collect())
    }
}

impl<'a> FromIterator<&'a Fingerprint> for Fingerprint {
    fn from_iter<T: IntoIterator<Item = &'a Fingerprint>>(parts: T) -> Fingerprint {
        parts
            .into_iter()
            .fold(Fingerprint::default(), |this, part| {
                this.part(&part.0.clone().finalize())
            })
    }
}

/// A token that came with a request.
#[derive(Debug)]
pub struct Token {
    pub account: AccountId,
    pub region: Region,
    pub text: String,
    pub fingerprint: Fingerprint,
    pub now: Timestamp,
}

/// A token that was used.
#[derive(Debug, Serialize, Deserialize)]
struct Used {
    fingerprint: [u8; 16],
    until_ms: i64,
    actions: Vec<Action>,
}

/// What an action was charged for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// By the name that the request gave it.
    pub table: String,
    pub charged_bytes: usize,
}

impl Token {
    fn key(&self) -> Bytes {
        let key = KeyWriter::new(Space::Dynamodb)
            .text("token")
            .account(self.account);
        key.text(self.region.as_str()).text(&self.text).finish()
    }

    fn until(&self) -> Timestamp {
        self.now.saturating_add(LIFETIME)
    }

    fn fingerprint(&self) -> [u8; 16] {
        self.fingerprint.bytes()
    }

    /// What the request with this token was charged, if it happened already.
    ///
    /// # Errors
    /// [`ParameterError::TokenMismatch`] if that was another request.
    pub async fn replayed(&self, txn: &Txn) -> Result<Option<Vec<Action>>, Error> {
        let Some(record) = txn.get(&self.key()).await? else {
            return Ok(None);
        };
        let used: Used = kv::record::decode(&record)?;
        if used.until_ms <= self.now.as_millis() {
            return Ok(None);
        }
        if used.fingerprint != self.fingerprint() {
            return Err(ParameterError::TokenMismatch.into());
        }
        Ok(Some(used.actions))
    }

    /// Notes that the request happens.
    pub fn note(&self, txn: &Txn, actions: Vec<Action>) {
        let until_ms = self.until().as_millis();
        let used = Used {
            fingerprint: self.fingerprint(),
            until_ms,
            actions,
        };
        txn.put(self.key(), kv::record::encode(&used));
        txn.put(expiry(self.until()).raw(&self.key()).finish(), Bytes::new());
    }
}

/// Where the tokens are noted by the time at which they end.
fn expiry(until: Timestamp) -> KeyWriter {
    let until = u64::try_from(until.as_millis()).unwrap_or(0);
    KeyWriter::new(Space::Dynamodb)
        .text("token expiry")
        .u64(until)
}

/// Where the notes of all tokens are that have ended.
pub fn expired(now: Timestamp) -> KeyRange {
    let all = KeyWriter::new(Space::Dynamodb).text("token expiry").range();
    KeyRange::new(all.start, expiry(now).finish())
}

/// Removes an ended token by its note, unless the token was used again.
///
/// # Errors
/// The store's.
pub async fn remove_expired(txn: &Txn, note: &Bytes, now: Timestamp) -> Result<(), Error> {
    let mut key = KeyReader::new(Space::Dynamodb, note)?;
    key.literal("token expiry")?;
    key.u64()?;
    let token = Bytes::copy_from_slice(key.raw());
    txn.delete(note.clone());
    if let Some(record) = txn.get(&token).await?
        && kv::record::decode::<Used>(&record)?.until_ms <= now.as_millis()
    {
        txn.delete(token);
    }
    Ok(())
}
