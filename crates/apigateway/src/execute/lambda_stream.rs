//! Lambda integrations whose answers are passed on while they come.
//!
//! A function writes a head first, which is JSON, then eight zero bytes, then the body as it is.

use super::Response;
use super::failure::Failure;
use super::lambda::{self, proxy_headers};
use super::log::Log;
use super::respond;
use super::running::Running;
use super::stream;
use crate::lambda_proxy;
use bytes::{Bytes, BytesMut};
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream as streams};
use http_event::{END_OF_HEAD, end_of_head};
use service::InvocationKind;
use std::io;
use tokio::time::{Instant, timeout_at};
use wire::ByteStream;

/// Where a head has to have ended, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;

type Pieces = BoxStream<'static, io::Result<Bytes>>;

pub async fn run(
    running: &Running<'_>,
    function_arn: String,
    log: &mut Log,
) -> Result<Response, Failure> {
    let exchange = running.exchange;
    let uri = format!(
        "https://lambda.{}.amazonaws.com/2021-11-15/functions/{function_arn}/\
         response-streaming-invocations",
        exchange.region
    );
    let payload = lambda::proxy_payload(running.api, exchange).into();
    let kind = InvocationKind::RequestResponse;
    let (caller, request) =
        lambda::invocation(running, function_arn, payload, kind, &uri, log).await?;
    let gateway = running.gateway;
    let started = gateway.clock.now();
    let until = Instant::now() + running.integration.timeout;
    let invoking = gateway.neighbours.invoker.invoke_streaming(caller, request);
    let invoked = timeout_at(until, invoking).await;
    let invoked = invoked.map_err(|_| Failure::timeout())?;
    let invoked = invoked.map_err(|error| lambda::failure(&error, log))?;
    let mut pieces = invoked.parts.take();
    let head = timeout_at(until, head(&mut pieces)).await;
    let (head, begun) = head.map_err(|_| Failure::timeout())??;
    let latency = gateway.clock.now().since(started).as_millis();
    lambda::log_answer(None, &invoked.executed_version, &head, latency, log);
    let answer = lambda_proxy::parse_head(&String::from_utf8_lossy(&head));
    let answer = answer.map_err(|malformed| lambda::malformed(&malformed))?;
    if let Some(outcome) = &mut log.integration {
        outcome.status = Some(answer.status);
    }
    let parts = ByteStream::new(streams::iter(Some(Ok(begun))).chain(pieces));
    let response = Response {
        status: answer.status,
        headers: proxy_headers(exchange, answer.headers),
        body: Bytes::new(),
        stream: Some(stream::limited(parts, until, running.api.stream_idle_limit)),
    };
    respond::log_response(&response, log);
    Ok(response)
}

/// Reads the head of an answer, and what of its body came with it.
async fn head(pieces: &mut Pieces) -> Result<(Bytes, Bytes), Failure> {
    let failed = |reason: &str| Failure::bad_gateway(format!("Execution failed: {reason}"));
    let mut begun = BytesMut::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| failed("the function failed before its response began"))?;
        // The zeros may have begun in the piece before.
        let searched = begun.len().saturating_sub(END_OF_HEAD.len() - 1);
        begun.extend_from_slice(&piece);
        let unsearched = begun.get(searched..).unwrap_or_default();
        match end_of_head(unsearched).map(|end| searched + end) {
            Some(end) if end + END_OF_HEAD.len() <= HEAD_LIMIT => {
                let head = begun.split_to(end).freeze();
                return Ok((head, begun.freeze().slice(END_OF_HEAD.len()..)));
            }
            None if begun.len() < HEAD_LIMIT => {}
            _ => break,
        }
    }
    Err(failed(
        "the response does not begin with JSON and eight zero bytes within its first 16 KB",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(pieces: &[&[u8]]) -> Option<(Bytes, Bytes)> {
        let pieces = pieces.iter().map(|piece| Ok(Bytes::copy_from_slice(piece)));
        let mut pieces = streams::iter(pieces.collect::<Vec<_>>()).boxed();
        head(&mut pieces).await.ok()
    }

    #[tokio::test]
    async fn heads_end_with_eight_zeros_wherever_pieces_do() {
        let answer = b"{}\0\0\0\0\0\0\0\0\0body";
        let expected = Some((Bytes::from_static(b"{}"), Bytes::from_static(b"\0body")));
        assert_eq!(read(&[answer]).await, expected);
        for cut in 1..11 {
            let (begin, end) = answer.split_at(cut);
            let (head, body) = read(&[begin, end]).await.unwrap();
            assert_eq!(head, "{}");
            assert!(b"\0body".starts_with(&body), "{cut}");
        }
        let bytes: Vec<&[u8]> = answer.chunks(1).collect();
        let expected = Some((Bytes::from_static(b"{}"), Bytes::new()));
        assert_eq!(read(&bytes).await, expected);
    }

    #[tokio::test]
    async fn heads_are_not_longer_than_sixteen_kilobytes() {
        let of_length = |length: usize| [vec![b' '; length - 8], vec![0; 8]].concat();
        assert!(read(&[&of_length(HEAD_LIMIT)]).await.is_some());
        assert_eq!(read(&[&of_length(HEAD_LIMIT + 1)]).await, None);
        assert_eq!(read(&[b"{\"statusCode\": 200}"]).await, None);
        assert_eq!(read(&[]).await, None);
    }
}
