//! Connections, our own endpoints, and the orderly end.

use crate::clients::{Call, Server};
use crate::services::{ROLE_KEY, SECRET, SLOW_TABLE, TOKEN};
use bytes::Bytes;
use front::Limits;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::time::Duration;
use tokio::net::TcpStream;

fn list_tables() -> Call {
    Call::dynamodb("ListTables", "{}").signed("dynamodb")
}

fn slow_call() -> Call {
    let body = format!(r#"{{"TableName": "{SLOW_TABLE}"}}"#);
    Call::dynamodb("DescribeTable", body).signed("dynamodb")
}

#[tokio::test]
async fn keep_alive_and_pipelining() {
    let server = Server::start().await;
    let mut client = server.connect().await;
    for _ in 0..20 {
        assert_eq!(client.send(&list_tables()).await.status, 200);
    }
    let three = list_tables().bytes().repeat(3);
    client.write(&three).await;
    for _ in 0..3 {
        assert_eq!(client.answer().await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn http2_in_prior_knowledge() {
    let server = Server::start().await;
    let tcp = TcpStream::connect(server.door.addr).await.unwrap();
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(tcp))
        .await
        .unwrap();
    tokio::spawn(connection);
    for _ in 0..3 {
        let mut call = list_tables();
        call.parts.headers.remove("host");
        call.parts.uri = "http://localhost:4566/".parse().unwrap();
        call.parts.version = http::Version::HTTP_2;
        let body = Full::new(Bytes::from(call.body));
        let request = http::Request::from_parts(call.parts, body);
        let response = client.send_request(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, r#"{"TableNames":["t"]}"#);
    }
}

#[tokio::test]
async fn a_bounded_number_of_connections() {
    let limits = Limits {
        connections: 2,
        ..Limits::default()
    };
    let server = Server::with(limits).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    assert_eq!(first.send(&list_tables()).await.status, 200);
    assert_eq!(second.send(&list_tables()).await.status, 200);
    let mut third = server.connect().await;
    third.write(&list_tables().bytes()).await;
    drop(first);
    assert_eq!(
        third.answer().await.unwrap().status,
        200,
        "it only had to wait"
    );
}

#[tokio::test]
async fn health() {
    let server = Server::start().await;
    for path in ["/_fogbank/health", "/_localstack/health", "/health"] {
        let answer = server.send(&Call::new("GET", path)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
        let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(document["status"], "ok");
        assert_eq!(document["services"]["dynamodb"], "available");
    }
}

#[tokio::test]
async fn metrics() {
    let server = Server::start().await;
    assert_eq!(server.send(&list_tables()).await.status, 200);
    let answer = server.send(&Call::new("GET", "/_fogbank/metrics")).await;
    assert_eq!(answer.status, 200);
    for line in [
        r#"fogbank_requests_total{service="dynamodb",operation="ListTables",status="200"} "#,
        r#"fogbank_request_duration_seconds_count{service="dynamodb",operation="ListTables"} "#,
        "fogbank_requests_in_flight ",
        "fogbank_connections ",
    ] {
        assert!(answer.body.contains(line), "{line}\n{}", answer.body);
    }
}

#[tokio::test]
async fn requests_in_flight_end_before_the_server() {
    let server = Server::start().await;
    let slow = server.slow.clone();
    let mut idle = server.connect().await;
    assert_eq!(idle.send(&list_tables()).await.status, 200);
    let mut client = server.connect().await;
    client.write(&slow_call().bytes()).await;
    slow.started.acquire().await.unwrap().forget();
    let (door, serving) = server.stop();
    assert!(
        idle.answer().await.is_none(),
        "idle connections end at once"
    );

    let refused = door.send(&list_tables()).await;
    assert_eq!(
        refused.code(),
        "503 com.amazon.coral.service#ServiceUnavailableException"
    );
    let health = door.send(&Call::new("GET", "/health")).await;
    assert_eq!(health.status, 503);
    assert!(health.body.contains("stopping"));
    let invoke = Call::new("GET", "/_aws/execute-api/a/s/p");
    assert_eq!(door.send(&invoke).await.status, 503);
    let function = Call::dynamodb("ListTables", "{}");
    let function = function.signed_with("dynamodb", ROLE_KEY, SECRET, Some(TOKEN));
    assert_eq!(
        door.send(&function).await.status,
        200,
        "functions are needed to end"
    );

    assert!(!serving.is_finished());
    slow.let_go.add_permits(1);
    assert_eq!(client.answer().await.unwrap().status, 200);
    serving.await.unwrap();
    assert!(TcpStream::connect(door.addr).await.is_err());
}

#[tokio::test]
async fn draining_ends_in_any_case() {
    let limits = Limits {
        drain_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let server = Server::with(limits).await;
    let slow = server.slow.clone();
    let mut client = server.connect().await;
    client.write(&slow_call().bytes()).await;
    slow.started.acquire().await.unwrap().forget();
    server.stop().1.await.unwrap();
    assert!(client.answer().await.is_none());
}
