//! Integrations with HTTP endpoints and with other services.

use crate::testing::{Draft, World, request, templates, texts};
use bytes::Bytes;
use service::{HttpAnswer, HttpError, NotHere, Wanted};
use std::time::Duration;
use wire::apigateway::IntegrationType;

fn answer(status: u16, headers: &[(&str, &str)], body: &'static str) -> HttpAnswer {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    HttpAnswer {
        status,
        headers: headers.iter().map(pair).collect(),
        body: Bytes::from_static(body.as_bytes()),
    }
}

/// An API with `ANY /` integrated with an endpoint.
async fn http(world: &World, kind: IntegrationType) -> Draft<'_> {
    let api = world.draft().await;
    let parameters = [
        ("method.request.header.x-in", false),
        ("method.request.querystring.q", false),
    ];
    api.method(&api.root_id, "ANY", |input| {
        input.request_parameters = Some(
            parameters
                .iter()
                .map(|(name, is)| ((*name).to_owned(), *is))
                .collect(),
        );
    })
    .await;
    api.integration(&api.root_id, "ANY", kind, |input| {
        input.uri = Some("http://endpoint.test/a/{who}?fixed=1".into());
        input.integration_http_method = Some("POST".into());
        input.request_parameters = texts(&[
            (
                "integration.request.header.X-Out",
                "method.request.header.x-in",
            ),
            (
                "integration.request.querystring.p",
                "method.request.querystring.q",
            ),
            ("integration.request.path.who", "'me you'"),
        ]);
    })
    .await;
    api
}

#[tokio::test]
async fn proxied_endpoints() {
    let world = World::new();
    let api = http(&world, IntegrationType::HttpProxy).await;
    api.deploy().await;
    let headers = [
        ("server", "s"),
        ("x-own", "1"),
        ("transfer-encoding", "chunked"),
    ];
    *world.neighbours.endpoint.lock() = Ok(answer(302, &headers, "moved"));
    let mut sent = request(&api.id, "GET /test?q=a%20b");
    for (name, value) in [
        ("x-in", "in"),
        ("Host", "h"),
        ("Via", "v"),
        ("Accept", "text/html"),
    ] {
        sent.headers.push((name.into(), value.into()));
    }
    sent.body = Bytes::from_static(b"body");
    let response = world.gateway.execute(sent).await;
    assert_eq!((response.status, response.text()), (302, "moved"));
    assert_eq!(response.header("x-amzn-Remapped-server"), Some("s"));
    assert_eq!(response.header("x-own"), Some("1"));
    assert_eq!(response.header("transfer-encoding"), None);
    let out = world.neighbours.sent.lock().remove(0);
    assert_eq!((out.method.as_str(), &out.body[..]), ("POST", &b"body"[..]));
    assert_eq!(
        out.url,
        "http://endpoint.test/a/me%20you?fixed=1&q=a%20b&p=a%20b"
    );
    let header = |name: &str| {
        let found = out
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(header("x-out"), Some("in"));
    assert_eq!(header("accept"), Some("text/html"));
    assert_eq!(header("x-amzn-apigateway-api-id"), Some(api.id.as_str()));
    assert_eq!((header("host"), header("via")), (None, None));
}

#[tokio::test]
async fn mapped_endpoints() {
    let world = World::new();
    let api = http(&world, IntegrationType::Http).await;
    api.response(&api.root_id, "ANY", "200", |response| {
        response.response_templates = templates(&[("application/json", "[$input.body]")]);
    })
    .await;
    api.response(&api.root_id, "ANY", "404", |response| {
        response.selection_pattern = Some("4\\d{2}".into());
    })
    .await;
    api.deploy().await;
    *world.neighbours.endpoint.lock() = Ok(answer(201, &[("x-own", "1")], "1"));
    let response = world.gateway.execute(request(&api.id, "GET /test")).await;
    assert_eq!((response.status, response.text()), (200, "[1]"));
    assert_eq!(
        response.header("x-own"),
        None,
        "only mapped headers come out"
    );
    *world.neighbours.endpoint.lock() = Ok(answer(418, &[], "teapot"));
    let response = world.gateway.execute(request(&api.id, "GET /test")).await;
    assert_eq!((response.status, response.text()), (404, "teapot"));
    let out = world.neighbours.sent.lock().remove(0);
    assert!(
        !out.headers.iter().any(|(_, value)| value == "tests"),
        "the client's own"
    );
}

#[tokio::test(start_paused = true)]
async fn endpoints_that_fail() {
    let world = World::new();
    let api = http(&world, IntegrationType::HttpProxy).await;
    api.deploy().await;
    let network = r#"{"message":"Network error communicating with endpoint"}"#;
    let internal = r#"{"message":"Internal server error"}"#;
    for (error, status, body) in [
        (HttpError::UnknownHost, 500, internal),
        (HttpError::Unreachable("refused".into()), 504, network),
        (HttpError::Broken("early".into()), 504, network),
        (HttpError::TooLarge { limit: 1 }, 500, internal),
    ] {
        *world.neighbours.endpoint.lock() = Err(error);
        let response = world.gateway.execute(request(&api.id, "GET /test")).await;
        assert_eq!((response.status, response.text()), (status, body));
    }
    world.slow_down(Duration::from_secs(30));
    let response = world.gateway.execute(request(&api.id, "GET /test")).await;
    let timed_out = r#"{"message":"Endpoint request timed out"}"#;
    assert_eq!((response.status, response.text()), (504, timed_out));
}

#[tokio::test]
async fn services() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "POST", |_| ()).await;
    api.integration(&api.root_id, "POST", IntegrationType::Aws, |input| {
        input.uri = Some("arn:aws:apigateway:us-east-1:dynamodb:action/PutItem".into());
        input.integration_http_method = Some("POST".into());
        input.credentials = Some("arn:aws:iam::111111111111:role/writer".into());
        let template = r#"{"TableName":"t","Item":{"id":{"S":"$input.path('$.id')"}}}"#;
        input.request_templates = texts(&[("application/json", template)]);
    })
    .await;
    api.response(&api.root_id, "POST", "200", |_| ()).await;
    api.response(&api.root_id, "POST", "400", |response| {
        response.selection_pattern = Some("400".into());
    })
    .await;
    api.deploy().await;
    *world.neighbours.service.lock() = Ok(answer(200, &[], "{}"));
    let mut sent = request(&api.id, "POST /test");
    sent.body = Bytes::from_static(br#"{"id":"7"}"#);
    let response = world.gateway.execute(sent.clone()).await;
    assert_eq!((response.status, response.text()), (200, "{}"));
    assert_eq!(response.header("content-type"), Some("application/json"));
    let (caller, called) = world.neighbours.called.lock().remove(0);
    assert!(
        caller.arn().contains("assumed-role/writer/"),
        "{}",
        caller.arn()
    );
    assert_eq!(called.wanted, Wanted::Action("PutItem".into()));
    assert_eq!(called.service, "dynamodb");
    assert_eq!(called.body, r#"{"TableName":"t","Item":{"id":{"S":"7"}}}"#);

    *world.neighbours.service.lock() = Ok(answer(400, &[], "denied"));
    let response = world.gateway.execute(sent.clone()).await;
    assert_eq!((response.status, response.text()), (400, "denied"));
    *world.neighbours.service.lock() = Err(NotHere::Service("sqs".into()));
    let response = world.gateway.execute(sent).await;
    assert_eq!(response.status, 501);
}
