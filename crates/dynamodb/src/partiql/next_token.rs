//! Next tokens: where a reader of a statement stands, as text that clients hand back.
//!
//! ```text
//! token = base64 of: 1, fingerprint (16 bytes), number of the read (4 bytes, big-endian),
//!         record of the key attributes of the last item that was looked at, unless the read has
//!         yet to begin
//! ```
//!
//! The fingerprint is of the table, the statement and its parameters, so that no token is taken for
//! another statement's.

use super::error::StatementError;
use crate::item::{Item, record};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

const VERSION: u8 = 1;

/// Where a reader stands.
#[derive(Debug, Clone, PartialEq)]
pub struct NextToken {
    pub fingerprint: [u8; 16],
    pub place: Place,
}

/// A place among the reads of a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Which of the reads it is.
    pub read: u32,
    /// The last item that was looked at; nothing if the read has yet to begin.
    pub key: Option<Item>,
}

impl NextToken {
    pub fn text(&self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(self.fingerprint);
        bytes.extend(self.place.read.to_be_bytes());
        bytes.extend(self.place.key.iter().flat_map(record::encode));
        STANDARD.encode(bytes)
    }

    /// The place that a token of this fingerprint stands for.
    ///
    /// # Errors
    /// [`StatementError::NextToken`], or [`StatementError::ForeignNextToken`] for a token of
    /// another statement.
    pub fn read(text: &str, fingerprint: [u8; 16]) -> Result<Place, StatementError> {
        let token = NextToken::parse(text).ok_or(StatementError::NextToken)?;
        match token.fingerprint == fingerprint {
            true => Ok(token.place),
            false => Err(StatementError::ForeignNextToken),
        }
    }

    fn parse(text: &str) -> Option<NextToken> {
        let bytes = Bytes::from(STANDARD.decode(text).ok()?);
        let (version, rest) = bytes.split_first()?;
        let (fingerprint, rest) = rest.split_first_chunk::<16>()?;
        let (read, key) = rest.split_first_chunk::<4>()?;
        (*version == VERSION).then_some(())?;
        let key = match key {
            [] => None,
            key => Some(record::decode(&bytes.slice_ref(key)).ok()?),
        };
        Some(NextToken {
            fingerprint: *fingerprint,
            place: Place {
                read: u32::from_be_bytes(*read),
                key,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::tests::any_item;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn tokens_come_back(key in proptest::option::of(any_item()), read: u32, fingerprint: [u8; 16]) {
            let place = Place { read, key };
            let token = NextToken { fingerprint, place };
            let text = token.text();
            prop_assert_eq!(NextToken::read(&text, fingerprint), Ok(token.place));
            let other = fingerprint.map(|byte| !byte);
            prop_assert_eq!(
                NextToken::read(&text, other),
                Err(StatementError::ForeignNextToken)
            );
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".*", tail in "[A-Za-z0-9+/=]{0,80}") {
            let _ = NextToken::parse(&text);
            let _ = NextToken::parse(&format!("AQAA{tail}"));
        }
    }
}
