//! `AWS::ApiGateway::Deployment`: a snapshot of an API.

use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted, patch, stage, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
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
        Property::optional(STAGE_DESCRIPTION, Schema::Object(&OF_STAGE)).replaces(),
    ],
    attributes: &["DeploymentId"],
    naming: None,
};

const STAGE_DESCRIPTION: &str = "StageDescription";

/// What the deployment says of the stage that it makes.
const OF_STAGE: [Property; 8] = [
    stage::ACCESS_LOG,
    Property::optional("CacheClusterEnabled", Schema::Flag),
    Property::optional("CacheClusterSize", Schema::Text),
    Property::optional("Description", Schema::Text),
    Property::optional("DocumentationVersion", Schema::Text),
    stage::METHOD_SETTINGS,
    Property::optional("TracingEnabled", Schema::Flag),
    Property::optional("Variables", Schema::Map(&Schema::Text)),
];

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let names = ["RestApiId", "Description", "StageName"];
    let input: CreateDeploymentInput = Request::new().copy_small(properties, &names).input()?;
    let id = step.call(input).await?.id.unwrap_or_default();
    let made = Made::named(id.as_str()).with("DeploymentId", id);
    birth.exists(&made).await?;
    if let Some(described) = patch::object(properties, STAGE_DESCRIPTION) {
        let (api, name) = (
            text_of(properties, "RestApiId"),
            text_of(properties, "StageName"),
        );
        let patch = stage::patches(&Map::default(), described);
        stage::change(step, &api, &name, patch).await?;
    }
    Ok(made)
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
