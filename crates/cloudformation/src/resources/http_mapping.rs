//! `AWS::ApiGatewayV2::ApiMapping`: what is reached below a path of a domain name.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{CreateApiMappingInput, DeleteApiMappingInput, UpdateApiMappingInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::HttpMapping,
    name: "AWS::ApiGatewayV2::ApiMapping",
    properties: &[
        Property::required("ApiId", Schema::Text),
        Property::optional("ApiMappingKey", Schema::Text),
        Property::required("DomainName", Schema::Text).replaces(),
        Property::required("Stage", Schema::Text),
    ],
    attributes: &["ApiMappingId"],
    naming: None,
};

/// What both making and changing one take.
fn said(properties: &Map) -> Request<'_> {
    Request::new()
        .copy(properties, &["DomainName"])
        .copy_small(properties, &["ApiId", "ApiMappingKey", "Stage"])
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateApiMappingInput = said(&wanted.properties).input()?;
    let id = step.call(input).await?.api_mapping_id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("ApiMappingId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let request = said(&wanted.properties).text("ApiMappingId", &old.made.reference);
    let input: UpdateApiMappingInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteApiMappingInput {
        domain_name: text_of(&old.properties, "DomainName"),
        api_mapping_id: old.made.reference.clone(),
    })
    .await
}
