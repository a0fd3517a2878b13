//! Reading a body whole: bounded in size and time, hashed on the way.

use crate::Limits;
use crate::limits::DISCARDED_BODY;
use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use sigv4::{PayloadHash, PayloadHasher};
use std::pin::pin;
use tokio::time::timeout;

/// A whole body.
#[derive(Debug)]
pub(crate) struct Payload {
    pub(crate) bytes: Bytes,
    pub(crate) hash: PayloadHash,
}

/// Why there is no whole body.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// The rest of it has been read, unless it was larger by far.
    #[error("the body is larger than {limit} bytes")]
    TooLarge { limit: usize },
    #[error("the body did not arrive in time")]
    TimedOut,
    /// The client went away or broke the framing.
    #[error("the body ended early")]
    Broken,
}

/// Reads all of `body`, at most `limit` bytes.
///
/// # Errors
/// [`BodyError`]; a body that is too large is read to its end first, so that the connection stays
/// usable.
pub(crate) async fn read<B>(body: B, limit: usize, limits: &Limits) -> Result<Payload, BodyError>
where
    B: Body<Data = Bytes>,
{
    let whole = timeout(limits.body_timeout, collect(body, limit, limits));
    whole.await.unwrap_or(Err(BodyError::TimedOut))
}

async fn collect<B>(body: B, limit: usize, limits: &Limits) -> Result<Payload, BodyError>
where
    B: Body<Data = Bytes>,
{
    let mut body = pin!(body);
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        discard(body.as_mut(), limits).await?;
        return Err(BodyError::TooLarge { limit });
    }
    let mut hasher = PayloadHasher::default();
    let mut gathered = Gathered::Nothing;
    while let Some(data) = next_data(body.as_mut(), limits).await? {
        if gathered.len() + data.len() > limit {
            discard(body.as_mut(), limits).await?;
            return Err(BodyError::TooLarge { limit });
        }
        hasher.update(&data);
        gathered = gathered.with(data, announced);
    }
    Ok(Payload {
        bytes: gathered.into_bytes(),
        hash: hasher.finish(),
    })
}

/// What has arrived so far. Most bodies come in one piece, which needs no copy.
enum Gathered {
    Nothing,
    One(Bytes),
    Many(BytesMut),
}

impl Gathered {
    fn len(&self) -> usize {
        match self {
            Gathered::Nothing => 0,
            Gathered::One(bytes) => bytes.len(),
            Gathered::Many(bytes) => bytes.len(),
        }
    }

    /// Adds a piece; `announced` bytes are expected in all, and known to be within the limit.
    fn with(self, data: Bytes, announced: u64) -> Gathered {
        match self {
            Gathered::Nothing => Gathered::One(data),
            Gathered::One(first) => {
                let announced = usize::try_from(announced).unwrap_or_default();
                let mut many = BytesMut::with_capacity(announced.max(first.len() + data.len()));
                many.extend_from_slice(&first);
                many.extend_from_slice(&data);
                Gathered::Many(many)
            }
            Gathered::Many(mut many) => {
                many.extend_from_slice(&data);
                Gathered::Many(many)
            }
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Gathered::Nothing => Bytes::new(),
            Gathered::One(bytes) => bytes,
            Gathered::Many(bytes) => bytes.freeze(),
        }
    }
}

/// Reads what is left and forgets it, up to a bound.
async fn discard<B>(mut body: std::pin::Pin<&mut B>, limits: &Limits) -> Result<(), BodyError>
where
    B: Body<Data = Bytes>,
{
    let mut left = DISCARDED_BODY;
    while let Some(data) = next_data(body.as_mut(), limits).await? {
        match left.checked_sub(data.len()) {
            Some(less) => left = less,
            None => break,
        }
    }
    Ok(())
}

/// The next piece of the body; trailers are passed over.
async fn next_data<B>(
    mut body: std::pin::Pin<&mut B>,
    limits: &Limits,
) -> Result<Option<Bytes>, BodyError>
where
    B: Body<Data = Bytes>,
{
    loop {
        let frame = timeout(limits.body_silence_timeout, body.frame()).await;
        match frame.map_err(|_| BodyError::TimedOut)? {
            None => return Ok(None),
            Some(Err(_)) => return Err(BodyError::Broken),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream::{self, Stream, StreamExt};
    use http_body::Frame;
    use http_body_util::{Full, StreamBody};
    use std::convert::Infallible;
    use std::io;

    fn pieces(pieces: &[&'static str]) -> impl Stream<Item = Result<Frame<Bytes>, io::Error>> {
        let frames: Vec<_> = pieces
            .iter()
            .map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))))
            .collect();
        stream::iter(frames)
    }

    async fn read_pieces(parts: &[&'static str], limit: usize) -> Result<Bytes, BodyError> {
        let payload = read(StreamBody::new(pieces(parts)), limit, &Limits::default()).await?;
        assert_eq!(payload.hash, PayloadHash::of(&payload.bytes));
        Ok(payload.bytes)
    }

    #[tokio::test]
    async fn whole_bodies() {
        for parts in [&[][..], &["abc"], &["a", "b", "c"], &["", "abc", ""]] {
            let bytes = read_pieces(parts, 3).await.unwrap();
            assert_eq!(bytes, parts.concat());
        }
    }

    #[tokio::test]
    async fn too_large() {
        let too_large = Err(BodyError::TooLarge { limit: 2 });
        assert_eq!(read_pieces(&["abc"], 2).await, too_large);
        assert_eq!(read_pieces(&["a", "b", "c"], 2).await, too_large);
        let announced: Full<Bytes> = Full::from("abc");
        let refused = read(announced, 2, &Limits::default()).await;
        assert_eq!(refused.err(), Some(BodyError::TooLarge { limit: 2 }));
    }

    #[tokio::test]
    async fn broken() {
        let failing = stream::iter([Err::<Frame<Bytes>, _>(io::ErrorKind::BrokenPipe)]);
        let read = read(StreamBody::new(failing), 2, &Limits::default()).await;
        assert_eq!(read.err(), Some(BodyError::Broken));
    }

    #[tokio::test(start_paused = true)]
    async fn too_slow() {
        let silent = stream::pending::<Result<Frame<Bytes>, Infallible>>();
        let body = StreamBody::new(silent);
        let read_silent = read(body, 2, &Limits::default()).await;
        assert_eq!(read_silent.err(), Some(BodyError::TimedOut));
        let trickle = stream::repeat(()).then(|()| async {
            tokio::time::sleep(Limits::default().body_silence_timeout / 2).await;
            Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"x")))
        });
        let read_trickle = read(StreamBody::new(trickle), 1 << 20, &Limits::default()).await;
        assert_eq!(read_trickle.err(), Some(BodyError::TimedOut));
    }
}
