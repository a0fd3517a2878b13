//! `AWS::ApiGatewayV2::Deployment`: what an HTTP API is at some time, for stages to serve.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{CreateDeploymentInput, DeleteDeploymentInput, UpdateDeploymentInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::HttpDeployment,
    name: "AWS::ApiGatewayV2::Deployment",
    properties: &[
        Property::required("ApiId", Schema::Text).replaces(),
        Property::optional("Description", Schema::Text),
        Property::optional("StageName", Schema::Text).fixed(),
    ],
    attributes: &["DeploymentId"],
    naming: None,
};

/// What both making and changing one take.
fn said(properties: &Map) -> Request<'_> {
    Request::new()
        .copy(properties, &["ApiId"])
        .copy_small(properties, &["Description", "StageName"])
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateDeploymentInput = said(&wanted.properties).input()?;
    let id = step.call(input).await?.deployment_id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("DeploymentId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let request = said(&wanted.properties).text("DeploymentId", &old.made.reference);
    let input: UpdateDeploymentInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteDeploymentInput {
        api_id: text_of(&old.properties, "ApiId"),
        deployment_id: old.made.reference.clone(),
    })
    .await
}
