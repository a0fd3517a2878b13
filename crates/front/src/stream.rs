//! The bytes of a connection on their way to hyper.
//!
//! Adds what hyper does not do itself: a note of each head (see [`HeadTap`]), and a time limit on
//! telling HTTP/1 from HTTP/2, before which hyper has no timer running.

use crate::head_tap::HeadTap;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// How an HTTP/2 connection starts. Until a client has sent this or something else, nobody knows
/// which it speaks.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) struct Stream<S> {
    inner: S,
    tap: HeadTap,
    undecided: Option<Undecided>,
}

/// The connection has only sent a part of HTTP/2's preface, perhaps nothing.
struct Undecided {
    matched: usize,
    deadline: Pin<Box<Sleep>>,
}

impl<S> Stream<S> {
    pub(crate) fn new(inner: S, tap: HeadTap, head_timeout: Duration) -> Stream<S> {
        Stream {
            inner,
            tap,
            undecided: Some(Undecided {
                matched: 0,
                deadline: Box::pin(sleep(head_timeout)),
            }),
        }
    }
}

impl Undecided {
    /// Whether it stays undecided after these bytes.
    fn saw(&mut self, read: &[u8]) -> bool {
        let expected = HTTP2_PREFACE.get(self.matched..).unwrap_or_default();
        self.matched += read.len();
        read.len() < expected.len() && expected.starts_with(read)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        if Pin::new(&mut self.inner).poll_read(cx, buf)?.is_pending() {
            if let Some(undecided) = &mut self.undecided {
                ready!(undecided.deadline.as_mut().poll(cx));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            return Poll::Pending;
        }
        let read = buf.filled().get(before..).unwrap_or_default();
        self.tap.record(read);
        if self.undecided.as_mut().is_some_and(|u| !u.saw(read)) {
            self.undecided = None;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const TIMEOUT: Duration = Duration::from_secs(10);

    /// What a server reads from a client that sends `sent` and then nothing more, with the clock
    /// running ahead whenever nothing happens.
    async fn after_silence(sent: &[u8]) -> Option<io::ErrorKind> {
        let (mut client, server) = tokio::io::duplex(64);
        let mut stream = Stream::new(server, HeadTap::new(64), TIMEOUT);
        client.write_all(sent).await.unwrap();
        let mut buffer = vec![0; sent.len()];
        stream.read_exact(&mut buffer).await.unwrap();
        assert_eq!(buffer, sent);
        let next = tokio::time::timeout(TIMEOUT * 2, stream.read_u8()).await;
        next.ok().and_then(|read| read.err().map(|e| e.kind()))
    }

    #[tokio::test(start_paused = true)]
    async fn undecided_connections_time_out() {
        for sent in [&b""[..], b"P", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r"] {
            assert_eq!(after_silence(sent).await, Some(io::ErrorKind::TimedOut));
        }
        for sent in [&b"G"[..], b"PUT", HTTP2_PREFACE] {
            assert_eq!(
                after_silence(sent).await,
                None,
                "hyper's own timer runs now"
            );
        }
    }
}
