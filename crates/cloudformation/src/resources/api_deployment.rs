//! `AWS::ApiGateway::Deployment`: a snapshot of an API.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigateway::{CreateDeploymentInput, DeleteDeploymentInput, DeleteStageInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::ApiDeployment,
    name: "AWS::ApiGateway::Deployment",
    properties: &[
        Property::optional("Description", Schema::Text).replaces(),
        Property::required("RestApiId", Schema::Text).replaces(),
        Property::optional("StageName", Schema::Text).replaces(),
        Property::refused("DeploymentCanarySettings"),
        Property::refused("StageDescription"),
    ],
    attributes: &["DeploymentId"],
    naming: None,
};

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateDeploymentInput = Request::new()
        .copy_small(
            &wanted.properties,
            &["RestApiId", "Description", "StageName"],
        )
        .input()?;
    let id = step.call(input).await?.id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("DeploymentId", id))
}

/// A stage that the deployment made goes with it, unless it serves a later deployment by now: only
/// then can the deployment go at once.
pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let rest_api_id = text_of(&old.properties, "RestApiId");
    let stage_name = text_of(&old.properties, "StageName");
    let input = DeleteDeploymentInput {
        rest_api_id: rest_api_id.clone(),
        deployment_id: old.made.reference.clone(),
    };
    match step.remove(input.clone()).await {
        Err(Failure::Refused { .. }) if !stage_name.is_empty() => {
            step.remove(DeleteStageInput {
                rest_api_id,
                stage_name,
            })
            .await?;
            step.remove(input).await
        }
        done => done,
    }
}
