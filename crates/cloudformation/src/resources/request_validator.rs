//! `AWS::ApiGateway::RequestValidator`: what of a request is checked.

use super::patch::{self, Patched};
use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigateway::{
    CreateRequestValidatorInput, DeleteRequestValidatorInput, UpdateRequestValidatorInput,
};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::RequestValidator,
    name: "AWS::ApiGateway::RequestValidator",
    properties: &[
        Property::optional("Name", Schema::Text).replaces(),
        Property::required("RestApiId", Schema::Text).replaces(),
        Property::optional("ValidateRequestBody", Schema::Flag),
        Property::optional("ValidateRequestParameters", Schema::Flag),
    ],
    attributes: &["RequestValidatorId"],
    naming: None,
};

const OF_CREATION: [&str; 4] = [
    "Name",
    "RestApiId",
    "ValidateRequestBody",
    "ValidateRequestParameters",
];
const PATCHED: [Patched; 2] = [
    Patched::or("ValidateRequestBody", "/validateRequestBody", "false"),
    Patched::or(
        "ValidateRequestParameters",
        "/validateRequestParameters",
        "false",
    ),
];

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let request = Request::new().copy_small(&wanted.properties, &OF_CREATION);
    let input: CreateRequestValidatorInput = request.input()?;
    let id = step.call(input).await?.id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("RequestValidatorId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    step.call(UpdateRequestValidatorInput {
        rest_api_id: text_of(&wanted.properties, "RestApiId"),
        request_validator_id: old.made.reference.clone(),
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
    step.remove(DeleteRequestValidatorInput {
        rest_api_id: text_of(&old.properties, "RestApiId"),
        request_validator_id: old.made.reference.clone(),
    })
    .await
}
