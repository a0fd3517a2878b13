//! One event: its place in the key space and its bytes.
//!
//! Key: the stream's, then the event's time and its number in the stream, so that a stream reads
//! in the order of time. Value: format version, time of ingestion, message.

use bytes::{BufMut, Bytes, BytesMut};
use kv::key::KeyWriter;
use kv::{Error, KeyRange};

const VERSION: u8 = 1;

/// The 64-bit Fowler–Noll–Vo hash (FNV-1a).
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// An event's place in its stream. AWS's times are never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub time_ms: u64,
    pub sequence: u64,
}

/// An event with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub position: Position,
    pub ingested_ms: i64,
    pub message: String,
}

/// Stored bytes that are no event.
#[derive(Debug, thiserror::Error)]
#[error("a log event that is not one")]
struct Damaged;

fn damaged() -> Error {
    Error::Corrupt(kv::Cause::new(Damaged))
}

impl Position {
    pub const FIRST: Position = Position {
        time_ms: 0,
        sequence: 0,
    };

    pub fn key(self, stream: KeyWriter) -> Bytes {
        stream.u64(self.time_ms).u64(self.sequence).finish()
    }

    /// The next place, in the order of places.
    pub fn next(self) -> Position {
        match self.sequence.checked_add(1) {
            Some(sequence) => Position { sequence, ..self },
            None => Position {
                time_ms: self.time_ms.saturating_add(1),
                sequence: 0,
            },
        }
    }

    /// 56 digits, as AWS's ids: the time, the stream, the number in the stream.
    pub fn id(self, stream: &str) -> String {
        let stream = stream.bytes().fold(FNV_BASIS, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
        });
        format!("{:018}{stream:020}{:018}", self.time_ms, self.sequence)
    }

    fn of_key(key: &[u8]) -> Result<Position, Error> {
        let (rest, sequence) = key.split_last_chunk::<8>().ok_or_else(damaged)?;
        let (_, time) = rest.split_last_chunk::<8>().ok_or_else(damaged)?;
        Ok(Position {
            time_ms: u64::from_be_bytes(*time),
            sequence: u64::from_be_bytes(*sequence),
        })
    }
}

/// The keys of a stream's events from `start` on and before `end`.
pub fn range(stream: &KeyWriter, start: Position, end: Position) -> KeyRange {
    KeyRange {
        start: start.key(stream.clone()),
        end: end.key(stream.clone()),
    }
}

pub fn encode(ingested_ms: i64, message: &str) -> Bytes {
    let mut value = BytesMut::with_capacity(9 + message.len());
    value.put_u8(VERSION);
    value.put_i64(ingested_ms);
    value.put_slice(message.as_bytes());
    value.freeze()
}

pub fn decode(key: &[u8], value: &[u8]) -> Result<Event, Error> {
    let position = Position::of_key(key)?;
    let Some((&VERSION, rest)) = value.split_first() else {
        return Err(damaged());
    };
    let (ingested, message) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
    let message = String::from_utf8(message.to_vec()).map_err(|_| damaged())?;
    Ok(Event {
        position,
        ingested_ms: i64::from_be_bytes(*ingested),
        message,
    })
}
