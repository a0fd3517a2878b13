use super::{MISSING, refused};
use crate::testing::{Draft, World, invocation, templates, texts};
use wire::apigateway::{IntegrationType, TestInvokeMethodInput, TestInvokeMethodOutput};

fn input(api: &Draft<'_>, resource_id: &str, path: Option<&str>) -> TestInvokeMethodInput {
    TestInvokeMethodInput {
        rest_api_id: api.id.clone(),
        resource_id: resource_id.into(),
        http_method: "GET".into(),
        path_with_query_string: path.map(str::to_owned),
        ..Default::default()
    }
}

/// The lines of a log without what differs from run to run.
fn lines(output: &TestInvokeMethodOutput) -> Vec<String> {
    let log = output.log.as_deref().unwrap();
    let id = log
        .lines()
        .next()
        .unwrap()
        .strip_prefix("Execution log for request ")
        .unwrap();
    log.split('\n')
        .map(|line| {
            line.replace("Sun Nov 22 12:24:07 UTC 2026", "TIME")
                .replace(id, "ID")
        })
        .collect()
}

/// As recorded for a MOCK integration, line by line.
#[tokio::test]
async fn logs() {
    let world = World::new();
    let api = world.draft().await;
    let pets = api.resource(&api.root_id, "pets").await;
    let pet = api.resource(&pets, "{petId}").await;
    api.method(&pet, "GET", |_| ()).await;
    api.integration(&pet, "GET", IntegrationType::Mock, |_| ())
        .await;
    api.response(&pet, "GET", "200", |response| {
        let template = r#"{"petId": "$input.params('petId')"}"#;
        response.response_templates = templates(&[("application/json", template)]);
    })
    .await;
    let output = world
        .call(input(&api, &pet, Some("/pets/123?foo=bar")))
        .await
        .unwrap();
    let expected = [
        "Execution log for request ID",
        "TIME : Starting execution for request: ID",
        "TIME : HTTP Method: GET, Resource Path: /pets/123",
        "TIME : Method request path: {petId=123}",
        "TIME : Method request query string: {foo=bar}",
        "TIME : Method request headers: {}",
        "TIME : Method request body before transformations: ",
        r#"TIME : Method response body after transformations: {"petId": "123"}"#,
        "TIME : Method response headers: {Content-Type=application/json}",
        "TIME : Successfully completed execution",
        "TIME : Method completed with status: 200",
        "",
    ];
    assert_eq!(lines(&output), expected);
    assert_eq!(
        (output.status, output.body.as_deref()),
        (Some(200), Some(r#"{"petId": "123"}"#))
    );
    assert_eq!(
        output.headers,
        texts(&[("Content-Type", "application/json")])
    );
    assert_eq!(
        output.multi_value_headers.unwrap()["Content-Type"],
        ["application/json"]
    );
    for (path, id, shown) in [
        (None, "{petId}", "/pets/{petId}"),
        (Some("/random/test"), "", "/random/test"),
    ] {
        let output = world.call(input(&api, &pet, path)).await.unwrap();
        assert_eq!(output.body, Some(format!(r#"{{"petId": "{id}"}}"#)));
        assert_eq!(
            lines(&output)[2],
            format!("TIME : HTTP Method: GET, Resource Path: {shown}")
        );
    }
}

#[tokio::test]
async fn functions() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "GET", |_| ()).await;
    api.integration(&api.root_id, "GET", IntegrationType::Aws, |_| ())
        .await;
    api.response(&api.root_id, "GET", "200", |_| ()).await;
    world.functions(|_, _| Ok(invocation(b"\"pong\"")));
    let body = TestInvokeMethodInput {
        body: Some("{\"ping\":1}".into()),
        ..input(&api, &api.root_id, None)
    };
    let output = world.call(body).await.unwrap();
    assert_eq!(
        (output.status, output.body.as_deref()),
        (Some(200), Some("\"pong\""))
    );
    let lines = lines(&output);
    let position = |start: &str| {
        lines
            .iter()
            .position(|line| line.starts_with(&format!("TIME : {start}")))
            .unwrap()
    };
    let order = [
        position(
            "Endpoint request URI: https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:us-east-1:111111111111:function:fn/invocations",
        ),
        position("Endpoint request headers: {"),
        position("Endpoint request body after transformations: {\"ping\":1}"),
        position("Sending request to https://lambda."),
        position("Received response. Status: 200, Integration latency: 0 ms"),
        position("Endpoint response headers: {"),
        position("Endpoint response body before transformations: \"pong\""),
        position("Method response body after transformations: \"pong\""),
        position("Method completed with status: 200"),
    ];
    assert!(order.is_sorted());
    let caller = world.neighbours.invocations.lock()[0].0.clone();
    let service::Principal::Service { source_arn, .. } = caller.principal else {
        panic!("not a service")
    };
    let expected = format!(
        "arn:aws:execute-api:us-east-1:111111111111:{}/test-invoke-stage/GET/",
        api.id
    );
    assert_eq!(source_arn.as_str(), expected);
}

/// A failed execution is a successful test; its content type is not shown, as recorded.
#[tokio::test]
async fn failures() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "GET", |_| ()).await;
    api.integration(&api.root_id, "GET", IntegrationType::Aws, |_| ())
        .await;
    api.response(&api.root_id, "GET", "200", |_| ()).await;
    world.functions(|_, _| Err(service::InvokeError::AccessDenied("no".into())));
    let output = world.call(input(&api, &api.root_id, None)).await.unwrap();
    assert_eq!(output.status, Some(500));
    assert_eq!(
        output.body.as_deref(),
        Some(r#"{"message":"Internal server error"}"#)
    );
    assert_eq!(
        output.headers,
        texts(&[("x-amzn-ErrorType", "InternalServerErrorException")])
    );
    let lines = lines(&output);
    assert!(lines.contains(&"TIME : Execution failed due to configuration error: Invalid permissions on Lambda function".to_owned()));
    assert_eq!(
        &lines[lines.len() - 2..],
        ["TIME : Method completed with status: 500", ""]
    );
    refused(
        world.call(input(&api, "fake", None)).await,
        MISSING,
        "Invalid Resource identifier specified",
    );
    let other = TestInvokeMethodInput {
        http_method: "POST".into(),
        ..input(&api, &api.root_id, None)
    };
    refused(
        world.call(other).await,
        MISSING,
        "Invalid Method identifier specified",
    );
}
