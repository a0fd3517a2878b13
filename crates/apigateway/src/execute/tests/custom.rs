//! Lambda integrations with templates.

use crate::testing::{FUNCTION_URI, World, invocation, request, templates, texts};
use bytes::Bytes;
use service::{Invocation, InvocationKind, InvokeError, Principal};
use std::time::Duration;
use wire::apigateway::{ConnectionType, IntegrationType, UpdateStageInput};

/// The seed of every tutorial: POST, a function, one response.
async fn tutorial(world: &World) -> crate::testing::Draft<'_> {
    let api = world.draft().await;
    let resource = api.resource(&api.root_id, "manager").await;
    api.method(&resource, "POST", |_| ()).await;
    api.integration(&resource, "POST", IntegrationType::Aws, |_| ())
        .await;
    api.response(&resource, "POST", "200", |_| ()).await;
    api.deploy().await;
    api
}

#[tokio::test]
async fn bodies_pass_through() {
    let world = World::new();
    let api = tutorial(&world).await;
    let response = api
        .post("POST /test/manager", r#"{"operation": "ping"}"#)
        .await;
    assert_eq!(
        (response.status, response.text()),
        (200, r#"{"operation": "ping"}"#)
    );
    assert_eq!(response.header("content-type"), Some("application/json"));
    assert!(
        response
            .header("x-amzn-trace-id")
            .unwrap()
            .starts_with("Root=1-")
    );
    assert_eq!(api.send("POST /test/manager").await.text(), "{}");
    assert_eq!(world.payloads(), [r#"{"operation": "ping"}"#, "{}"]);
}

/// The function's policy decides, about the API as a source.
#[tokio::test]
async fn functions_are_invoked_as_the_service() {
    let world = World::new();
    let api = tutorial(&world).await;
    api.post("POST /test/manager", "{}").await;
    let (caller, request) = world.neighbours.invocations.lock()[0].clone();
    assert_eq!(
        request.function_arn,
        "arn:aws:lambda:us-east-1:111111111111:function:fn"
    );
    assert_eq!(request.kind, InvocationKind::RequestResponse);
    assert_eq!(caller.source.via, ["apigateway.amazonaws.com"]);
    let Principal::Service {
        name,
        source_arn,
        source_account,
    } = caller.principal
    else {
        panic!("not a service");
    };
    assert_eq!(name, "apigateway.amazonaws.com");
    let expected = format!(
        "arn:aws:execute-api:us-east-1:111111111111:{}/test/POST/manager",
        api.id
    );
    assert_eq!(source_arn.as_str(), expected);
    assert_eq!(source_account.as_str(), "111111111111");
}

#[tokio::test]
async fn refusals_are_internal_errors() {
    let world = World::new();
    let api = tutorial(&world).await;
    for error in [
        InvokeError::AccessDenied("no permission".into()),
        InvokeError::NotFound("fn".into()),
        InvokeError::Throttled("Rate Exceeded.".into()),
        InvokeError::Refused(wire::Fault::internal()),
    ] {
        world.functions(move |_, _| Err(error.clone()));
        let response = api.post("POST /test/manager", "{}").await;
        assert_eq!(
            (response.status, response.text()),
            (500, r#"{"message":"Internal server error"}"#)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn slow_functions_time_out() {
    let world = World::new();
    let api = tutorial(&world).await;
    world.slow_down(Duration::from_millis(28_900));
    assert_eq!(api.post("POST /test/manager", "{}").await.status, 200);
    world.slow_down(Duration::from_secs(60));
    let response = api.post("POST /test/manager", "{}").await;
    assert_eq!(
        (response.status, response.text()),
        (504, r#"{"message":"Endpoint request timed out"}"#)
    );
}

fn function_error(message: &str) -> Invocation {
    let payload = format!(r#"{{"errorMessage":"{message}","errorType":"Exception"}}"#);
    Invocation {
        function_error: Some("Unhandled".into()),
        ..invocation(payload.as_bytes())
    }
}

/// As recorded: the error message selects the response, and its body is the error as it is.
#[tokio::test]
async fn selection_by_error_message() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "POST", |_| ()).await;
    api.integration(&api.root_id, "POST", IntegrationType::Aws, |_| ())
        .await;
    for (status, pattern) in [
        ("200", None),
        ("400", Some(".*four hundred.*")),
        ("500", Some(".*five.*")),
    ] {
        api.response(&api.root_id, "POST", status, |response| {
            response.selection_pattern = pattern.map(str::to_owned);
        })
        .await;
    }
    api.deploy().await;
    for (message, status) in [
        ("Raising four hundred", 400),
        ("Raising five", 500),
        ("other", 200),
    ] {
        world.functions(move |_, _| Ok(function_error(message)));
        let response = api.post("POST /test", "{}").await;
        assert_eq!(response.status, status, "{message}");
        assert!(response.text().contains(message));
    }
    world.functions(|_, _| Ok(invocation(br#""Pass""#)));
    let response = api.post("POST /test", "{}").await;
    assert_eq!((response.status, response.text()), (200, r#""Pass""#));
}

#[tokio::test]
async fn no_response_matches() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "POST", |_| ()).await;
    api.integration(&api.root_id, "POST", IntegrationType::Aws, |_| ())
        .await;
    api.response(&api.root_id, "POST", "400", |response| {
        response.selection_pattern = Some("bad.*".into());
    })
    .await;
    api.deploy().await;
    assert_eq!(api.post("POST /test", "{}").await.status, 500);
}

#[tokio::test]
async fn templates_in_both_directions() {
    let world = World::new();
    let api = world.draft().await;
    let pet = api.resource(&api.root_id, "{id}").await;
    api.method(&pet, "GET", |_| ()).await;
    api.integration(&pet, "GET", IntegrationType::Aws, |input| {
        let template =
            r#"{"id":"$input.params('id')","q":"$input.params('q')","stage":"$context.stage"}"#;
        input.request_templates = texts(&[("application/json", template)]);
    })
    .await;
    api.response(&pet, "GET", "200", |response| {
        let template = concat!(
            "#set($root = $input.path('$'))",
            "#if($root.id == \"bad\")#set($context.responseOverride.status = 418)#end",
            r#"{"pet":"$root.id","query":$input.json('$.q')}"#,
        );
        response.response_templates = templates(&[("application/json", template)]);
        response.response_parameters = texts(&[(
            "method.response.header.X-Id",
            "integration.response.body.id",
        )]);
    })
    .await;
    api.deploy().await;
    let response = api.send("GET /test/7?q=a%20b").await;
    assert_eq!(
        (response.status, response.text()),
        (200, r#"{"pet":"7","query":"a b"}"#)
    );
    assert_eq!(response.header("x-id"), Some("7"));
    assert_eq!(world.payloads(), [r#"{"id":"7","q":"a b","stage":"test"}"#]);
    assert_eq!(api.send("GET /test/bad").await.status, 418);
}

#[tokio::test]
async fn passthrough_behaviours() {
    let cases = [
        ("WHEN_NO_MATCH", false, "text/plain", 200),
        ("WHEN_NO_MATCH", true, "text/plain", 200),
        ("WHEN_NO_TEMPLATES", false, "text/plain", 200),
        ("WHEN_NO_TEMPLATES", true, "text/plain", 415),
        (
            "WHEN_NO_TEMPLATES",
            true,
            "application/json; charset=utf-8",
            200,
        ),
        ("NEVER", false, "text/plain", 415),
        ("NEVER", true, "APPLICATION/JSON", 200),
    ];
    for (behaviour, template, content_type, status) in cases {
        let world = World::new();
        let api = world.draft().await;
        api.method(&api.root_id, "POST", |_| ()).await;
        api.integration(&api.root_id, "POST", IntegrationType::Aws, |input| {
            input.passthrough_behavior = Some(behaviour.into());
            input.request_templates = template
                .then(|| texts(&[("application/json", "{}")]))
                .flatten();
        })
        .await;
        api.response(&api.root_id, "POST", "200", |_| ()).await;
        api.deploy().await;
        let mut request = request(&api.id, "POST /test");
        request
            .headers
            .push(("Content-Type".into(), content_type.into()));
        request.body = Bytes::from_static(b"1");
        let response = world.gateway.execute(request).await;
        assert_eq!(
            response.status, status,
            "{behaviour} {template} {content_type}"
        );
        if status == 415 {
            assert_eq!(response.text(), r#"{"message":"Unsupported Media Type"}"#);
        }
    }
}

#[tokio::test]
async fn unreadable_bodies_are_the_clients_fault() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "POST", |_| ()).await;
    api.integration(&api.root_id, "POST", IntegrationType::Aws, |input| {
        input.request_templates = texts(&[("application/json", "$input.json('$.a')")]);
    })
    .await;
    api.response(&api.root_id, "POST", "200", |_| ()).await;
    api.deploy().await;
    let response = api.post("POST /test", "foo").await;
    assert_eq!(response.status, 400);
    assert!(
        response
            .text()
            .contains("Could not parse request body into json: Unrecognized token 'foo'")
    );
    assert_eq!(
        response.header("x-amzn-errortype"),
        Some("BadRequestException")
    );
    assert_eq!(world.payloads().len(), 0);
}

#[tokio::test]
async fn broken_templates_fail_when_used() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "POST", |_| ()).await;
    api.integration(&api.root_id, "POST", IntegrationType::Aws, |input| {
        input.request_templates = texts(&[("application/json", "#if(")]);
    })
    .await;
    api.response(&api.root_id, "POST", "200", |_| ()).await;
    api.deploy().await;
    assert_eq!(api.post("POST /test", "{}").await.status, 500);
}

#[tokio::test]
async fn only_post_reaches_a_function() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "GET", |_| ()).await;
    api.integration(&api.root_id, "GET", IntegrationType::Aws, |input| {
        input.integration_http_method = Some("GET".into());
    })
    .await;
    api.response(&api.root_id, "GET", "200", |_| ()).await;
    api.deploy().await;
    assert_eq!(
        api.send("GET /test").await.text(),
        r#"{"message":"Internal server error"}"#
    );
    assert_eq!(world.payloads().len(), 0);
}

#[tokio::test]
async fn stage_variables_choose_the_function() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "GET", |_| ()).await;
    api.integration(&api.root_id, "GET", IntegrationType::Aws, |input| {
        input.uri = Some(FUNCTION_URI.replace(":fn", ":${stageVariables.name}"));
    })
    .await;
    api.response(&api.root_id, "GET", "200", |_| ()).await;
    api.deploy().await;
    let stage = UpdateStageInput {
        rest_api_id: api.id.clone(),
        stage_name: "test".into(),
        patch_operations: Some(vec![crate::patch::tests::operation(
            "replace",
            "/variables/name",
            Some("other"),
        )]),
    };
    world.call(stage).await.unwrap();
    api.send("GET /test").await;
    let arn = world.neighbours.invocations.lock()[0]
        .1
        .function_arn
        .clone();
    assert_eq!(arn, "arn:aws:lambda:us-east-1:111111111111:function:other");
}

#[tokio::test]
async fn asynchronous_invocation() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "POST", |_| ()).await;
    api.integration(&api.root_id, "POST", IntegrationType::Aws, |input| {
        input.request_parameters = texts(&[(
            "integration.request.header.X-Amz-Invocation-Type",
            "'Event'",
        )]);
    })
    .await;
    api.response(&api.root_id, "POST", "200", |_| ()).await;
    api.deploy().await;
    world.functions(|_, _| Ok(invocation(b"")));
    let response = api.post("POST /test", "{}").await;
    assert_eq!((response.status, response.text()), (200, ""));
    assert_eq!(
        world.neighbours.invocations.lock()[0].1.kind,
        InvocationKind::Event
    );
}

/// As recorded for AWS integrations.
#[tokio::test]
async fn headers_of_the_connection_cannot_be_mapped() {
    for header in [
        "Content-Length",
        "Transfer-Encoding",
        "Authorization",
        "Connection",
        "Expect",
        "Proxy-Authenticate",
        "TE",
    ] {
        for kind in [IntegrationType::Aws, IntegrationType::AwsProxy] {
            let world = World::new();
            let api = world.draft().await;
            api.method(&api.root_id, "POST", |_| ()).await;
            api.integration(&api.root_id, "POST", kind, |input| {
                let target = format!("integration.request.header.{header}");
                input.request_parameters = texts(&[(&target, "'x'")]);
            })
            .await;
            api.response(&api.root_id, "POST", "200", |_| ()).await;
            api.deploy().await;
            let response = api.post("POST /test", "{}").await;
            assert_eq!(
                (response.status, response.text()),
                (500, r#"{"message":"Internal server error"}"#),
                "{header}"
            );
        }
    }
}

#[tokio::test]
async fn roles_are_assumed_once() {
    let world = World::new();
    let api = world.draft().await;
    for (verb, role) in [("GET", "trusting"), ("POST", "untrusting")] {
        api.method(&api.root_id, verb, |_| ()).await;
        api.integration(&api.root_id, verb, IntegrationType::Aws, |input| {
            input.credentials = Some(format!("arn:aws:iam::111111111111:role/{role}"));
        })
        .await;
        api.response(&api.root_id, verb, "200", |_| ()).await;
    }
    api.deploy().await;
    api.send("GET /test").await;
    assert_eq!(api.send("GET /test").await.status, 200);
    assert_eq!(world.neighbours.assumed.lock().len(), 1);
    let caller = world.neighbours.invocations.lock()[0].0.clone();
    assert!(matches!(caller.principal, Principal::Role(_)));
    assert_eq!(api.send("POST /test").await.status, 500);
    assert!(
        world
            .neighbours
            .asked
            .lock()
            .iter()
            .any(|r| r.action == "iam:PassRole")
    );
}

#[tokio::test]
async fn what_is_not_built_says_so() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "GET", |_| ()).await;
    api.integration(&api.root_id, "GET", IntegrationType::HttpProxy, |input| {
        input.uri = Some("http://example.com".into());
        input.connection_type = Some(ConnectionType::VpcLink);
        input.connection_id = Some("link".into());
    })
    .await;
    api.deploy().await;
    let response = api.send("GET /test").await;
    let expected = r#"{"message":"Not implemented: integrations through VPC links"}"#;
    assert_eq!((response.status, response.text()), (501, expected));
}
