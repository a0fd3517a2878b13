//! `AWS::ApiGateway::GatewayResponse`: what an API answers itself.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::Enumeration;
use wire::apigateway::{DeleteGatewayResponseInput, GatewayResponseType, PutGatewayResponseInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::GatewayResponse,
    name: "AWS::ApiGateway::GatewayResponse",
    properties: &[
        Property::optional("ResponseParameters", Schema::Map(&Schema::Text)),
        Property::optional("ResponseTemplates", Schema::Map(&Schema::Text)),
        Property::required("ResponseType", Schema::Text).replaces(),
        Property::required("RestApiId", Schema::Text).replaces(),
        Property::optional("StatusCode", Schema::Text),
    ],
    attributes: &["Id"],
    naming: None,
};

const ALL: [&str; 5] = [
    "ResponseParameters",
    "ResponseTemplates",
    "ResponseType",
    "RestApiId",
    "StatusCode",
];

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    put(step, wanted).await?;
    let properties = &wanted.properties;
    let (api, kind) = (
        text_of(properties, "RestApiId"),
        text_of(properties, "ResponseType"),
    );
    let id = format!("{api}|{kind}");
    Ok(Made::named(id.as_str()).with("Id", id.as_str()))
}

async fn put<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<(), Failure> {
    let request = Request::new().copy_small(&wanted.properties, &ALL);
    let input: PutGatewayResponseInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    _: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    put(step, wanted).await
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let kind = text_of(&old.properties, "ResponseType");
    let Some(response_type) = GatewayResponseType::from_name(&kind) else {
        return Ok(());
    };
    step.remove(DeleteGatewayResponseInput {
        rest_api_id: text_of(&old.properties, "RestApiId"),
        response_type,
    })
    .await
}
