//! `AWS::ApiGatewayV2::Route`: what a request of an HTTP API, or a message of a
//! WebSocket API, is matched with.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{CreateRouteInput, DeleteRouteInput, UpdateRouteInput};

/// Whether parameters have to be there.
pub(super) const CONSTRAINTS: Schema = Schema::Map(&Schema::Object(&[Property::optional(
    "Required",
    Schema::Flag,
)]));

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::HttpRoute,
    name: "AWS::ApiGatewayV2::Route",
    properties: &[
        Property::required("ApiId", Schema::Text).replaces(),
        Property::optional("ApiKeyRequired", Schema::Flag),
        Property::optional("AuthorizationScopes", Schema::List(&Schema::Text)),
        Property::optional("AuthorizationType", Schema::Text),
        Property::optional("AuthorizerId", Schema::Text),
        Property::optional("ModelSelectionExpression", Schema::Text),
        Property::optional("OperationName", Schema::Text),
        Property::optional("RequestModels", Schema::Map(&Schema::Text)),
        Property::optional("RequestParameters", CONSTRAINTS),
        Property::required("RouteKey", Schema::Text),
        Property::optional("RouteResponseSelectionExpression", Schema::Text),
        Property::optional("Target", Schema::Text),
    ],
    attributes: &["RouteId"],
    naming: None,
};

/// What both making and changing one take.
fn said(properties: &Map) -> Request<'_> {
    Request::new()
        .copy(properties, &["ApiId"])
        .copy_small(
            properties,
            &[
                "ApiKeyRequired",
                "AuthorizationScopes",
                "AuthorizationType",
                "AuthorizerId",
                "ModelSelectionExpression",
                "OperationName",
                "RequestModels",
                "RouteKey",
                "RouteResponseSelectionExpression",
                "Target",
            ],
        )
        .copy_small_map(properties, "RequestParameters")
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateRouteInput = said(&wanted.properties).input()?;
    let id = step.call(input).await?.route_id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("RouteId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let request = said(&wanted.properties).text("RouteId", &old.made.reference);
    let input: UpdateRouteInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteRouteInput {
        api_id: text_of(&old.properties, "ApiId"),
        route_id: old.made.reference.clone(),
    })
    .await
}
