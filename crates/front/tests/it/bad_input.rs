//! Bytes that no client should send: the right refusal, and a server that goes on.

use crate::clients::{Call, Server};
use front::Limits;
use std::time::Duration;

fn list_tables() -> Call {
    Call::dynamodb("ListTables", "{}").signed("dynamodb")
}

/// The server answers others as if nothing had been.
async fn check_usable(server: &Server) {
    assert_eq!(server.send(&list_tables()).await.status, 200);
}

/// Sends bytes that are no HTTP. The answer is 400 or nothing, and the connection ends.
async fn check_garbage(server: &Server, bytes: &[u8], status: Option<u16>) {
    let mut client = server.connect().await;
    client.write(bytes).await;
    client.finish().await;
    let answer = client.answer().await.map(|answer| answer.status);
    assert_eq!(answer, status, "{:?}", String::from_utf8_lossy(bytes));
    assert!(client.answer().await.is_none());
}

#[tokio::test]
async fn garbage() {
    let server = Server::start().await;
    check_garbage(&server, b"", None).await;
    check_garbage(&server, b"\0\x01\x02\xff\xfe garbage\r\n\r\n", Some(400)).await;
    check_garbage(&server, b"GET / HTTP/9.9\r\n\r\n", Some(400)).await;
    check_garbage(
        &server,
        b"GET /\xff\xff HTTP/1.1\r\nHost: h\r\n\r\n",
        Some(400),
    )
    .await;
    check_garbage(&server, b"GET / HTTP/1.1\r\nBad Name: x\r\n\r\n", Some(400)).await;
    check_garbage(
        &server,
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        Some(400),
    )
    .await;
    check_garbage(
        &server,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ngarbage garbage",
        None,
    )
    .await;
    check_garbage(&server, b"POST / HTTP/1.1\r\nHost: localh", None).await;
    check_usable(&server).await;
}

#[tokio::test]
async fn heads_too_large() {
    let server = Server::start().await;
    for (name, count, length) in [("x-one", 1, 100_000), ("x-many", 200, 1)] {
        let mut head = list_tables().head();
        for n in 0..count {
            head += &format!("{name}-{n}: {}\r\n", "x".repeat(length));
        }
        let mut client = server.connect().await;
        client.write(head.as_bytes()).await;
        client.write(b"\r\n").await;
        assert_eq!(client.answer().await.map(|a| a.status), Some(431), "{name}");
    }
    check_usable(&server).await;
}

#[tokio::test]
async fn bodies_too_large() {
    const MIB: usize = 1 << 20;
    let server = Server::start().await;
    let large = |call: Call, size: usize| Call {
        body: vec![b' '; size],
        ..call
    };
    let invoke = || Call::new("POST", "/2015-03-31/functions/f/invocations");
    let create = || Call::new("POST", "/2015-03-31/functions");
    let form = || Call::form("");
    for (call, limit) in [
        (Call::dynamodb("ListTables", ""), 16 * MIB),
        (invoke(), 6 * MIB + 100),
        (create(), 70 * MIB),
        (form(), MIB),
    ] {
        let mut client = server.connect().await;
        let answer = client.send(&large(call.clone(), limit + 1)).await;
        assert_eq!(answer.status, 413, "{answer:?}");
        assert!(
            answer.code().contains("RequestEntityTooLarge"),
            "{answer:?}"
        );
        // On the same connection, at the limit: another refusal, for want of a signature.
        let answer = client.send(&large(call, limit)).await;
        assert_ne!(answer.status, 413);
    }
    check_usable(&server).await;
}

/// A body in chunks is counted as it comes.
#[tokio::test]
async fn chunked_bodies() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let head = Call::dynamodb("ListTables", "{}").signed("dynamodb").head();
    let chunked =
        format!("{head}Transfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n1\r\n}}\r\n0\r\n\r\n");
    client.write(chunked.as_bytes()).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
    client
        .write(format!("{head}Transfer-Encoding: chunked\r\n\r\n").as_bytes())
        .await;
    let chunk = [b"100000\r\n", &vec![b' '; 1 << 20][..], b"\r\n"].concat();
    for _ in 0..17 {
        client.write(&chunk).await;
    }
    client.write(b"0\r\n\r\n").await;
    assert_eq!(client.answer().await.unwrap().status, 413);
    assert_eq!(client.send(&list_tables()).await.status, 200);
}

#[tokio::test]
async fn expecting_clients() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let head = list_tables().head();
    let head = format!("{head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    client.write(head.as_bytes()).await;
    assert_eq!(client.answer().await.unwrap().status, 100);
    client.write(b"{}").await;
    assert_eq!(client.answer().await.unwrap().status, 200);
}

#[tokio::test]
async fn bodies_that_are_no_documents() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let deep = "[".repeat(4096);
    let deep_table = format!("{{\"TableName\": {deep}");
    for body in [
        &b""[..],
        b"{",
        b"{}}",
        b"\xff\xfe",
        b"{\"TableName\": \"\xff\"}",
        b"null",
        b"[]",
        b"1",
        deep.as_bytes(),
        deep_table.as_bytes(),
    ] {
        let call = Call::dynamodb("DescribeTable", body).signed("dynamodb");
        let answer = client.send(&call).await;
        let code = "400 com.amazon.coral.service#SerializationException";
        assert_eq!(answer.code(), code, "{:?}", String::from_utf8_lossy(body));
    }
    for form in ["Action=GetUser&UserName=%ff", "Action=GetUser&%ff=x"] {
        let answer = client.send(&Call::form(form).signed("iam")).await;
        assert_eq!(answer.code(), "400 MalformedInput", "{form}");
    }
    assert_eq!(client.send(&list_tables()).await.status, 200);
}

#[tokio::test]
async fn wrong_verbs_and_paths() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let target = ("x-amz-target", "DynamoDB_20120810.ListTables");
    for (method, path) in [
        ("GET", "/"),
        ("PUT", "/"),
        ("DELETE", "/"),
        ("OPTIONS", "/"),
        ("POST", "/table"),
        ("POST", "//"),
    ] {
        let call = Call::new(method, path)
            .header(target.0, target.1)
            .signed("dynamodb");
        let answer = client.send(&call).await;
        assert_eq!(answer.status, 404, "{method} {path}");
        assert_eq!(answer.body, "<UnknownOperationException/>\n");
    }
    assert_eq!(client.send(&list_tables()).await.status, 200);
}

#[tokio::test]
async fn bodies_that_break_off() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    let head = format!("{}Content-Length: 10\r\n\r\n{{", list_tables().head());
    client.write(head.as_bytes()).await;
    client.finish().await;
    assert_eq!(client.answer().await.map(|a| a.status), Some(400));
    check_usable(&server).await;
}

/// Short enough to wait for, long enough for a busy machine to send a request in.
fn hasty() -> Limits {
    Limits {
        head_timeout: Duration::from_secs(1),
        body_silence_timeout: Duration::from_secs(1),
        ..Limits::default()
    }
}

/// Sends a part of a request and then nothing. What comes is the answer, and then the end.
async fn check_slow(server: &Server, part: &str, status: Option<u16>) {
    let mut client = server.connect().await;
    client.write(part.as_bytes()).await;
    let answer = client.answer().await.map(|answer| answer.status);
    assert_eq!(answer, status, "{part}");
    assert!(client.answer().await.is_none(), "{part}");
}

#[tokio::test]
async fn slow_clients() {
    let server = Server::with(hasty()).await;
    let head = list_tables().head();
    let short = format!("{head}Content-Length: 2\r\n\r\n{{");
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n1\r\n");
    tokio::join!(
        check_slow(&server, "", None),
        check_slow(&server, "PRI * HTT", None),
        check_slow(&server, "POST / HT", None),
        check_slow(&server, &head, None),
        check_slow(&server, &short, Some(408)),
        check_slow(&server, &chunked, Some(408)),
    );
    check_usable(&server).await;
}

#[tokio::test]
async fn idle_connections_end() {
    let server = Server::with(hasty()).await;
    let mut client = server.connect().await;
    assert_eq!(client.send(&list_tables()).await.status, 200);
    assert!(client.answer().await.is_none());
}
