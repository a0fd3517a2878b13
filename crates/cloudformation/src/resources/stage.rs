//! `AWS::ApiGateway::Stage`: a name under which a deployment is served.

use super::request::Request;
use super::rest_api::replace;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::{Map, Node};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use wire::apigateway::{CreateStageInput, DeleteStageInput, Op, PatchOperation, UpdateStageInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::Stage,
    name: "AWS::ApiGateway::Stage",
    properties: &[
        Property::required("DeploymentId", Schema::Text),
        Property::optional("Description", Schema::Text),
        Property::required("RestApiId", Schema::Text).replaces(),
        Property::required("StageName", Schema::Text).replaces(),
        Property::optional("Tags", TAGS).fixed(),
        Property::optional("Variables", Schema::Map(&Schema::Text)),
        Property::refused("AccessLogSetting"),
        Property::refused("CacheClusterEnabled"),
        Property::refused("CacheClusterSize"),
        Property::refused("CanarySetting"),
        Property::refused("ClientCertificateId"),
        Property::refused("DocumentationVersion"),
        Property::refused("MethodSettings"),
        Property::refused("TracingEnabled"),
    ],
    attributes: &[],
    naming: None,
};

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateStageInput = Request::new()
        .copy_small(
            &wanted.properties,
            &[
                "RestApiId",
                "StageName",
                "DeploymentId",
                "Description",
                "Variables",
            ],
        )
        .tag_map(&wanted.properties, "tags")
        .input()?;
    step.call(input).await?;
    Ok(Made::named(text_of(&wanted.properties, "StageName")))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let (was, becomes) = (&old.properties, &wanted.properties);
    let mut patch = Vec::new();
    for (property, path) in [
        ("DeploymentId", "/deploymentId"),
        ("Description", "/description"),
    ] {
        if was.get(property) != becomes.get(property) {
            patch.push(replace(path, text_of(becomes, property)));
        }
    }
    let (before, variables) = (variables(was), variables(becomes));
    for (key, value) in variables.iter().flat_map(|map| map.iter()) {
        if before.and_then(|map| map.get(&key.text)) != Some(value) {
            let path = format!("/variables/{}", key.text);
            patch.push(replace(path, value.as_text().unwrap_or_default()));
        }
    }
    for (key, _) in before.iter().flat_map(|map| map.iter()) {
        if variables.is_none_or(|map| map.get(&key.text).is_none()) {
            patch.push(PatchOperation {
                op: Some(Op::Remove),
                path: Some(format!("/variables/{}", key.text)),
                ..PatchOperation::default()
            });
        }
    }
    step.call(UpdateStageInput {
        rest_api_id: text_of(becomes, "RestApiId"),
        stage_name: old.made.reference.clone(),
        patch_operations: Some(patch),
    })
    .await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteStageInput {
        rest_api_id: text_of(&old.properties, "RestApiId"),
        stage_name: old.made.reference.clone(),
    })
    .await
}

fn variables(properties: &Map) -> Option<&Map> {
    properties.get("Variables").and_then(Node::as_map)
}
