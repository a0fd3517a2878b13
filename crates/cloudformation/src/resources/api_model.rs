//! `AWS::ApiGateway::Model`: the schema of a body.

use super::patch::{self, Patched};
use super::request::Request;
use super::{Existing, Failure, Step, Wanted, json_of, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigateway::{CreateModelInput, DeleteModelInput, UpdateModelInput};

const SCHEMA: &str = "Schema";

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::ApiModel,
    name: "AWS::ApiGateway::Model",
    properties: &[
        Property::optional("ContentType", Schema::Text).replaces(),
        Property::optional("Description", Schema::Text),
        Property::optional("Name", Schema::Text).replaces(),
        Property::required("RestApiId", Schema::Text).replaces(),
        Property::optional(SCHEMA, Schema::Json),
    ],
    attributes: &[],
    naming: None,
};

const PATCHED: [Patched; 1] = [Patched::text("Description", "/description")];

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    // Names of models have letters and digits only.
    let made_up = || {
        wanted
            .name
            .replace(|c: char| !c.is_ascii_alphanumeric(), "")
    };
    let or = |name: &str, otherwise: &dyn Fn() -> String| match text_of(properties, name) {
        none if none.is_empty() => otherwise(),
        given => given,
    };
    let schema = properties.get(SCHEMA).map(|_| json_of(properties, SCHEMA));
    let mut input: CreateModelInput = Request::new()
        .copy_small(properties, &["Description", "RestApiId"])
        .own_text("name", or("Name", &made_up))
        .own_text(
            "contentType",
            or("ContentType", &|| "application/json".to_owned()),
        )
        .input()?;
    input.schema = schema;
    let name = step.call(input).await?.name.unwrap_or_default();
    Ok(Made::named(name))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let (was, becomes) = (&old.properties, &wanted.properties);
    let mut patch = patch::scalars(was, becomes, &PATCHED);
    if was.get(SCHEMA) != becomes.get(SCHEMA) {
        patch.push(patch::replace("/schema", json_of(becomes, SCHEMA)));
    }
    step.call(UpdateModelInput {
        rest_api_id: text_of(becomes, "RestApiId"),
        model_name: old.made.reference.clone(),
        patch_operations: Some(patch),
    })
    .await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteModelInput {
        rest_api_id: text_of(&old.properties, "RestApiId"),
        model_name: old.made.reference.clone(),
    })
    .await
}
