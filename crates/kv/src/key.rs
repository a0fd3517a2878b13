//! Keys as tuples: the order of the bytes is the order of the parts, one after the other.
//!
//! | part | bytes |
//! | --- | --- |
//! | space | one byte, first of every key |
//! | [`byte`](KeyWriter::byte) | itself |
//! | [`u64`](KeyWriter::u64) | 8, big-endian |
//! | [`account`](KeyWriter::account) | its 12 digits in ASCII |
//! | [`text`](KeyWriter::text), [`bytes`](KeyWriter::bytes) | each `00` as `00 FF`, then `00 01` |
//! | [`raw`](KeyWriter::raw) | as they are, up to the end of the key |
//!
//! Parts carry no types: who reads a key knows its layout from `docs/keyspace.md`. The terminator
//! sorts below every continuation, so that a text comes before all texts it is a prefix of, and no
//! part can run into the next.

use crate::{Cause, Error, KeyRange, Space};
use base::AccountId;
use bytes::Bytes;

const ZERO: u8 = 0x00;
const ESCAPED_ZERO: u8 = 0xff;
const END: u8 = 0x01;

/// Builds a key, part by part.
#[derive(Debug, Clone)]
pub struct KeyWriter(Vec<u8>);

impl KeyWriter {
    pub fn new(space: Space) -> KeyWriter {
        let mut key = Vec::with_capacity(64);
        key.push(space.byte());
        KeyWriter(key)
    }

    pub fn byte(mut self, byte: u8) -> KeyWriter {
        self.0.push(byte);
        self
    }

    pub fn u64(mut self, number: u64) -> KeyWriter {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub fn account(mut self, account: AccountId) -> KeyWriter {
        self.0.extend_from_slice(account.as_str().as_bytes());
        self
    }

    pub fn text(self, text: &str) -> KeyWriter {
        self.bytes(text.as_bytes())
    }

    pub fn bytes(self, bytes: &[u8]) -> KeyWriter {
        let mut open = self.open_bytes(bytes);
        open.0.extend_from_slice(&[ZERO, END]);
        open
    }

    /// The beginning of a [`text`](KeyWriter::text) or [`bytes`](KeyWriter::bytes) part: its
    /// [`range`](KeyWriter::range) covers all parts that start with `bytes`.
    pub fn open_bytes(mut self, bytes: &[u8]) -> KeyWriter {
        let mut runs = bytes.split(|byte| *byte == ZERO);
        self.0.extend_from_slice(runs.next().unwrap_or_default());
        for run in runs {
            self.0.extend_from_slice(&[ZERO, ESCAPED_ZERO]);
            self.0.extend_from_slice(run);
        }
        self
    }

    /// The last part, which may hold anything.
    pub fn raw(mut self, bytes: &[u8]) -> KeyWriter {
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn finish(self) -> Bytes {
        self.0.into()
    }

    /// All keys that start with the parts written so far.
    pub fn range(&self) -> KeyRange {
        KeyRange::prefix(&self.0)
    }
}

/// What is wrong with a stored key.
#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error("a key that ends before its {0}")]
    Short(&'static str),
    #[error("a key outside of {0:?}")]
    Space(Space),
    #[error("a key with a part that has no end, or an escape that does not exist")]
    Escape,
    #[error("a key whose {0} is not one")]
    Value(&'static str),
    #[error("a key with {0} bytes too many")]
    Long(usize),
}

impl From<Damage> for Error {
    fn from(damage: Damage) -> Error {
        Error::Corrupt(Cause::new(damage))
    }
}

/// Takes a key apart again, in the order it was written. Every method answers
/// [`Error::Corrupt`] when the key does not go on with that part.
#[derive(Debug, Clone)]
pub struct KeyReader<'a>(&'a [u8]);

impl<'a> KeyReader<'a> {
    pub fn new(space: Space, key: &'a [u8]) -> Result<KeyReader<'a>, Error> {
        match key.split_first() {
            Some((first, rest)) if *first == space.byte() => Ok(KeyReader(rest)),
            _ => Err(Damage::Space(space).into()),
        }
    }

    pub fn byte(&mut self) -> Result<u8, Error> {
        self.fixed("byte").map(u8::from_be_bytes)
    }

    pub fn u64(&mut self) -> Result<u64, Error> {
        self.fixed("number").map(u64::from_be_bytes)
    }

    pub fn account(&mut self) -> Result<AccountId, Error> {
        let digits: [u8; 12] = self.fixed("account id")?;
        let digits = std::str::from_utf8(&digits).ok();
        digits
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(|| Damage::Value("account id").into())
    }

    pub fn text(&mut self) -> Result<String, Error> {
        String::from_utf8(self.bytes()?).map_err(|_| Damage::Value("text").into())
    }

    pub fn bytes(&mut self) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        loop {
            match *self.0 {
                [ZERO, END, ref rest @ ..] => {
                    self.0 = rest;
                    return Ok(bytes);
                }
                [ZERO, ESCAPED_ZERO, ref rest @ ..] => {
                    bytes.push(ZERO);
                    self.0 = rest;
                }
                [] | [ZERO, ..] => return Err(Damage::Escape.into()),
                [byte, ref rest @ ..] => {
                    bytes.push(byte);
                    self.0 = rest;
                }
            }
        }
    }

    /// Skips a text part that has to be `expected`, such as the name of a kind of record.
    pub fn literal(&mut self, expected: &'static str) -> Result<(), Error> {
        if self.bytes()? == expected.as_bytes() {
            return Ok(());
        }
        Err(Damage::Value(expected).into())
    }

    /// The last part.
    pub fn raw(self) -> &'a [u8] {
        self.0
    }

    /// Makes sure that nothing is left.
    pub fn finish(self) -> Result<(), Error> {
        match self.0.len() {
            0 => Ok(()),
            left => Err(Damage::Long(left).into()),
        }
    }

    fn fixed<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Error> {
        let (part, rest) = self.0.split_first_chunk().ok_or(Damage::Short(what))?;
        self.0 = rest;
        Ok(*part)
    }
}

#[cfg(test)]
mod tests;
