//! `AWS::ApiGatewayV2::IntegrationResponse`: what becomes of the answers of a WebSocket API's
//! integration.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{
    CreateIntegrationResponseInput, DeleteIntegrationResponseInput, UpdateIntegrationResponseInput,
};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::IntegrationResponse,
    name: "AWS::ApiGatewayV2::IntegrationResponse",
    properties: &[
        Property::required("ApiId", Schema::Text).replaces(),
        Property::optional("ContentHandlingStrategy", Schema::Text),
        Property::required("IntegrationId", Schema::Text).replaces(),
        Property::required("IntegrationResponseKey", Schema::Text),
        Property::optional("ResponseParameters", Schema::Map(&Schema::Text)),
        Property::optional("ResponseTemplates", Schema::Map(&Schema::Text)),
        Property::optional("TemplateSelectionExpression", Schema::Text),
    ],
    attributes: &["IntegrationResponseId"],
    naming: None,
};

/// What both making and changing one take.
fn said(properties: &Map) -> Request<'_> {
    Request::new()
        .copy(properties, &["ApiId", "IntegrationId"])
        .copy_small(
            properties,
            &[
                "ContentHandlingStrategy",
                "IntegrationResponseKey",
                "ResponseParameters",
                "ResponseTemplates",
                "TemplateSelectionExpression",
            ],
        )
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateIntegrationResponseInput = said(&wanted.properties).input()?;
    let id = step.call(input).await?.integration_response_id;
    let id = id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("IntegrationResponseId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let request = said(&wanted.properties).text("IntegrationResponseId", &old.made.reference);
    let input: UpdateIntegrationResponseInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteIntegrationResponseInput {
        api_id: text_of(&old.properties, "ApiId"),
        integration_id: text_of(&old.properties, "IntegrationId"),
        integration_response_id: old.made.reference.clone(),
    })
    .await
}
