//! Answers that are passed on while they come.

use crate::execute::Response;
use crate::testing::{Draft, World, invocation};
use bytes::Bytes;
use futures_util::StreamExt;
use service::{HttpAnswer, Invocation, InvokeError};
use std::time::Duration;
use wire::apigateway::{
    IntegrationType, PutIntegrationInput, ResponseTransferMode, TestInvokeMethodInput,
};

const URI: &str = "arn:aws:apigateway:us-east-1:lambda:path/2021-11-15/functions/\
    arn:aws:lambda:us-east-1:111111111111:function:f/response-streaming-invocations";

/// An API whose root streams what its function writes.
async fn streaming(world: &World) -> Draft<'_> {
    let api = world.draft().await;
    api.method(&api.root_id, "GET", |_| ()).await;
    api.integration(&api.root_id, "GET", IntegrationType::AwsProxy, |input| {
        input.uri = Some(URI.into());
        input.response_transfer_mode = Some(ResponseTransferMode::Stream);
        input.timeout_in_millis = Some(900_000);
    })
    .await;
    api.deploy().await;
    api
}

/// The body of a streamed answer.
async fn body(response: &Response) -> String {
    let stream = response.stream.as_ref().unwrap().take();
    let pieces: Vec<Bytes> = stream.map(Result::unwrap).collect().await;
    String::from_utf8(pieces.concat()).unwrap()
}

#[tokio::test]
async fn functions_write_a_head_and_a_body() {
    let world = World::new();
    let api = streaming(&world).await;
    world.functions(|_, _| {
        let head = r#"{"statusCode": 207, "headers": {"X-Kind": "streamed", "Server": "own"},
            "multiValueHeaders": {"X-Two": ["1", "2"]}, "cookies": ["a=1", "b=2"], "other": 1}"#;
        let payload = [head.as_bytes(), &[0; 8], b"one \0 two"].concat();
        Ok(invocation(&payload))
    });
    let response = api.send("GET /test?q=1").await;
    assert_eq!((response.status, &response.body[..]), (207, &b""[..]));
    assert_eq!(response.header("X-Kind"), Some("streamed"));
    assert_eq!(response.header("x-amzn-Remapped-Server"), Some("own"));
    assert_eq!(response.header("Content-Type"), Some("application/json"));
    let all = |name: &str| {
        let named = response.headers.iter().filter(|(n, _)| n == name);
        named.map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(all("X-Two"), ["1", "2"]);
    assert_eq!(all("Set-Cookie"), ["a=1", "b=2"]);
    assert_eq!(body(&response).await, "one \0 two");
    let event = &world.payloads()[0];
    assert!(
        event.contains(r#""queryStringParameters":{"q":"1"}"#),
        "{event}"
    );
}

#[tokio::test]
async fn answers_without_a_head_are_bad_gateways() {
    let world = World::new();
    let api = streaming(&world).await;
    let bad_gateway = (502, r#"{"message":"Internal server error"}"#);
    for payload in [
        &br#"{"statusCode": 200, "body": "not a stream"}"#[..],
        b"",
        b"[]\0\0\0\0\0\0\0\0body",
        b"{\"statusCode\": \"x\"}\0\0\0\0\0\0\0\0body",
        b"{\"cookies\": \"a=1\"}\0\0\0\0\0\0\0\0body",
    ] {
        world.functions(move |_, _| Ok(invocation(payload)));
        let response = api.send("GET /test").await;
        assert_eq!((response.status, response.text()), bad_gateway);
        assert_eq!(response.stream, None);
    }
    world.functions(|_, _| {
        Ok(Invocation {
            function_error: Some("Unhandled".into()),
            ..invocation(b"{}")
        })
    });
    assert_eq!(api.send("GET /test").await.status, 502);
    world.functions(|_, _| Err(InvokeError::NotFound("f".into())));
    assert_eq!(api.send("GET /test").await.status, 500);
    world.functions(|_, _| Ok(invocation(b"{}")));
    world.slow_down(Duration::from_secs(901));
    tokio::time::pause();
    assert_eq!(api.send("GET /test").await.status, 504);
}

#[tokio::test]
async fn endpoints_stream_too() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "GET", |_| ()).await;
    api.integration(&api.root_id, "GET", IntegrationType::HttpProxy, |input| {
        input.uri = Some("http://endpoint.test/".into());
        input.response_transfer_mode = Some(ResponseTransferMode::Stream);
    })
    .await;
    api.deploy().await;
    *world.neighbours.endpoint.lock() = Ok(HttpAnswer {
        status: 206,
        headers: vec![("x-own".into(), "1".into())],
        body: Bytes::from_static(b"whole body"),
    });
    let response = api.send("GET /test").await;
    assert_eq!(
        (response.status, response.header("x-own")),
        (206, Some("1"))
    );
    assert_eq!(body(&response).await, "whole body");
}

/// Tests wait for the stream, and have no log.
#[tokio::test]
async fn tests_show_what_came() {
    let world = World::new();
    let api = streaming(&world).await;
    world.functions(|_, _| Ok(invocation(b"{}\0\0\0\0\0\0\0\0body")));
    let test = || TestInvokeMethodInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "GET".into(),
        ..Default::default()
    };
    let shown = world.call(test()).await.unwrap();
    assert_eq!(
        (shown.status, shown.body.as_deref()),
        (Some(200), Some("body"))
    );
    assert_eq!(shown.log, None);
    world.slow_down(Duration::from_secs(36));
    tokio::time::pause();
    let late = world.call(test()).await.unwrap();
    assert_eq!((late.status, late.body.as_deref()), (Some(0), Some("")));
}

type Change = fn(&mut PutIntegrationInput);

#[tokio::test]
async fn what_streams_is_checked() {
    let world = World::new();
    let api = streaming(&world).await;
    let put = async |change: Change| {
        let mut input = PutIntegrationInput {
            rest_api_id: api.id.clone(),
            resource_id: api.root_id.clone(),
            http_method: "GET".into(),
            r#type: IntegrationType::AwsProxy,
            integration_http_method: Some("POST".into()),
            uri: Some(URI.into()),
            response_transfer_mode: Some(ResponseTransferMode::Stream),
            ..Default::default()
        };
        change(&mut input);
        world
            .call(input)
            .await
            .map_err(|fault| fault.message().to_owned())
    };
    let fine = put(|input| input.timeout_in_millis = Some(900_000))
        .await
        .unwrap();
    assert_eq!(
        fine.response_transfer_mode,
        Some(ResponseTransferMode::Stream)
    );
    let refusals: [(Change, &str); 5] = [
        (
            |input| input.timeout_in_millis = Some(900_001),
            "between 50 ms and 900000 ms",
        ),
        (
            |input| input.response_transfer_mode = None,
            "The URI of an AWS_PROXY",
        ),
        (
            |input| {
                let uri = input.uri.take().unwrap();
                let uri = uri.replace("2021-11-15", "2015-03-31");
                input.uri = Some(uri.replace("response-streaming-invocations", "invocations"));
            },
            "The URI of an AWS_PROXY",
        ),
        (
            |input| input.r#type = IntegrationType::Aws,
            "only supported for",
        ),
        (
            |input| {
                input.response_transfer_mode = Some(ResponseTransferMode::Buffered);
                input.r#type = IntegrationType::HttpProxy;
                input.uri = Some("http://endpoint.test/".into());
                input.timeout_in_millis = Some(30_000);
            },
            "between 50 ms and 29000 ms",
        ),
    ];
    for (change, words) in refusals {
        let message = put(change).await.unwrap_err();
        assert!(message.contains(words), "{message}");
    }
}
