//! `AWS::ApiGatewayV2::Integration`: what is behind routes of an HTTP or WebSocket API.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{CreateIntegrationInput, DeleteIntegrationInput, UpdateIntegrationInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::HttpIntegration,
    name: "AWS::ApiGatewayV2::Integration",
    properties: &[
        Property::required("ApiId", Schema::Text).replaces(),
        Property::optional("ConnectionId", Schema::Text),
        Property::optional("ConnectionType", Schema::Text),
        Property::optional("ContentHandlingStrategy", Schema::Text),
        Property::optional("CredentialsArn", Schema::Text),
        Property::optional("Description", Schema::Text),
        Property::optional("IntegrationMethod", Schema::Text),
        Property::optional("IntegrationSubtype", Schema::Text),
        Property::required("IntegrationType", Schema::Text),
        Property::optional("IntegrationUri", Schema::Text),
        Property::optional("PassthroughBehavior", Schema::Text),
        Property::optional("PayloadFormatVersion", Schema::Text),
        Property::optional("RequestParameters", Schema::Map(&Schema::Text)),
        Property::optional("RequestTemplates", Schema::Map(&Schema::Text)),
        Property::optional("TemplateSelectionExpression", Schema::Text),
        Property::optional("TimeoutInMillis", Schema::Integer),
        Property::optional(
            "TlsConfig",
            Schema::Object(&[Property::optional("ServerNameToVerify", Schema::Text)]),
        ),
        Property::refused("ResponseParameters"),
    ],
    attributes: &["IntegrationId"],
    naming: None,
};

/// What both making and changing one take.
fn said(properties: &Map) -> Request<'_> {
    Request::new()
        .copy(properties, &["ApiId"])
        .copy_small(
            properties,
            &[
                "ConnectionId",
                "ConnectionType",
                "ContentHandlingStrategy",
                "CredentialsArn",
                "Description",
                "IntegrationMethod",
                "IntegrationSubtype",
                "IntegrationType",
                "IntegrationUri",
                "PassthroughBehavior",
                "PayloadFormatVersion",
                "RequestParameters",
                "RequestTemplates",
                "TemplateSelectionExpression",
                "TimeoutInMillis",
            ],
        )
        .copy_small_objects(properties, &["TlsConfig"])
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateIntegrationInput = said(&wanted.properties).input()?;
    let id = step.call(input).await?.integration_id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("IntegrationId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let request = said(&wanted.properties).text("IntegrationId", &old.made.reference);
    let input: UpdateIntegrationInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteIntegrationInput {
        api_id: text_of(&old.properties, "ApiId"),
        integration_id: old.made.reference.clone(),
    })
    .await
}
