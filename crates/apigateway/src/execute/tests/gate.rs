//! Authorisation, API keys and validation.

use crate::execute::Signature;
use crate::testing::{Draft, World, request, templates, texts, user};
use wire::apigateway::{
    CreateModelInput, CreateRequestValidatorInput, GatewayResponseType, IntegrationType,
    UpdateRestApiInput,
};

async fn mocked(world: &World, authorization: &str) -> String {
    let api = world.draft().await;
    api.method(&api.root_id, "GET", |input| {
        input.authorization_type = authorization.into()
    })
    .await;
    api.integration(&api.root_id, "GET", IntegrationType::Mock, |_| ())
        .await;
    api.response(&api.root_id, "GET", "200", |response| {
        let template = "$context.identity.userArn $context.identity.caller";
        response.response_templates = templates(&[("application/json", template)]);
    })
    .await;
    api.deploy().await;
    api.id
}

#[tokio::test]
async fn iam_authorisation() {
    let world = World::new();
    let id = mocked(&world, "AWS_IAM").await;
    let unsigned = world.gateway.execute(request(&id, "GET /test")).await;
    let expected = (403, r#"{"message":"Missing Authentication Token"}"#);
    assert_eq!((unsigned.status, unsigned.text()), expected);

    let mut signed = request(&id, "GET /test");
    signed.signature = Signature::Valid(Box::new(user("ada")));
    let response = world.gateway.execute(signed.clone()).await;
    assert_eq!(
        response.text(),
        "arn:aws:iam::111111111111:user/ada AIDAUSER"
    );
    let asked = world.neighbours.asked.lock().last().unwrap().clone();
    assert_eq!(asked.action, "execute-api:Invoke");
    let arn = format!("arn:aws:execute-api:us-east-1:111111111111:{id}/test/GET/");
    assert_eq!(asked.resource, arn);

    world.neighbours.denied.lock().push("execute-api:Invoke");
    let denied = world.gateway.execute(signed).await;
    let message = format!(
        "User: arn:aws:iam::111111111111:user/ada is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********1111:{id}/test/GET/"
    );
    assert_eq!(
        (denied.status, denied.text()),
        (403, format!(r#"{{"Message":"{message}"}}"#).as_str())
    );
    assert_eq!(
        denied.header("x-amzn-errortype"),
        Some("AccessDeniedException")
    );

    let mut refused = request(&id, "GET /test");
    refused.signature = Signature::Refused {
        error_type: "InvalidSignatureException",
        response: GatewayResponseType::InvalidSignature,
        message: "The request signature we calculated does not match".into(),
    };
    let response = world.gateway.execute(refused).await;
    assert_eq!(
        response.header("x-amzn-errortype"),
        Some("InvalidSignatureException")
    );
}

/// A signature means nothing to a method without authorisation, right or wrong.
#[tokio::test]
async fn signatures_are_ignored_without_authorisation() {
    let world = World::new();
    let id = mocked(&world, "NONE").await;
    let mut request = request(&id, "GET /test");
    request.signature = Signature::Refused {
        error_type: "InvalidSignatureException",
        response: GatewayResponseType::InvalidSignature,
        message: "wrong".into(),
    };
    assert_eq!(world.gateway.execute(request).await.status, 200);
}

#[tokio::test]
async fn resource_policies() {
    let world = World::new();
    let id = mocked(&world, "NONE").await;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"execute-api:Invoke","Resource":"execute-api:/*"}]}"#;
    let update = UpdateRestApiInput {
        rest_api_id: id.clone(),
        patch_operations: Some(vec![crate::patch::tests::operation(
            "replace",
            "/policy",
            Some(policy),
        )]),
    };
    let updated = world.call(update).await.unwrap();
    // It comes back as the inside of a JSON string.
    assert!(updated.policy.unwrap().starts_with(r#"{\"Version\":"#));
    let root_id = updated.root_resource_id.unwrap();
    Draft::of(&world, id.clone(), root_id).deploy().await;
    world.neighbours.asked.lock().clear();
    assert_eq!(
        world
            .gateway
            .execute(request(&id, "GET /test"))
            .await
            .status,
        200
    );
    assert!(world.neighbours.asked.lock()[0].resource_policy.is_some());
    world.neighbours.denied.lock().push("execute-api:Invoke");
    let denied = world.gateway.execute(request(&id, "GET /test")).await;
    assert_eq!(denied.status, 403);
    assert!(
        denied
            .text()
            .starts_with(r#"{"Message":"User: anonymous is not authorized"#)
    );
}

#[tokio::test]
async fn api_keys_are_required() {
    let world = World::new();
    let api = world.draft().await;
    api.method(&api.root_id, "GET", |input| {
        input.api_key_required = Some(true)
    })
    .await;
    api.integration(&api.root_id, "GET", IntegrationType::Mock, |_| ())
        .await;
    api.deploy().await;
    let mut request = request(&api.id, "GET /test");
    request.headers.push(("x-api-key".into(), "guess".into()));
    let response = world.gateway.execute(request).await;
    assert_eq!(
        (response.status, response.text()),
        (403, r#"{"message":"Forbidden"}"#)
    );
    assert_eq!(
        response.header("x-amzn-errortype"),
        Some("ForbiddenException")
    );
}

#[tokio::test]
async fn validation() {
    let world = World::new();
    let api = world.draft().await;
    let validator = CreateRequestValidatorInput {
        rest_api_id: api.id.clone(),
        name: Some("all".into()),
        validate_request_body: Some(true),
        validate_request_parameters: Some(true),
    };
    let validator = world.call(validator).await.unwrap();
    let model = CreateModelInput {
        rest_api_id: api.id.clone(),
        name: "Pet".into(),
        schema: Some(
            r#"{"type":"object","required":["name"],"properties":{"name":{"type":"string"}}}"#
                .into(),
        ),
        content_type: "application/json".into(),
        description: None,
    };
    world.call(model).await.unwrap();
    api.method(&api.root_id, "POST", |input| {
        input.request_validator_id = validator.id;
        input.request_models = texts(&[("application/json", "Pet")]);
        let parameters = [
            ("method.request.header.X-Needed", true),
            ("method.request.querystring.q", true),
            ("method.request.querystring.optional", false),
        ];
        input.request_parameters = Some(
            parameters
                .map(|(name, required)| (name.to_owned(), required))
                .into(),
        );
    })
    .await;
    api.integration(&api.root_id, "POST", IntegrationType::Mock, |_| ())
        .await;
    api.response(&api.root_id, "POST", "200", |_| ()).await;
    api.deploy().await;

    let response = api.post("POST /test", "{}").await;
    let expected = r#"{"message":"Missing required request parameters: [X-Needed, q]"}"#;
    assert_eq!((response.status, response.text()), (400, expected));
    let send = async |body: &'static str| {
        let mut request = request(&api.id, "POST /test?q=1");
        request.headers.push(("x-needed".into(), "yes".into()));
        request.body = body.into();
        world.gateway.execute(request).await
    };
    assert_eq!(send(r#"{"name":"Rex"}"#).await.status, 200);
    for body in ["{}", r#"{"name":1}"#, "not json", ""] {
        let response = send(body).await;
        let expected = (400, r#"{"message":"Invalid request body"}"#);
        assert_eq!((response.status, response.text()), expected, "{body}");
        assert_eq!(
            response.header("x-amzn-errortype"),
            Some("BadRequestException")
        );
    }
}
