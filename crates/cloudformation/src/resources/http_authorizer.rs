//! `AWS::ApiGatewayV2::Authorizer`: who may call routes of an HTTP API.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{CreateAuthorizerInput, DeleteAuthorizerInput, UpdateAuthorizerInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::HttpAuthorizer,
    name: "AWS::ApiGatewayV2::Authorizer",
    properties: &[
        Property::required("ApiId", Schema::Text).replaces(),
        Property::optional("AuthorizerCredentialsArn", Schema::Text),
        Property::optional("AuthorizerPayloadFormatVersion", Schema::Text),
        Property::optional("AuthorizerResultTtlInSeconds", Schema::Integer),
        Property::required("AuthorizerType", Schema::Text),
        Property::optional("AuthorizerUri", Schema::Text),
        Property::optional("EnableSimpleResponses", Schema::Flag),
        Property::optional("IdentitySource", Schema::List(&Schema::Text)),
        Property::optional("IdentityValidationExpression", Schema::Text),
        Property::optional(
            "JwtConfiguration",
            Schema::Object(&[
                Property::optional("Audience", Schema::List(&Schema::Text)),
                Property::optional("Issuer", Schema::Text),
            ]),
        ),
        Property::required("Name", Schema::Text),
    ],
    attributes: &["AuthorizerId"],
    naming: None,
};

/// What both making and changing one take.
fn said(properties: &Map) -> Request<'_> {
    Request::new()
        .copy(properties, &["ApiId"])
        .copy_small(
            properties,
            &[
                "AuthorizerCredentialsArn",
                "AuthorizerPayloadFormatVersion",
                "AuthorizerResultTtlInSeconds",
                "AuthorizerType",
                "AuthorizerUri",
                "EnableSimpleResponses",
                "IdentitySource",
                "IdentityValidationExpression",
                "Name",
            ],
        )
        .copy_small_objects(properties, &["JwtConfiguration"])
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateAuthorizerInput = said(&wanted.properties).input()?;
    let id = step.call(input).await?.authorizer_id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("AuthorizerId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let request = said(&wanted.properties).text("AuthorizerId", &old.made.reference);
    let input: UpdateAuthorizerInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteAuthorizerInput {
        api_id: text_of(&old.properties, "ApiId"),
        authorizer_id: old.made.reference.clone(),
    })
    .await
}
