//! Answers that come while they are being made, and the framing of `vnd.amazon.eventstream`.
//!
//! A message is a prelude (its length, its headers' length, a checksum of both), headers, a
//! payload, and a checksum of all before it; numbers are big-endian. Headers have text values
//! only, which is all that answers need.

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, Stream};
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// The content type of a stream of messages.
pub const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";
/// The type of a header with a text value.
const TEXT: u8 = 7;
const PRELUDE_BYTES: usize = 12;
const CHECKSUM_BYTES: usize = 4;

/// Bytes that are still being made; an error breaks the answer off. Clones share what is left,
/// and whoever takes it first has it.
#[derive(Clone, Default)]
pub struct ByteStream(Arc<Mutex<Option<Pieces>>>);

type Pieces = BoxStream<'static, io::Result<Bytes>>;

impl ByteStream {
    pub fn new(pieces: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> ByteStream {
        ByteStream(Arc::new(Mutex::new(Some(pieces.boxed()))))
    }

    /// The stream itself; an empty one if it has been taken.
    pub fn take(&self) -> Pieces {
        let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let empty = || futures_util::stream::empty().boxed();
        pieces.take().unwrap_or_else(empty)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ByteStream")
    }
}

impl PartialEq for ByteStream {
    fn eq(&self, other: &ByteStream) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ByteStream {}

/// An event as a message.
pub fn event(name: &str, content_type: &str, payload: &[u8]) -> Bytes {
    let mut headers = Vec::new();
    for (name, value) in [
        (":event-type", name),
        (":content-type", content_type),
        (":message-type", "event"),
    ] {
        headers.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        headers.extend_from_slice(name.as_bytes());
        headers.push(TEXT);
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        headers.extend_from_slice(&length.to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let total = PRELUDE_BYTES + headers.len() + payload.len() + CHECKSUM_BYTES;
    let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let mut message = Vec::with_capacity(total);
    message.extend_from_slice(&number(total));
    message.extend_from_slice(&number(headers.len()));
    let checksum = crc32fast::hash(&message);
    message.extend_from_slice(&checksum.to_be_bytes());
    message.extend_from_slice(&headers);
    message.extend_from_slice(payload);
    let checksum = crc32fast::hash(&message);
    message.extend_from_slice(&checksum.to_be_bytes());
    message.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_say_how_long_they_are() {
        let message = event("PayloadChunk", "application/octet-stream", b"hello");
        let number = |at: usize| u32::from_be_bytes(message[at..at + 4].try_into().unwrap());
        assert_eq!(usize::try_from(number(0)).unwrap(), message.len());
        assert_eq!(number(8), crc32fast::hash(&message[..8]));
        let end = message.len() - 4;
        assert_eq!(number(end), crc32fast::hash(&message[..end]));
        assert_eq!(&message[end - 5..end], b"hello");
        let headers = usize::try_from(number(4)).unwrap();
        assert_eq!(12 + headers + 5, end);
        assert!(message[12..].starts_with(b"\x0b:event-type\x07\x00\x0cPayloadChunk"));
    }
}
