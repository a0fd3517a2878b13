use super::{BAD, MISSING, patches, refused};
use crate::gateway_response::DEFAULT_TEMPLATE;
use crate::testing::{World, texts};
use wire::apigateway::{
    DeleteGatewayResponseInput, GatewayResponse, GatewayResponseType, GetGatewayResponseInput,
    GetGatewayResponsesInput, PutGatewayResponseInput, UpdateGatewayResponseInput,
};

use GatewayResponseType::{
    AuthorizerFailure, Default4xx, Default5xx, IntegrationTimeout, MissingAuthenticationToken,
};

fn put(api_id: &str, kind: GatewayResponseType) -> PutGatewayResponseInput {
    PutGatewayResponseInput {
        rest_api_id: api_id.into(),
        response_type: kind,
        ..Default::default()
    }
}

async fn get(world: &World, api_id: &str, kind: GatewayResponseType) -> GatewayResponse {
    let input = GetGatewayResponseInput {
        rest_api_id: api_id.into(),
        response_type: kind,
    };
    world.call(input).await.unwrap()
}

#[tokio::test]
async fn defaults_and_own() {
    let world = World::new();
    let api = world.draft().await;
    let default = get(&world, &api.id, MissingAuthenticationToken).await;
    assert_eq!(
        (default.default_response, default.status_code.as_deref()),
        (Some(true), Some("403"))
    );
    assert_eq!(
        default.response_templates,
        texts(&[("application/json", DEFAULT_TEMPLATE)])
    );
    assert_eq!(get(&world, &api.id, Default4xx).await.status_code, None);

    let only_status = PutGatewayResponseInput {
        status_code: Some("404".into()),
        ..put(&api.id, MissingAuthenticationToken)
    };
    let own = world.call(only_status).await.unwrap();
    assert_eq!(
        (own.default_response, own.status_code.as_deref()),
        (Some(false), Some("404"))
    );
    assert_eq!(
        own.response_templates,
        texts(&[("application/json", DEFAULT_TEMPLATE)])
    );
    let only_parameters = PutGatewayResponseInput {
        response_parameters: texts(&[("gatewayresponse.header.x", "'y'")]),
        ..put(&api.id, MissingAuthenticationToken)
    };
    assert_eq!(
        world
            .call(only_parameters)
            .await
            .unwrap()
            .status_code
            .as_deref(),
        Some("403")
    );
    for (target, source, wrong) in [
        (
            "method.response.header.x",
            "'y'",
            "method.response.header.x",
        ),
        ("gatewayresponse.header.x", "y", "y"),
        (
            "gatewayresponse.header.x",
            "integration.response.header.y",
            "integration.response.header.y",
        ),
    ] {
        let input = PutGatewayResponseInput {
            response_parameters: texts(&[(target, source)]),
            ..put(&api.id, MissingAuthenticationToken)
        };
        let message = format!(
            "Invalid mapping expression specified: Validation Result: warnings : [], errors : \
             [Invalid mapping expression specified: {wrong}]"
        );
        refused(world.call(input).await, BAD, &message);
    }
    let delete = DeleteGatewayResponseInput {
        rest_api_id: api.id.clone(),
        response_type: MissingAuthenticationToken,
    };
    world.call(delete.clone()).await.unwrap();
    assert_eq!(
        get(&world, &api.id, MissingAuthenticationToken)
            .await
            .default_response,
        Some(true)
    );
    refused(
        world.call(delete).await,
        MISSING,
        "Gateway response type not defined on api",
    );
}

/// As recorded: types without a response of their own show that of their class, still as
/// defaults.
#[tokio::test]
async fn classes() {
    let world = World::new();
    let api = world.draft().await;
    let class = PutGatewayResponseInput {
        status_code: Some("599".into()),
        response_templates: texts(&[("application/json", "{}")]),
        ..put(&api.id, Default5xx)
    };
    world.call(class).await.unwrap();
    world.call(put(&api.id, AuthorizerFailure)).await.unwrap();
    let input = GetGatewayResponsesInput {
        rest_api_id: api.id.clone(),
        ..Default::default()
    };
    let items = world.call(input).await.unwrap().items.unwrap();
    assert_eq!(items.len(), 21);
    let shown = |kind| {
        let item = items
            .iter()
            .find(|item| item.response_type == Some(kind))
            .unwrap();
        (item.default_response.unwrap(), item.status_code.clone())
    };
    assert_eq!(shown(IntegrationTimeout), (true, Some("599".into())));
    assert_eq!(shown(Default5xx), (false, Some("599".into())));
    assert_eq!(shown(AuthorizerFailure), (false, Some("500".into())));
    assert_eq!(
        shown(MissingAuthenticationToken),
        (true, Some("403".into()))
    );
}

#[tokio::test]
async fn updates() {
    let world = World::new();
    let api = world.draft().await;
    let update = async |api_id: &str, list: &[(&str, &str, &str)]| {
        let input = UpdateGatewayResponseInput {
            rest_api_id: api_id.into(),
            response_type: Default4xx,
            patch_operations: patches(list),
        };
        world.call(input).await
    };
    let no_api = "Invalid API identifier specified 111111111111:fake-api-id";
    refused(update("fake-api-id", &[]).await, MISSING, no_api);
    let made = update(&api.id, &[("replace", "/statusCode", "444")])
        .await
        .unwrap();
    assert_eq!(
        (made.default_response, made.status_code.as_deref()),
        (Some(false), Some("444"))
    );
    let header = "/responseParameters/gatewayresponse.header.Access-Control-Allow-Origin";
    let updated = update(
        &api.id,
        &[
            ("add", header, "'a.b.c'"),
            ("replace", header, "'example.com'"),
            ("add", "/responseTemplates/application~1xml", "<x/>"),
        ],
    )
    .await
    .unwrap();
    assert_eq!(
        updated.response_parameters,
        texts(&[(
            "gatewayresponse.header.Access-Control-Allow-Origin",
            "'example.com'"
        )])
    );
    for (op, path, value, code, message) in [
        (
            "add",
            "/statusCode",
            "444",
            BAD,
            "Invalid patch path /statusCode",
        ),
        (
            "remove",
            "/statusCode",
            "",
            BAD,
            "Invalid patch path /statusCode",
        ),
        (
            "replace",
            "/responseParameters/gatewayresponse.header.none",
            "'x'",
            MISSING,
            "Invalid parameter name specified",
        ),
        (
            "add",
            "/wrongPath",
            "x",
            BAD,
            "Invalid patch path /wrongPath",
        ),
        (
            "add",
            "/responseTemplates/application~1json",
            "",
            BAD,
            "Invalid null or empty value in responseTemplates",
        ),
        (
            "add",
            header,
            "",
            BAD,
            "Invalid null or empty value in responseParameters",
        ),
    ] {
        refused(update(&api.id, &[(op, path, value)]).await, code, message);
    }
    let mut nowhere = patches(&[("replace", "x", "444")]).unwrap();
    nowhere[0].path = None;
    let input = UpdateGatewayResponseInput {
        rest_api_id: api.id.clone(),
        response_type: Default4xx,
        patch_operations: Some(nowhere),
    };
    refused(world.call(input).await, BAD, "Invalid patch path null");
}
