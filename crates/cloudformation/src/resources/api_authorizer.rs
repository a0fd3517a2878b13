//! `AWS::ApiGateway::Authorizer`: who may call methods of a REST API.

use super::patch::{self, Patched};
use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigateway::{CreateAuthorizerInput, DeleteAuthorizerInput, UpdateAuthorizerInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::ApiAuthorizer,
    name: "AWS::ApiGateway::Authorizer",
    properties: &[
        Property::optional("AuthType", Schema::Text),
        Property::optional("AuthorizerCredentials", Schema::Text),
        Property::optional("AuthorizerResultTtlInSeconds", Schema::Integer),
        Property::optional("AuthorizerUri", Schema::Text),
        Property::optional("IdentitySource", Schema::Text),
        Property::optional("IdentityValidationExpression", Schema::Text),
        Property::required("Name", Schema::Text),
        Property::optional(PROVIDERS, Schema::List(&Schema::Text)),
        Property::required("RestApiId", Schema::Text).replaces(),
        Property::required("Type", Schema::Text),
    ],
    attributes: &["AuthorizerId"],
    naming: None,
};

const PROVIDERS: &str = "ProviderARNs";

const OF_CREATION: [&str; 9] = [
    "AuthType",
    "AuthorizerCredentials",
    "AuthorizerResultTtlInSeconds",
    "AuthorizerUri",
    "IdentitySource",
    "IdentityValidationExpression",
    "Name",
    "RestApiId",
    "Type",
];
const PATCHED: [Patched; 8] = [
    Patched::text("AuthType", "/authType"),
    Patched::text("AuthorizerCredentials", "/authorizerCredentials"),
    Patched::or(
        "AuthorizerResultTtlInSeconds",
        "/authorizerResultTtlInSeconds",
        "300",
    ),
    Patched::text("AuthorizerUri", "/authorizerUri"),
    Patched::text("IdentitySource", "/identitySource"),
    Patched::text(
        "IdentityValidationExpression",
        "/identityValidationExpression",
    ),
    Patched::kept("Name", "/name"),
    Patched::kept("Type", "/type"),
];

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateAuthorizerInput = Request::new()
        .copy_small(&wanted.properties, &OF_CREATION)
        .copy_as(&wanted.properties, PROVIDERS, "providerARNs")
        .input()?;
    let id = step.call(input).await?.id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("AuthorizerId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let (was, becomes) = (&old.properties, &wanted.properties);
    let mut patch = patch::scalars(was, becomes, &PATCHED);
    patch.extend(patch::members(was, becomes, PROVIDERS, "/providerARNs"));
    step.call(UpdateAuthorizerInput {
        rest_api_id: text_of(becomes, "RestApiId"),
        authorizer_id: old.made.reference.clone(),
        patch_operations: Some(patch),
    })
    .await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteAuthorizerInput {
        rest_api_id: text_of(&old.properties, "RestApiId"),
        authorizer_id: old.made.reference.clone(),
    })
    .await
}
