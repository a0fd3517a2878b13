//! `AWS::ApiGatewayV2::Api`: an HTTP API, of a definition or with a target of its own.

use super::definition::BODY;
use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted, json_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::{Map, Value};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{
    CreateApiInput, DeleteApiInput, DeleteCorsConfigurationInput, ImportApiInput, ReimportApiInput,
    UpdateApiInput,
};

const FAIL_ON_WARNINGS: &str = "FailOnWarnings";
const CORS: &str = "CorsConfiguration";

const LIST: Schema = Schema::List(&Schema::Text);

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::HttpApi,
    name: "AWS::ApiGatewayV2::Api",
    properties: &[
        Property::optional("ApiKeySelectionExpression", Schema::Text),
        Property::optional(BODY, Schema::Json),
        Property::optional(
            CORS,
            Schema::Object(&[
                Property::optional("AllowCredentials", Schema::Flag),
                Property::optional("AllowHeaders", LIST),
                Property::optional("AllowMethods", LIST),
                Property::optional("AllowOrigins", LIST),
                Property::optional("ExposeHeaders", LIST),
                Property::optional("MaxAge", Schema::Integer),
            ]),
        ),
        Property::optional("CredentialsArn", Schema::Text).fixed(),
        Property::optional("Description", Schema::Text),
        Property::optional("DisableExecuteApiEndpoint", Schema::Flag),
        Property::optional("DisableSchemaValidation", Schema::Flag).fixed(),
        Property::optional(FAIL_ON_WARNINGS, Schema::Flag),
        Property::optional("Name", Schema::Text),
        Property::optional("ProtocolType", Schema::Text).replaces(),
        Property::optional("RouteKey", Schema::Text).fixed(),
        Property::optional("RouteSelectionExpression", Schema::Text).fixed(),
        Property::optional("Tags", Schema::Json).fixed(),
        Property::optional("Target", Schema::Text).fixed(),
        Property::optional("Version", Schema::Text),
        Property::refused("BasePath"),
        Property::refused("BodyS3Location"),
        Property::refused("IpAddressType"),
    ],
    attributes: &["ApiEndpoint", "ApiId"],
    naming: None,
};

/// What an update may say, and so what is said of an API of a definition besides that.
const UPDATED: [&str; 5] = [
    "ApiKeySelectionExpression",
    "Description",
    "DisableExecuteApiEndpoint",
    "Name",
    "Version",
];

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let has_body = properties.get(BODY).is_some();
    let api = if has_body {
        step.call(ImportApiInput {
            body: json_of(properties, BODY),
            fail_on_warnings: flag_of(properties, FAIL_ON_WARNINGS),
            ..ImportApiInput::default()
        })
        .await?
    } else {
        let rest = [
            "CredentialsArn",
            "DisableSchemaValidation",
            "ProtocolType",
            "RouteKey",
            "RouteSelectionExpression",
            "Target",
        ];
        let input: CreateApiInput = Request::new()
            .copy_small(properties, &UPDATED)
            .copy_small(properties, &rest)
            .copy_small_objects(properties, &[CORS])
            .input()?;
        step.call(input).await?
    };
    let id = api.api_id.unwrap_or_default();
    let endpoint = api.api_endpoint.unwrap_or_default();
    let made = Made::named(id.as_str())
        .with("ApiId", id.as_str())
        .with("ApiEndpoint", endpoint);
    birth.exists(&made).await?;
    if has_body && says_more(properties) {
        step.call(update_of(&id, properties)?).await?;
    }
    Ok(made)
}

fn flag_of(properties: &Map, name: &str) -> Option<bool> {
    match properties.get(name)?.value {
        Value::Bool(flag) => Some(flag),
        _ => None,
    }
}

fn says_more(properties: &Map) -> bool {
    let mut said = UPDATED.iter().chain(&[CORS]);
    said.any(|name| properties.get(name).is_some())
}

fn update_of(id: &str, properties: &Map) -> Result<UpdateApiInput, Failure> {
    Request::new()
        .text("ApiId", id)
        .copy_small(properties, &UPDATED)
        .copy_small_objects(properties, &[CORS])
        .input()
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let (id, properties) = (&old.made.reference, &wanted.properties);
    if properties.get(BODY).is_some() {
        step.call(ReimportApiInput {
            api_id: id.clone(),
            body: json_of(properties, BODY),
            fail_on_warnings: flag_of(properties, FAIL_ON_WARNINGS),
            ..ReimportApiInput::default()
        })
        .await?;
    } else if properties.get(CORS).is_none() && old.properties.get(CORS).is_some() {
        let api_id = id.clone();
        step.call(DeleteCorsConfigurationInput { api_id }).await?;
    }
    if says_more(properties) {
        step.call(update_of(id, properties)?).await?;
    }
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let api_id = old.made.reference.clone();
    step.remove(DeleteApiInput { api_id }).await
}
