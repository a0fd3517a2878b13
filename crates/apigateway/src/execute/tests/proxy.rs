//! Lambda proxy integrations.

use crate::testing::{Draft, World, invocation, request};
use bytes::Bytes;
use serde_json::{Value, json};
use service::Invocation;
use wire::apigateway::{CreateRestApiInput, IntegrationType};

async fn proxied(world: &World) -> Draft<'_> {
    let api = world.draft().await;
    let proxy = api.resource(&api.root_id, "{proxy+}").await;
    api.method(&proxy, "ANY", |_| ()).await;
    api.integration(&proxy, "ANY", IntegrationType::AwsProxy, |_| ())
        .await;
    api.deploy().await;
    world.functions(|_, _| Ok(invocation(br#"{"statusCode": 200, "body": "ok"}"#)));
    api
}

fn last_event(world: &World) -> Value {
    serde_json::from_str(world.payloads().last().unwrap()).unwrap()
}

/// Paths as recorded: what survives where.
#[tokio::test]
async fn paths() {
    let world = World::new();
    let api = proxied(&world).await;
    let cases = [
        ("/test/value", "/value", "value", "/test/value"),
        ("/test/value/", "/value/", "value", "/test/value/"),
        (
            "/test/value//double",
            "/value//double",
            "value//double",
            "/test/value//double",
        ),
        ("//test/value", "/value", "value", "/test/value"),
        ("/test//value", "/value", "value", "/test//value"),
        (
            "/test/a%2Bb@c/d+e",
            "/a%2Bb@c/d+e",
            "a%2Bb@c/d+e",
            "/test/a%2Bb@c/d+e",
        ),
    ];
    for (sent, path, proxy, full) in cases {
        assert_eq!(
            api.send(&format!("GET {sent}")).await.text(),
            "ok",
            "{sent}"
        );
        let event = last_event(&world);
        assert_eq!(event["path"], path, "{sent}");
        assert_eq!(event["pathParameters"]["proxy"], proxy, "{sent}");
        assert_eq!(event["requestContext"]["path"], full, "{sent}");
        assert_eq!(event["resource"], "/{proxy+}");
        assert_eq!(event["requestContext"]["resourcePath"], "/{proxy+}");
    }
}

#[tokio::test]
async fn headers_queries_and_bodies() {
    let world = World::new();
    let api = proxied(&world).await;
    let mut request = request(
        &api.id,
        "POST /test/x?category=electronics&category=books&e=a%2Bb+c",
    );
    for (name, value) in [
        ("tEsT-HEADeR", "aValUE"),
        ("Content-Length", "2"),
        ("Connection", "close"),
        ("X-Forwarded-For", "10.0.0.1"),
    ] {
        request.headers.push((name.into(), value.into()));
    }
    request.body = Bytes::from_static(b"{}");
    world.gateway.execute(request).await;
    let event = last_event(&world);
    assert_eq!(event["httpMethod"], "POST");
    assert_eq!(event["headers"]["tEsT-HEADeR"], "aValUE");
    assert_eq!(event["headers"]["X-Forwarded-For"], "10.0.0.1, 127.0.0.1");
    assert_eq!(event["headers"]["X-Forwarded-Port"], "4566");
    assert_eq!(event["headers"]["Content-Length"], Value::Null);
    assert_eq!(event["headers"]["Connection"], Value::Null);
    assert_eq!(
        event["queryStringParameters"],
        json!({"category": "books", "e": "a+b c"})
    );
    let multi = json!({"category": ["electronics", "books"], "e": ["a+b c"]});
    assert_eq!(event["multiValueQueryStringParameters"], multi);
    assert_eq!(
        (&event["body"], &event["isBase64Encoded"]),
        (&json!("{}"), &json!(false))
    );
    let context = &event["requestContext"];
    assert_eq!(context["stage"], "test");
    assert_eq!(context["domainPrefix"], api.id);
    assert_eq!(context["identity"]["userAgent"], "tests");
    assert_eq!(context["identity"]["accountId"], Value::Null);
    assert_eq!(context["deploymentId"].as_str().unwrap().len(), 6);
    assert_eq!(context["extendedRequestId"].as_str().unwrap().len(), 16);
}

#[tokio::test]
async fn answers() {
    let world = World::new();
    let api = proxied(&world).await;
    world.functions(|_, _| {
        Ok(invocation(br#"{"statusCode": "201", "headers": {"x-a": true, "Date": "never", "Content-Type": "text/plain"},
            "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "body": "made"}"#))
    });
    let response = api.send("GET /test/x").await;
    assert_eq!((response.status, response.text()), (201, "made"));
    assert_eq!(response.header("x-a"), Some("true"));
    assert_eq!(response.header("date"), None);
    assert_eq!(response.header("x-amzn-remapped-date"), Some("never"));
    assert_eq!(response.header("content-type"), Some("text/plain"));
    let cookies = response
        .headers
        .iter()
        .filter(|(name, _)| name == "Set-Cookie")
        .count();
    assert_eq!(cookies, 2);
    world.functions(|_, _| Ok(invocation(br#"{"statusCode": 200}"#)));
    let response = api.send("GET /test/x").await;
    assert_eq!(
        (response.text(), response.header("content-type")),
        ("", Some("application/json"))
    );
}

#[tokio::test]
async fn malformed_answers_and_function_errors() {
    let world = World::new();
    let api = proxied(&world).await;
    let failed = Invocation {
        function_error: Some("Unhandled".into()),
        ..invocation(b"{}")
    };
    for answer in [
        invocation(b"{}"),
        invocation(b"\"text\""),
        invocation(br#"{"x": 1}"#),
        failed,
    ] {
        world.functions(move |_, _| Ok(answer.clone()));
        let response = api.send("GET /test/x").await;
        assert_eq!(
            (response.status, response.text()),
            (502, r#"{"message":"Internal server error"}"#)
        );
        assert_eq!(
            response.header("x-amzn-errortype"),
            Some("InternalServerErrorException")
        );
    }
}

/// Without binary media types nothing is decoded; with them, both ways.
#[tokio::test]
async fn binary_media_types() {
    let world = World::new();
    let api = proxied(&world).await;
    let encoded = br#"{"statusCode": 200, "body": "AAH/", "isBase64Encoded": true}"#;
    world.functions(|_, _| Ok(invocation(encoded)));
    assert_eq!(api.send("GET /test/x").await.text(), "AAH/");

    let input = CreateRestApiInput {
        name: "binary".into(),
        binary_media_types: Some(vec!["image/png".into()]),
        ..Default::default()
    };
    let created = world.call(input).await.unwrap();
    let root_id = created.root_resource_id.unwrap();
    let api = Draft::of(&world, created.id.unwrap(), root_id);
    api.method(&api.root_id, "POST", |_| ()).await;
    api.integration(&api.root_id, "POST", IntegrationType::AwsProxy, |_| ())
        .await;
    api.deploy().await;
    for (accept, body) in [
        ("image/png,*/*", b"\x00\x01\xff".as_slice()),
        ("text/html", b"AAH/"),
    ] {
        let mut request = request(&api.id, "POST /test");
        request.headers.push(("Accept".into(), accept.into()));
        request
            .headers
            .push(("Content-Type".into(), "image/png".into()));
        request.body = Bytes::from_static(b"\x00\xff");
        assert_eq!(world.gateway.execute(request).await.body, body, "{accept}");
        let event = last_event(&world);
        assert_eq!(
            (&event["body"], &event["isBase64Encoded"]),
            (&json!("AP8="), &json!(true))
        );
    }
}
