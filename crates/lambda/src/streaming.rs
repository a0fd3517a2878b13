//! Answers that functions give piece by piece.

use bytes::Bytes;
use futures_util::stream;
use std::io;
use tokio::sync::mpsc;
use wire::ByteStream;

/// Pieces on their way that nobody has taken yet, at most: whoever takes them sets the pace.
const PIECES: usize = 16;

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Comes first: the type that the function says the answer has.
    Head {
        content_type: Option<String>,
    },
    Data(Bytes),
}

/// Where an invocation puts the pieces of its answer.
pub(crate) type Sink = mpsc::Sender<Piece>;

pub(crate) fn channel() -> (Sink, mpsc::Receiver<Piece>) {
    mpsc::channel(PIECES)
}

/// A body, and where its parts go; an error breaks it off.
pub(crate) fn body() -> (mpsc::Sender<io::Result<Bytes>>, ByteStream) {
    let (sender, receiver) = mpsc::channel(PIECES);
    let parts = stream::unfold(receiver, |mut receiver| async {
        let part = receiver.recv().await?;
        Some((part, receiver))
    });
    (sender, ByteStream::new(parts))
}
