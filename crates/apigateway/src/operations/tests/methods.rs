use super::{BAD, CONFLICT, MISSING, patches, refused};
use crate::testing::{Draft, FUNCTION_URI, World, templates, texts};
use wire::apigateway::{
    ConnectionType, DeleteIntegrationInput, DeleteIntegrationResponseInput, DeleteMethodInput,
    DeleteMethodResponseInput, GetIntegrationInput, GetIntegrationResponseInput, GetMethodInput,
    IntegrationType, Method, PutIntegrationInput, PutIntegrationResponseInput, PutMethodInput,
    PutMethodResponseInput, UpdateIntegrationInput, UpdateIntegrationResponseInput,
    UpdateMethodInput, UpdateMethodResponseInput,
};

const NO_RESOURCE: &str = "Invalid Resource identifier specified";
const NO_METHOD: &str = "Invalid Method identifier specified";
const NO_INTEGRATION: &str = "Invalid Integration identifier specified";
const NO_STATUS: &str = "Invalid Response status code specified";
const AUTHORIZER: &str = "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.";

fn put(api: &Draft<'_>, verb: &str) -> PutMethodInput {
    PutMethodInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: verb.into(),
        authorization_type: "NONE".into(),
        ..Default::default()
    }
}

fn integrate(api: &Draft<'_>, kind: IntegrationType, uri: &str) -> PutIntegrationInput {
    PutIntegrationInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "ANY".into(),
        r#type: kind,
        integration_http_method: Some("POST".into()),
        uri: Some(uri.into()),
        ..Default::default()
    }
}

async fn update(
    world: &World,
    api: &Draft<'_>,
    list: &[(&str, &str, &str)],
) -> Result<Method, wire::Fault> {
    let input = UpdateMethodInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "ANY".into(),
        patch_operations: patches(list),
    };
    world.call(input).await
}

#[tokio::test]
async fn lifecycle() {
    let world = World::new();
    let api = world.draft().await;
    let created = world.call(put(&api, "ANY")).await.unwrap();
    assert_eq!(created.authorization_type.as_deref(), Some("NONE"));
    assert_eq!(
        (created.api_key_required, created.method_responses),
        (Some(false), None)
    );
    refused(
        world.call(put(&api, "ANY")).await,
        CONFLICT,
        "Method already exists for this resource",
    );
    let get = GetMethodInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "ANY".into(),
    };
    assert!(world.call(get.clone()).await.is_ok());
    let delete = || DeleteMethodInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "ANY".into(),
    };
    world.call(delete()).await.unwrap();
    refused(world.call(get).await, MISSING, NO_METHOD);
    refused(world.call(delete()).await, MISSING, NO_METHOD);
}

#[tokio::test]
async fn refused_methods() {
    let world = World::new();
    let api = world.draft().await;
    let refuse = async |change: &dyn Fn(&mut PutMethodInput), code, message: &str| {
        let mut input = put(&api, "ANY");
        change(&mut input);
        refused(world.call(input).await, code, message);
    };
    refuse(&|i| i.rest_api_id = "fake".into(), MISSING, NO_RESOURCE).await;
    refuse(&|i| i.resource_id = "fake".into(), MISSING, NO_RESOURCE).await;
    let verbs = "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY";
    refuse(&|i| i.http_method = "WRONG".into(), BAD, verbs).await;
    refuse(&|i| i.authorization_type = "CUSTOM".into(), BAD, AUTHORIZER).await;
    refuse(
        &|i| i.request_validator_id = Some("fake".into()),
        BAD,
        "Invalid Request Validator identifier specified",
    )
    .await;
    refuse(
        &|i| i.request_models = texts(&[("application/json", "petModel")]),
        BAD,
        "Invalid model identifier specified: petModel",
    )
    .await;
    let same = [
        ("method.request.querystring.q", true),
        ("method.request.header.q", true),
    ];
    let same = same.map(|(name, required)| (name.to_owned(), required));
    refuse(
        &|i| i.request_parameters = Some(same.clone().into()),
        BAD,
        "Parameter names must be unique across querystring, header and path",
    )
    .await;
}

#[tokio::test]
async fn updates() {
    let world = World::new();
    let api = world.draft().await;
    world.call(put(&api, "ANY")).await.unwrap();
    let added = update(
        &world,
        &api,
        &[
            (
                "add",
                "/requestParameters/method.request.querystring.optional",
                "true",
            ),
            ("add", "/requestModels/application~1json", "Empty"),
        ],
    )
    .await
    .unwrap();
    assert_eq!(
        added.request_models,
        texts(&[("application/json", "Empty")])
    );
    assert!(added.request_parameters.unwrap()["method.request.querystring.optional"]);
    let replaced = update(
        &world,
        &api,
        &[
            ("replace", "/operationName", "ReplacedOperationName"),
            ("replace", "/apiKeyRequired", "true"),
            ("replace", "/authorizationType", "AWS_IAM"),
            (
                "replace",
                "/requestParameters/method.request.querystring.optional",
                "false",
            ),
        ],
    )
    .await
    .unwrap();
    assert_eq!(replaced.authorization_type.as_deref(), Some("AWS_IAM"));
    assert_eq!(
        (
            replaced.api_key_required,
            replaced.operation_name.as_deref()
        ),
        (Some(true), Some("ReplacedOperationName"))
    );
    let removed = update(
        &world,
        &api,
        &[
            (
                "remove",
                "/requestParameters/method.request.querystring.optional",
                "",
            ),
            ("remove", "/requestModels/application~1json", ""),
        ],
    )
    .await
    .unwrap();
    assert_eq!(
        (removed.request_models, removed.request_parameters),
        (None, None)
    );
    // Anything but `true` is false; an authorizer without a type for it is ignored.
    let odd = update(
        &world,
        &api,
        &[
            ("replace", "/apiKeyRequired", "whatever"),
            ("replace", "/authorizerId", "fake"),
        ],
    )
    .await
    .unwrap();
    assert_eq!(
        (odd.api_key_required, odd.authorizer_id),
        (Some(false), None)
    );
}

#[tokio::test]
async fn refused_updates() {
    let world = World::new();
    let api = world.draft().await;
    refused(update(&world, &api, &[]).await, MISSING, NO_METHOD);
    world.call(put(&api, "ANY")).await.unwrap();
    for (op, path, value, message) in [
        (
            "add",
            "/apiKeyRequired",
            "true",
            "Invalid patch operation specified. Must be one of: [replace]",
        ),
        (
            "remove",
            "/operationName",
            "",
            "Invalid patch operation specified. Must be one of: [replace]",
        ),
        (
            "replace",
            "/httpMethod",
            "POST",
            "Invalid patch path /httpMethod",
        ),
        (
            "replace",
            "/requestParameters",
            "x",
            "Invalid patch path /requestParameters",
        ),
        (
            "add",
            "/requestModels/application/json",
            "Empty",
            "Invalid patch path /requestModels/application/json",
        ),
        ("replace", "/authorizationType", "CUSTOM", AUTHORIZER),
        (
            "replace",
            "/requestValidatorId",
            "fake",
            "Invalid Request Validator identifier specified",
        ),
    ] {
        refused(
            update(&world, &api, &[(op, path, value)]).await,
            BAD,
            message,
        );
    }
}

#[tokio::test]
async fn integrations() {
    let world = World::new();
    let api = world.draft().await;
    let put_it = integrate(&api, IntegrationType::Aws, FUNCTION_URI);
    refused(world.call(put_it.clone()).await, MISSING, NO_METHOD);
    let elsewhere = PutIntegrationInput {
        resource_id: "fake".into(),
        ..put_it.clone()
    };
    refused(world.call(elsewhere).await, MISSING, NO_RESOURCE);
    world.call(put(&api, "ANY")).await.unwrap();
    let get = GetIntegrationInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "ANY".into(),
    };
    refused(world.call(get.clone()).await, MISSING, NO_INTEGRATION);
    let created = world.call(put_it).await.unwrap();
    assert_eq!(
        created.cache_namespace.as_deref(),
        Some(api.root_id.as_str())
    );
    assert_eq!(created.cache_key_parameters, Some(vec![]));
    assert_eq!(
        created.passthrough_behavior.as_deref(),
        Some("WHEN_NO_MATCH")
    );
    assert_eq!(
        (created.timeout_in_millis, created.connection_type),
        (Some(29_000), None)
    );
    assert_eq!(world.call(get.clone()).await.unwrap(), created);
    let over_http = world
        .call(integrate(&api, IntegrationType::Http, "http://example.com"))
        .await
        .unwrap();
    assert_eq!(over_http.connection_type, Some(ConnectionType::Internet));
    let delete = DeleteIntegrationInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "ANY".into(),
    };
    world.call(delete).await.unwrap();
    refused(world.call(get).await, MISSING, NO_INTEGRATION);
}

#[tokio::test]
async fn refused_integrations() {
    let world = World::new();
    let api = world.draft().await;
    world.call(put(&api, "ANY")).await.unwrap();
    let verb = "Enumeration value for HttpMethod must be non-empty";
    for kind in [
        IntegrationType::Http,
        IntegrationType::HttpProxy,
        IntegrationType::Aws,
    ] {
        let input = PutIntegrationInput {
            integration_http_method: None,
            ..integrate(&api, kind, FUNCTION_URI)
        };
        refused(world.call(input).await, BAD, verb);
    }
    for (kind, uri, message) in [
        (
            IntegrationType::Http,
            "non-http",
            "Invalid HTTP endpoint specified for URI",
        ),
        (
            IntegrationType::Aws,
            "non-arn",
            "Invalid ARN specified in the request",
        ),
        (
            IntegrationType::Aws,
            "arn:aws:iam::000000000000:role/x",
            "AWS ARN for integration must contain path or action",
        ),
        (
            IntegrationType::AwsProxy,
            "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem",
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
        ),
    ] {
        refused(world.call(integrate(&api, kind, uri)).await, BAD, message);
    }
    let mapping = |source: &str| PutIntegrationInput {
        request_parameters: texts(&[("integration.request.path.p", source)]),
        ..integrate(&api, IntegrationType::Aws, FUNCTION_URI)
    };
    let wrong = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: true]";
    refused(world.call(mapping("true")).await, BAD, wrong);
    let undeclared = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.request.header.x]";
    refused(
        world.call(mapping("method.request.header.x")).await,
        BAD,
        undeclared,
    );
    let slow = PutIntegrationInput {
        timeout_in_millis: Some(30_000),
        ..integrate(&api, IntegrationType::Aws, FUNCTION_URI)
    };
    refused(
        world.call(slow).await,
        BAD,
        "Timeout should be between 50 ms and 29000 ms",
    );
}

#[tokio::test]
async fn integration_updates() {
    let world = World::new();
    let api = world.draft().await;
    world.call(put(&api, "ANY")).await.unwrap();
    world
        .call(integrate(&api, IntegrationType::Aws, FUNCTION_URI))
        .await
        .unwrap();
    let update = async |list: &[(&str, &str, &str)]| {
        let input = UpdateIntegrationInput {
            rest_api_id: api.id.clone(),
            resource_id: api.root_id.clone(),
            http_method: "ANY".into(),
            patch_operations: patches(list),
        };
        world.call(input).await
    };
    let updated = update(&[
        ("replace", "/uri", &FUNCTION_URI.replace(":fn", ":other")),
        ("add", "/requestTemplates/application~1json", "{}"),
        ("replace", "/passthroughBehavior", "NEVER"),
        ("replace", "/timeoutInMillis", "50"),
    ])
    .await
    .unwrap();
    assert!(updated.uri.unwrap().contains(":other/"));
    assert_eq!(
        updated.request_templates,
        texts(&[("application/json", "{}")])
    );
    assert_eq!(
        (
            updated.passthrough_behavior.as_deref(),
            updated.timeout_in_millis
        ),
        (Some("NEVER"), Some(50))
    );
    refused(
        update(&[("replace", "/wrong", "x")]).await,
        BAD,
        "Invalid patch path /wrong",
    );
    refused(
        update(&[("replace", "/timeoutInMillis", "1")]).await,
        BAD,
        "Timeout should be between 50 ms and 29000 ms",
    );
}

#[tokio::test]
async fn integration_responses() {
    let world = World::new();
    let api = world.draft().await;
    let put_it = |resource: &str, verb: &str| PutIntegrationResponseInput {
        rest_api_id: api.id.clone(),
        resource_id: resource.into(),
        http_method: verb.into(),
        status_code: "200".into(),
        selection_pattern: Some(String::new()),
        response_templates: templates(&[("application/json", "\"created\"")]),
        ..Default::default()
    };
    let get = |status: &str| GetIntegrationResponseInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "ANY".into(),
        status_code: status.into(),
    };
    refused(
        world.call(put_it("fake", "ANY")).await,
        MISSING,
        NO_RESOURCE,
    );
    refused(
        world.call(put_it(&api.root_id, "ANY")).await,
        MISSING,
        NO_METHOD,
    );
    world.call(put(&api, "ANY")).await.unwrap();
    refused(
        world.call(put_it(&api.root_id, "ANY")).await,
        MISSING,
        NO_INTEGRATION,
    );
    refused(world.call(get("200")).await, MISSING, NO_INTEGRATION);
    world
        .call(integrate(&api, IntegrationType::Aws, FUNCTION_URI))
        .await
        .unwrap();
    let created = world.call(put_it(&api.root_id, "ANY")).await.unwrap();
    assert_eq!(
        (
            created.status_code.as_deref(),
            created.selection_pattern.as_deref()
        ),
        (Some("200"), Some(""))
    );
    assert_eq!(world.call(get("200")).await.unwrap(), created);
    refused(world.call(get("201")).await, MISSING, NO_STATUS);
    let update = UpdateIntegrationResponseInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "ANY".into(),
        status_code: "200".into(),
        patch_operations: patches(&[("replace", "/selectionPattern", "updated-pattern")]),
    };
    let updated = world.call(update).await.unwrap();
    assert_eq!(
        updated.selection_pattern.as_deref(),
        Some("updated-pattern")
    );
    let wrong = PutIntegrationResponseInput {
        response_templates: templates(&[("123", "x")]),
        ..put_it(&api.root_id, "ANY")
    };
    refused(
        world.call(wrong).await,
        BAD,
        "Validation Result: warnings : [], errors : [Invalid content type specified: 123]",
    );
    let undeclared = PutIntegrationResponseInput {
        response_parameters: texts(&[("method.response.header.X", "'y'")]),
        ..put_it(&api.root_id, "ANY")
    };
    let message = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.response.header.X]";
    refused(world.call(undeclared).await, BAD, message);
    let delete = |resource: &str, verb: &str, status: &str| DeleteIntegrationResponseInput {
        rest_api_id: api.id.clone(),
        resource_id: resource.into(),
        http_method: verb.into(),
        status_code: status.into(),
    };
    refused(
        world.call(delete("fake", "ANY", "200")).await,
        MISSING,
        NO_RESOURCE,
    );
    refused(
        world.call(delete(&api.root_id, "POST", "200")).await,
        MISSING,
        NO_INTEGRATION,
    );
    refused(
        world.call(delete(&api.root_id, "ANY", "201")).await,
        MISSING,
        NO_STATUS,
    );
    world
        .call(delete(&api.root_id, "ANY", "200"))
        .await
        .unwrap();
}

#[tokio::test]
async fn method_responses() {
    let world = World::new();
    let api = world.draft().await;
    world.call(put(&api, "ANY")).await.unwrap();
    let put_it = || PutMethodResponseInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "ANY".into(),
        status_code: "200".into(),
        response_models: Some(Default::default()),
        response_parameters: Some(Default::default()),
    };
    let created = world.call(put_it()).await.unwrap();
    // What was given empty is shown empty.
    assert_eq!(
        (created.response_models, created.response_parameters),
        (Some(Default::default()), Some(Default::default()))
    );
    refused(
        world.call(put_it()).await,
        CONFLICT,
        "Response already exists for this resource",
    );
    let update = async |status: &str, list: &[(&str, &str, &str)]| {
        let input = UpdateMethodResponseInput {
            rest_api_id: api.id.clone(),
            resource_id: api.root_id.clone(),
            http_method: "ANY".into(),
            status_code: status.into(),
            patch_operations: patches(list),
        };
        world.call(input).await
    };
    let (parameter, model) = (
        "/responseParameters/method.response.header.my-header",
        "/responseModels/application~1json",
    );
    let updated = update(
        "200",
        &[("add", parameter, "true"), ("add", model, "Empty")],
    )
    .await
    .unwrap();
    assert_eq!(
        updated.response_models,
        texts(&[("application/json", "Empty")])
    );
    assert!(updated.response_parameters.unwrap()["method.response.header.my-header"]);
    let removed = update("200", &[("remove", parameter, ""), ("remove", model, "")])
        .await
        .unwrap();
    assert_eq!(
        (removed.response_models, removed.response_parameters),
        (None, None)
    );
    refused(
        update("200", &[("remove", parameter, "")]).await,
        MISSING,
        "Invalid parameter name specified",
    );
    refused(
        update("200", &[("replace", model, "Empty")]).await,
        MISSING,
        "Content-Type specified was not found",
    );
    refused(update("201", &[]).await, MISSING, NO_STATUS);
    let wrong = "/wrong/method.response.header.my-header";
    refused(
        update("200", &[("add", wrong, "true")]).await,
        BAD,
        &format!("Invalid patch path {wrong}"),
    );
    let delete = DeleteMethodResponseInput {
        rest_api_id: api.id.clone(),
        resource_id: api.root_id.clone(),
        http_method: "ANY".into(),
        status_code: "200".into(),
    };
    world.call(delete.clone()).await.unwrap();
    refused(world.call(delete).await, MISSING, NO_STATUS);
}
