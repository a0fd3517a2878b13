//! `AWS::ApiGateway::BasePathMapping`: the stage behind a path of a domain name.

use super::patch::{self, Patched};
use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigateway::{
    CreateBasePathMappingInput, DeleteBasePathMappingInput, UpdateBasePathMappingInput,
};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::BasePathMapping,
    name: "AWS::ApiGateway::BasePathMapping",
    properties: &[
        Property::optional("BasePath", Schema::Text).replaces(),
        Property::required("DomainName", Schema::Text).replaces(),
        Property::required("RestApiId", Schema::Text),
        Property::optional("Stage", Schema::Text),
        Property::refused("Id"),
    ],
    attributes: &[],
    naming: None,
};

const OF_CREATION: [&str; 4] = ["BasePath", "DomainName", "RestApiId", "Stage"];
const PATCHED: [Patched; 2] = [
    Patched::kept("RestApiId", "/restapiId"),
    Patched::text("Stage", "/stage"),
];
/// What the mapping of everything is called.
const NO_PATH: &str = "(none)";

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let request = Request::new().copy_small(&wanted.properties, &OF_CREATION);
    let input: CreateBasePathMappingInput = request.input()?;
    let domain_name = input.domain_name.clone();
    let path = step.call(input).await?.base_path;
    let path = path.unwrap_or_else(|| NO_PATH.to_owned());
    Ok(Made::named(format!("{domain_name}|{path}")))
}

/// The base path, as operations name it.
fn base_path(existing: &Existing) -> String {
    match text_of(&existing.properties, "BasePath") {
        none if none.is_empty() => NO_PATH.to_owned(),
        path => path,
    }
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    step.call(UpdateBasePathMappingInput {
        domain_name: text_of(&old.properties, "DomainName"),
        domain_name_id: None,
        base_path: base_path(old),
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
    step.remove(DeleteBasePathMappingInput {
        domain_name: text_of(&old.properties, "DomainName"),
        domain_name_id: None,
        base_path: base_path(old),
    })
    .await
}
