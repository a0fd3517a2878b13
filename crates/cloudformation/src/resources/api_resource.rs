//! `AWS::ApiGateway::Resource`: one part of a path.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigateway::{CreateResourceInput, DeleteResourceInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::ApiResource,
    name: "AWS::ApiGateway::Resource",
    properties: &[
        Property::required("ParentId", Schema::Text).replaces(),
        Property::required("PathPart", Schema::Text).replaces(),
        Property::required("RestApiId", Schema::Text).replaces(),
    ],
    attributes: &["ResourceId"],
    naming: None,
};

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateResourceInput = Request::new()
        .copy_small(&wanted.properties, &["ParentId", "PathPart", "RestApiId"])
        .input()?;
    let id = step.call(input).await?.id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("ResourceId", id))
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteResourceInput {
        rest_api_id: text_of(&old.properties, "RestApiId"),
        resource_id: old.made.reference.clone(),
    })
    .await
}
