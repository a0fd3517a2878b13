//! The body of an answer: whole, or still being made.

use bytes::Bytes;
use futures_util::StreamExt;
use http_body::Frame;
use http_body_util::{Either, Full, StreamBody};
use std::io;
use wire::ByteStream;

/// What an answer consists of.
#[derive(Clone, Debug)]
pub enum Content {
    Whole(Bytes),
    /// Sent piece by piece; an error breaks the connection off.
    Stream(ByteStream),
}

/// A content as hyper sends it.
pub(crate) type Sent = Either<
    Full<Bytes>,
    StreamBody<futures_util::stream::BoxStream<'static, io::Result<Frame<Bytes>>>>,
>;

impl Content {
    pub(crate) fn sent(self) -> Sent {
        match self {
            Content::Whole(bytes) => Either::Left(Full::new(bytes)),
            Content::Stream(stream) => {
                let pieces = stream.take().map(|piece| piece.map(Frame::data));
                Either::Right(StreamBody::new(pieces.boxed()))
            }
        }
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Content {
        Content::Whole(bytes)
    }
}
