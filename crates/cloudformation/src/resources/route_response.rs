//! `AWS::ApiGatewayV2::RouteResponse`: that a route of a WebSocket API answers.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{
    CreateRouteResponseInput, DeleteRouteResponseInput, UpdateRouteResponseInput,
};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::RouteResponse,
    name: "AWS::ApiGatewayV2::RouteResponse",
    properties: &[
        Property::required("ApiId", Schema::Text).replaces(),
        Property::optional("ModelSelectionExpression", Schema::Text),
        Property::optional("ResponseModels", Schema::Map(&Schema::Text)),
        Property::optional("ResponseParameters", super::http_route::CONSTRAINTS),
        Property::required("RouteId", Schema::Text).replaces(),
        Property::required("RouteResponseKey", Schema::Text),
    ],
    attributes: &["RouteResponseId"],
    naming: None,
};

/// What both making and changing one take.
fn said(properties: &Map) -> Request<'_> {
    Request::new()
        .copy(properties, &["ApiId", "RouteId"])
        .copy_small(
            properties,
            &[
                "ModelSelectionExpression",
                "ResponseModels",
                "RouteResponseKey",
            ],
        )
        .copy_small_map(properties, "ResponseParameters")
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateRouteResponseInput = said(&wanted.properties).input()?;
    let id = step.call(input).await?.route_response_id;
    let id = id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("RouteResponseId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let request = said(&wanted.properties).text("RouteResponseId", &old.made.reference);
    let input: UpdateRouteResponseInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteRouteResponseInput {
        api_id: text_of(&old.properties, "ApiId"),
        route_id: text_of(&old.properties, "RouteId"),
        route_response_id: old.made.reference.clone(),
    })
    .await
}
