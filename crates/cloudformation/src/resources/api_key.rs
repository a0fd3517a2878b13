//! `AWS::ApiGateway::ApiKey`: a key that callers send with their requests.

use super::patch::{self, Patched};
use super::request::Request;
use super::{Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Node;
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use wire::apigateway::{CreateApiKeyInput, DeleteApiKeyInput, UpdateApiKeyInput};

const STAGES: Schema = Schema::List(&Schema::Object(&[
    Property::optional("RestApiId", Schema::Text),
    Property::optional("StageName", Schema::Text),
]));

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::ApiKey,
    name: "AWS::ApiGateway::ApiKey",
    properties: &[
        Property::optional("CustomerId", Schema::Text),
        Property::optional("Description", Schema::Text),
        Property::optional("Enabled", Schema::Flag),
        Property::optional("GenerateDistinctId", Schema::Flag).replaces(),
        Property::optional("Name", Schema::Text).replaces(),
        Property::optional("StageKeys", STAGES).fixed(),
        Property::optional("Tags", TAGS).fixed(),
        Property::optional("Value", Schema::Text).replaces(),
    ],
    attributes: &["APIKeyId"],
    naming: None,
};

const OF_CREATION: [&str; 5] = [
    "CustomerId",
    "Description",
    "Enabled",
    "GenerateDistinctId",
    "Value",
];
const PATCHED: [Patched; 3] = [
    Patched::text("CustomerId", "/customerId"),
    Patched::text("Description", "/description"),
    Patched::or("Enabled", "/enabled", "false"),
];

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let name = properties.get("Name").and_then(Node::as_text);
    let input: CreateApiKeyInput = Request::new()
        .text("name", name.unwrap_or(&wanted.name))
        .copy_small(properties, &OF_CREATION)
        .copy_small_list(properties, "StageKeys")
        .tag_map(properties, "tags")
        .input()?;
    let id = step.call(input).await?.id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("APIKeyId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    step.call(UpdateApiKeyInput {
        api_key: old.made.reference.clone(),
        patch_operations: Some(patch::scalars(
            &old.properties,
            &wanted.properties,
            &PATCHED,
        )),
    })
    .await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let api_key = old.made.reference.clone();
    step.remove(DeleteApiKeyInput { api_key }).await
}
