//! Answers that are passed on while they come: how long they may take, and who is told of it.

use super::Response;
use base::{Clock, Timestamp};
use bytes::BytesMut;
use futures_util::{StreamExt, stream};
use std::io;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use wire::ByteStream;

/// What [`collected`] takes of a stream before it ends it, in bytes.
const COLLECTED_LIMIT: usize = 1024 * 1024;

/// What has passed of a stream.
#[derive(Debug, Default)]
pub struct Passed {
    pub bytes: usize,
    /// When the first byte came.
    pub first: Option<Timestamp>,
    /// Why it was broken off.
    pub error: Option<String>,
}

/// Calls `told` once, when the stream has ended or nobody reads it any more.
pub fn watched(
    stream: ByteStream,
    clock: Clock,
    told: impl FnOnce(Passed) + Send + 'static,
) -> ByteStream {
    let watch = Watch {
        passed: Passed::default(),
        told: Some(told),
    };
    let state = (stream.take(), watch, clock);
    ByteStream::new(stream::unfold(
        state,
        |(mut pieces, mut watch, clock)| async move {
            let piece = pieces.next().await?;
            match &piece {
                Ok(data) => {
                    watch.passed.bytes += data.len();
                    watch.passed.first.get_or_insert_with(|| clock.now());
                }
                Err(error) => watch.passed.error = Some(error.to_string()),
            }
            Some((piece, (pieces, watch, clock)))
        },
    ))
}

/// Tells what has passed when it goes.
struct Watch<F: FnOnce(Passed)> {
    passed: Passed,
    told: Option<F>,
}

impl<F: FnOnce(Passed)> Drop for Watch<F> {
    fn drop(&mut self) {
        if let Some(told) = self.told.take() {
            told(std::mem::take(&mut self.passed));
        }
    }
}

/// Breaks a stream off that is not through by `until`, or that pauses for longer than `idle`.
pub fn limited(stream: ByteStream, until: Instant, idle: Duration) -> ByteStream {
    ByteStream::new(stream::unfold(
        Some(stream.take()),
        move |pieces| async move {
            let mut pieces = pieces?;
            let by = until.min(Instant::now() + idle);
            match timeout_at(by, pieces.next()).await {
                Ok(piece) => piece.map(|piece| (piece, Some(pieces))),
                Err(_) => Some((Err(io::ErrorKind::TimedOut.into()), None)),
            }
        },
    ))
}

/// The answer with as much of its stream as came by `until`, up to a megabyte.
pub(crate) async fn collected(mut response: Response, until: Instant) -> Response {
    let Some(stream) = response.stream.take() else {
        return response;
    };
    let mut body = BytesMut::from(response.body);
    let mut pieces = stream.take();
    while body.len() <= COLLECTED_LIMIT
        && let Ok(Some(Ok(piece))) = timeout_at(until, pieces.next()).await
    {
        body.extend_from_slice(&piece);
    }
    response.body = body.freeze();
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::sync::{Arc, Mutex};

    const FOREVER: Duration = Duration::from_secs(1_000_000);

    /// A stream of pieces that come one after the other, each after a pause.
    fn paced(pieces: &[(&'static str, u64)]) -> ByteStream {
        let pieces = pieces.to_vec();
        ByteStream::new(stream::iter(pieces).then(|(piece, seconds)| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok(Bytes::from_static(piece.as_bytes()))
        }))
    }

    async fn texts(stream: &ByteStream) -> Vec<Result<String, io::ErrorKind>> {
        let text = |data: Bytes| String::from_utf8(data.to_vec()).unwrap();
        let pieces = stream.take();
        let pieces = pieces.map(|piece| piece.map(text).map_err(|error| error.kind()));
        pieces.collect().await
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_that_is_too_long_breaks_a_stream_off() {
        let until = Instant::now() + FOREVER;
        let slow = [("a", 0), ("b", 29), ("c", 31), ("d", 0)];
        let stream = limited(paced(&slow), until, Duration::from_secs(30));
        let expected = [
            Ok("a".to_owned()),
            Ok("b".to_owned()),
            Err(io::ErrorKind::TimedOut),
        ];
        assert_eq!(texts(&stream).await, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn the_timeout_bounds_the_whole_stream() {
        let until = Instant::now() + Duration::from_secs(25);
        let stream = limited(paced(&[("a", 10), ("b", 10), ("c", 10)]), until, FOREVER);
        let expected = [
            Ok("a".to_owned()),
            Ok("b".to_owned()),
            Err(io::ErrorKind::TimedOut),
        ];
        assert_eq!(texts(&stream).await, expected);
    }

    #[tokio::test]
    async fn the_end_is_told_once_whether_it_was_read_or_not() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let now = Timestamp::from_millis(5);
        let watch = |stream| {
            let told = told.clone();
            watched(stream, Clock::manual(now), move |passed| {
                told.lock().unwrap().push((passed.bytes, passed.first));
            })
        };
        let read = watch(paced(&[("abc", 0), ("de", 0)]));
        assert_eq!(texts(&read).await.len(), 2);
        let left = watch(paced(&[("abc", 0), ("de", 0)]));
        let mut pieces = left.take();
        pieces.next().await.unwrap().unwrap();
        drop(pieces);
        drop(watch(paced(&[("abc", 0)])));
        let expected = [(5, Some(now)), (3, Some(now)), (0, None)];
        assert_eq!(*told.lock().unwrap(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_collected_has_an_end() {
        let response = |stream| Response {
            status: 200,
            headers: Vec::new(),
            body: Bytes::from_static(b"0"),
            stream: Some(stream),
        };
        let soon = || Instant::now() + Duration::from_secs(35);
        let slow = paced(&[("a", 30), ("b", 30)]);
        let short = collected(response(slow), soon()).await;
        assert_eq!((short.text(), short.stream.is_none()), ("0a", true));
        let megabyte = vec![b'x'; COLLECTED_LIMIT / 2];
        let endless = stream::repeat_with(move || Ok(Bytes::from(megabyte.clone())));
        let much = collected(response(ByteStream::new(endless)), soon()).await;
        assert_eq!(much.body.len(), 1 + COLLECTED_LIMIT);
    }
}
