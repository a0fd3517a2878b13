//! Reading a body whole: bounded in size, time and in the memory all bodies take, and hashed on
//! the way.

use crate::Limits;
use crate::limits::{DISCARDED_BODY, SMALL_BODY};
use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use sigv4::{PayloadHash, PayloadHasher};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// What a body that takes room of others' has to come at, on average, after a while: nobody is to
/// hold room by sending next to nothing.
const LEAST_BYTES_PER_S: u64 = 16 * 1024;
const PATIENCE: Duration = Duration::from_secs(10);

fn is_too_slow(elapsed: Duration, bytes: usize) -> bool {
    let least = elapsed.as_secs().saturating_mul(LEAST_BYTES_PER_S);
    elapsed > PATIENCE && u64::try_from(bytes).is_ok_and(|bytes| bytes < least)
}

/// A whole body.
pub(crate) struct Payload {
    pub(crate) bytes: Bytes,
    pub(crate) hash: PayloadHash,
    /// Held for as long as the body is in memory.
    pub(crate) room: Room,
}

/// The room that a body takes, given back when it is dropped.
#[derive(Default)]
pub(crate) struct Room(
    #[expect(dead_code, reason = "is held, not used")] Option<OwnedSemaphorePermit>,
);

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

/// Reads bodies, all within one bound.
pub(crate) struct Bodies {
    limits: Limits,
    /// In units of [`UNIT`] bytes.
    room: Arc<Semaphore>,
}

const UNIT: usize = 1024;

impl Bodies {
    pub(crate) fn new(limits: Limits) -> Bodies {
        let units = (limits.body_bytes / UNIT).min(Semaphore::MAX_PERMITS);
        Bodies {
            limits,
            room: Arc::new(Semaphore::new(units)),
        }
    }

    /// Reads all of `body`, at most `limit` bytes.
    ///
    /// # Errors
    /// [`BodyError`]; a body that is too large is read to its end first, so that the connection
    /// stays usable.
    pub(crate) async fn read<B>(&self, body: B, limit: usize) -> Result<Payload, BodyError>
    where
        B: Body<Data = Bytes>,
    {
        let whole = timeout(self.limits.body_timeout, self.collect(body, limit));
        whole.await.unwrap_or(Err(BodyError::TimedOut))
    }

    async fn collect<B>(&self, body: B, limit: usize) -> Result<Payload, BodyError>
    where
        B: Body<Data = Bytes>,
    {
        let mut body = pin!(body);
        let hint = body.size_hint();
        let announced = usize::try_from(hint.lower()).unwrap_or(usize::MAX);
        if announced > limit {
            self.discard(body.as_mut()).await?;
            return Err(BodyError::TooLarge { limit });
        }
        // Room is taken once: a body that waited for more with some in hand could wait for ever.
        let expected = hint.exact().map_or(limit, |_| announced);
        let mut room = None;
        let mut hasher = PayloadHasher::default();
        let mut gathered = Gathered::Nothing;
        while let Some(data) = self.next_data(body.as_mut()).await? {
            let size = gathered.len() + data.len();
            if size > limit {
                self.discard(body.as_mut()).await?;
                return Err(BodyError::TooLarge { limit });
            }
            if size.max(announced) > SMALL_BODY && room.is_none() {
                room = Some((self.room_for(expected).await, Instant::now(), size));
            }
            if let Some((_, since, before)) = &room
                && is_too_slow(since.elapsed(), size - before)
            {
                return Err(BodyError::TimedOut);
            }
            hasher.update(&data);
            gathered = gathered.with(data, announced);
        }
        Ok(Payload {
            bytes: gathered.into_bytes(),
            hash: hasher.finish(),
            room: room.map(|(room, ..)| room).unwrap_or_default(),
        })
    }

    /// Waits for room. A body larger than all the room there is gets all of it.
    async fn room_for(&self, size: usize) -> Room {
        let units = size.min(self.limits.body_bytes) / UNIT;
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        // Nobody closes this semaphore, so there is always room in the end.
        Room(self.room.clone().acquire_many_owned(units).await.ok())
    }

    /// Reads what is left and forgets it, up to a bound.
    async fn discard<B>(&self, mut body: Pin<&mut B>) -> Result<(), BodyError>
    where
        B: Body<Data = Bytes>,
    {
        let mut left = DISCARDED_BODY;
        while let Some(data) = self.next_data(body.as_mut()).await? {
            match left.checked_sub(data.len()) {
                Some(less) => left = less,
                None => break,
            }
        }
        Ok(())
    }

    /// The next piece of the body; trailers are passed over.
    async fn next_data<B>(&self, mut body: Pin<&mut B>) -> Result<Option<Bytes>, BodyError>
    where
        B: Body<Data = Bytes>,
    {
        loop {
            let frame = timeout(self.limits.body_silence_timeout, body.frame()).await;
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
    fn with(self, data: Bytes, announced: usize) -> Gathered {
        match self {
            Gathered::Nothing => Gathered::One(data),
            Gathered::One(first) => {
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

    fn bodies() -> Bodies {
        Bodies::new(Limits::default())
    }

    async fn read_pieces(parts: &[&'static str], limit: usize) -> Result<Bytes, BodyError> {
        let payload = bodies().read(StreamBody::new(pieces(parts)), limit).await?;
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

    #[test]
    fn who_is_too_slow() {
        let seconds = Duration::from_secs;
        assert!(!is_too_slow(seconds(9), 0));
        assert!(is_too_slow(seconds(11), 1000));
        assert!(!is_too_slow(seconds(11), 200_000));
        assert!(is_too_slow(seconds(100), 200_000));
    }

    #[tokio::test]
    async fn too_large() {
        let too_large = Err(BodyError::TooLarge { limit: 2 });
        assert_eq!(read_pieces(&["abc"], 2).await, too_large);
        assert_eq!(read_pieces(&["a", "b", "c"], 2).await, too_large);
        let announced: Full<Bytes> = Full::from("abc");
        let refused = bodies().read(announced, 2).await;
        assert_eq!(refused.err(), Some(BodyError::TooLarge { limit: 2 }));
    }

    #[tokio::test]
    async fn broken() {
        let failing = stream::iter([Err::<Frame<Bytes>, _>(io::ErrorKind::BrokenPipe)]);
        let read = bodies().read(StreamBody::new(failing), 2).await;
        assert_eq!(read.err(), Some(BodyError::Broken));
    }

    #[tokio::test(start_paused = true)]
    async fn too_slow() {
        let silent = stream::pending::<Result<Frame<Bytes>, Infallible>>();
        let read_silent = bodies().read(StreamBody::new(silent), 2).await;
        assert_eq!(read_silent.err(), Some(BodyError::TimedOut));
        let trickle = stream::repeat(()).then(|()| async {
            tokio::time::sleep(Limits::default().body_silence_timeout / 2).await;
            Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"x")))
        });
        let read_trickle = bodies().read(StreamBody::new(trickle), 1 << 20).await;
        assert_eq!(read_trickle.err(), Some(BodyError::TimedOut));
    }

    /// Two bodies that do not fit together: the second waits for the first to be dropped, and
    /// small ones pass both by.
    #[tokio::test(start_paused = true)]
    async fn all_bodies_within_bounds() {
        let bodies = Bodies::new(Limits {
            body_bytes: 3 * SMALL_BODY,
            ..Limits::default()
        });
        let large = || Full::from(vec![0; 2 * SMALL_BODY]);
        let first = bodies.read(large(), usize::MAX).await.ok();
        let refused = bodies.read(large(), usize::MAX).await;
        assert_eq!(refused.err(), Some(BodyError::TimedOut), "there is no room");
        let small: Full<Bytes> = Full::from(vec![0; SMALL_BODY]);
        assert!(bodies.read(small, usize::MAX).await.is_ok());
        drop(first);
        assert!(bodies.read(large(), usize::MAX).await.is_ok());
        let largest: Full<Bytes> = Full::from(vec![0; 4 * SMALL_BODY]);
        assert!(
            bodies.read(largest, usize::MAX).await.is_ok(),
            "takes all the room"
        );
    }
}
