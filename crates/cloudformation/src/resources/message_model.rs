//! `AWS::ApiGatewayV2::Model`: the schema of a message.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, json_of, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{CreateModelInput, DeleteModelInput, UpdateModelInput};

const SCHEMA: &str = "Schema";

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::MessageModel,
    name: "AWS::ApiGatewayV2::Model",
    properties: &[
        Property::required("ApiId", Schema::Text).replaces(),
        Property::optional("ContentType", Schema::Text),
        Property::optional("Description", Schema::Text),
        Property::required("Name", Schema::Text),
        Property::required(SCHEMA, Schema::Json),
    ],
    attributes: &["ModelId"],
    naming: None,
};

/// What both making and changing one take.
fn said(properties: &Map) -> Request<'_> {
    Request::new()
        .copy(properties, &["ApiId"])
        .copy_small(properties, &["ContentType", "Description", "Name"])
        .own_text("schema", json_of(properties, SCHEMA))
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateModelInput = said(&wanted.properties).input()?;
    let id = step.call(input).await?.model_id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("ModelId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let request = said(&wanted.properties).text("ModelId", &old.made.reference);
    let input: UpdateModelInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteModelInput {
        api_id: text_of(&old.properties, "ApiId"),
        model_id: old.made.reference.clone(),
    })
    .await
}
