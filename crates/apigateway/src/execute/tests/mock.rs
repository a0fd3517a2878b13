//! MOCK integrations, routing, and what every answer has.

use crate::testing::{World, request, templates, texts};
use wire::apigateway::{
    CreateStageInput, DeleteRestApiInput, IntegrationType, PutGatewayResponseInput,
    PutMethodResponseInput, UpdateStageInput,
};

#[tokio::test]
async fn answers_and_ids() {
    let world = World::new();
    let api = world.draft().await;
    api.mock(&api.root_id, "GET").await;
    api.deploy().await;
    let response = api.send("GET /test").await;
    assert_eq!((response.status, response.text()), (200, ""));
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert!(response.header("x-amzn-requestid").is_some());
    assert_eq!(response.header("x-amz-apigw-id").unwrap().len(), 16);
    assert_eq!(response.header("x-amzn-trace-id"), None);
}

#[tokio::test]
async fn unknown_routes_and_stages() {
    let world = World::new();
    let api = world.draft().await;
    let pets = api.resource(&api.root_id, "pets").await;
    api.mock(&pets, "GET").await;
    api.deploy().await;
    for line in [
        "GET /test/nothing",
        "POST /test/pets",
        "GET /test",
        "GET /test/pets/1",
    ] {
        let response = api.send(line).await;
        let expected = (403, r#"{"message":"Missing Authentication Token"}"#);
        assert_eq!((response.status, response.text()), expected, "{line}");
        let error = response.header("x-amzn-errortype");
        assert_eq!(error, Some("MissingAuthenticationTokenException"), "{line}");
    }
    for line in ["GET /prod/pets", "GET /", "GET //"] {
        let response = api.send(line).await;
        assert_eq!(
            (response.status, response.text()),
            (403, r#"{"message":"Forbidden"}"#),
            "{line}"
        );
    }
    let other = world
        .gateway
        .execute(request("nosuchapi0", "GET /test/pets"))
        .await;
    assert_eq!(
        (other.status, other.header("x-amzn-errortype")),
        (403, Some("ForbiddenException"))
    );
    assert_eq!(api.send("GET /test/pets/").await.status, 200);
    assert_eq!(api.send("GET //test/pets").await.status, 200);
}

/// A deployment stays as it was; a stage's change shows at once.
#[tokio::test]
async fn deployments_are_immutable() {
    let world = World::new();
    let api = world.draft().await;
    api.mock(&api.root_id, "GET").await;
    let first = api.deploy().await;
    assert_eq!(api.send("GET /test").await.status, 200);
    api.mock(&api.root_id, "PUT").await;
    assert_eq!(api.send("PUT /test").await.status, 403);
    api.deploy().await;
    assert_eq!(api.send("PUT /test").await.status, 200);
    let back = UpdateStageInput {
        rest_api_id: api.id.clone(),
        stage_name: "test".into(),
        patch_operations: Some(vec![crate::patch::tests::operation(
            "replace",
            "/deploymentId",
            Some(&first),
        )]),
    };
    world.call(back).await.unwrap();
    assert_eq!(api.send("PUT /test").await.status, 403);
    world
        .call(DeleteRestApiInput {
            rest_api_id: api.id.clone(),
        })
        .await
        .unwrap();
    assert_eq!(
        api.send("GET /test").await.text(),
        r#"{"message":"Forbidden"}"#
    );
}

/// As recorded: what a request template overrides takes effect, and the response template sees
/// it, custom members included.
#[tokio::test]
async fn overrides() {
    let world = World::new();
    let api = world.draft().await;
    let template = concat!(
        "#set($context.responseOverride.header.foo = \"bar\")",
        "#set($context.responseOverride.status = 444)",
        "#set($context.responseOverride.custom = \"is also passed around\")",
        r#"{"statusCode": 200}"#,
    );
    api.method(&api.root_id, "GET", |_| ()).await;
    api.integration(&api.root_id, "GET", IntegrationType::Mock, |input| {
        input.request_templates = texts(&[("application/json", template)]);
    })
    .await;
    let shown = r#"{"statusOverride":"$context.responseOverride.status","fooHeader":"$context.responseOverride.header.foo","custom":"$context.responseOverride.custom"}"#;
    api.response(&api.root_id, "GET", "200", |response| {
        response.response_templates = templates(&[("application/json", shown)]);
    })
    .await;
    api.deploy().await;
    let response = api.send("GET /test").await;
    assert_eq!(response.status, 444);
    assert_eq!(
        response.text(),
        r#"{"statusOverride":"444","fooHeader":"bar","custom":"is also passed around"}"#
    );
    assert_eq!(response.header("foo"), Some("bar"));
}

#[tokio::test]
async fn selection_by_status() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "GET", |_| ()).await;
    api.integration(&api.root_id, "GET", IntegrationType::Mock, |input| {
        let template = "{statusCode: $input.params('code')}";
        input.request_templates = texts(&[("application/json", template)]);
    })
    .await;
    for (status, pattern) in [("200", ""), ("400", r"4\d{2}")] {
        api.response(&api.root_id, "GET", status, |response| {
            response.selection_pattern = Some(pattern.into());
        })
        .await;
    }
    api.deploy().await;
    assert_eq!(api.send("GET /test?code=404").await.status, 400);
    assert_eq!(api.send("GET /test?code=500").await.status, 200);
    let unreadable = api.send("GET /test?code=x").await;
    assert_eq!(
        (unreadable.status, unreadable.text()),
        (500, r#"{"message":"Internal server error"}"#)
    );
    assert_eq!(
        unreadable.header("x-amzn-errortype"),
        Some("InternalServerErrorException")
    );
}

/// Headers are mapped if the method response declares them, and reserved ones are renamed.
#[tokio::test]
async fn response_headers() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "OPTIONS", |_| ()).await;
    api.integration(&api.root_id, "OPTIONS", IntegrationType::Mock, |_| ())
        .await;
    api.response(&api.root_id, "OPTIONS", "200", |response| {
        response.response_parameters = texts(&[
            ("method.response.header.Access-Control-Allow-Origin", "'*'"),
            ("method.response.header.Server", "'mine'"),
            ("method.response.header.Transfer-Encoding", "'chunked'"),
            ("method.response.header.Content-Type", "'text/plain'"),
            ("method.response.header.X-Stage", "context.stage"),
            ("method.response.header.X-None", "context.nothing"),
        ]);
    })
    .await;
    api.deploy().await;
    let response = api.send("OPTIONS /test").await;
    assert_eq!(response.header("access-control-allow-origin"), Some("*"));
    assert_eq!(response.header("x-amzn-remapped-server"), Some("mine"));
    assert_eq!(response.header("server"), None);
    assert_eq!(response.header("transfer-encoding"), None);
    assert_eq!(response.header("content-type"), Some("text/plain"));
    assert_eq!(response.header("x-stage"), Some("test"));
    assert_eq!(response.header("x-none"), None);
}

/// A response template is chosen by what the client accepts, else JSON.
#[tokio::test]
async fn accepted_templates() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "GET", |_| ()).await;
    api.integration(&api.root_id, "GET", IntegrationType::Mock, |_| ())
        .await;
    api.response(&api.root_id, "GET", "200", |response| {
        response.response_templates =
            templates(&[("application/json", "{}"), ("application/xml", "<a/>")]);
    })
    .await;
    api.deploy().await;
    for (accept, expected) in [
        ("application/xml", "<a/>"),
        ("text/html", "{}"),
        ("application/json", "{}"),
    ] {
        let mut request = request(&api.id, "GET /test");
        request.headers.push(("Accept".into(), accept.into()));
        assert_eq!(
            world.gateway.execute(request).await.text(),
            expected,
            "{accept}"
        );
    }
}

#[tokio::test]
async fn gateway_responses_can_be_replaced() {
    let world = World::new();
    let api = world.draft().await;
    api.mock(&api.root_id, "GET").await;
    let input = PutGatewayResponseInput {
        rest_api_id: api.id.clone(),
        response_type: wire::apigateway::GatewayResponseType::MissingAuthenticationToken,
        status_code: Some("404".into()),
        response_parameters: texts(&[(
            "gatewayresponse.header.X-Path",
            "method.request.querystring.q",
        )]),
        response_templates: texts(&[(
            "application/json",
            r#"{"error":$context.error.messageString,"stage":"$context.stage"}"#,
        )]),
    };
    world.call(input).await.unwrap();
    api.deploy().await;
    let response = api.send("GET /test/none?q=v").await;
    assert_eq!(response.status, 404);
    assert_eq!(
        response.text(),
        r#"{"error":"Missing Authentication Token","stage":"test"}"#
    );
    assert_eq!(response.header("x-path"), Some("v"));
    assert_eq!(
        response.header("x-amzn-errortype"),
        Some("MissingAuthenticationTokenException")
    );
}

#[tokio::test]
async fn an_undeclared_status_is_a_configuration_error() {
    let world = World::new();
    let api = world.draft().await;
    api.mock(&api.root_id, "GET").await;
    let delete = wire::apigateway::DeleteMethodResponseInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "GET".into(),
        status_code: "200".into(),
    };
    world.call(delete).await.unwrap();
    api.deploy().await;
    assert_eq!(api.send("GET /test").await.status, 500);
    let again = PutMethodResponseInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "GET".into(),
        status_code: "200".into(),
        ..Default::default()
    };
    world.call(again).await.unwrap();
    let deployment_id = api.deploy().await;
    assert_eq!(api.send("GET /test").await.status, 200);
    let stage = CreateStageInput {
        rest_api_id: api.id.clone(),
        stage_name: "second".into(),
        deployment_id,
        ..Default::default()
    };
    world.call(stage).await.unwrap();
    assert_eq!(api.send("GET /second").await.status, 200);
}
