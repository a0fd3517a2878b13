//! `AWS::ApiGatewayV2::VpcLink`: a way into a virtual network; kept, and refused when it is used.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::Map;
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::apigatewayv2::{CreateVpcLinkInput, DeleteVpcLinkInput, UpdateVpcLinkInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::HttpLink,
    name: "AWS::ApiGatewayV2::VpcLink",
    properties: &[
        Property::required("Name", Schema::Text),
        Property::optional("SecurityGroupIds", Schema::List(&Schema::Text)).replaces(),
        Property::required("SubnetIds", Schema::List(&Schema::Text)).replaces(),
        Property::optional("Tags", Schema::Map(&Schema::Text)).fixed(),
    ],
    attributes: &["VpcLinkId"],
    naming: None,
};

/// What both making and changing one take.
fn said(properties: &Map) -> Request<'_> {
    Request::new().copy_small(
        properties,
        &["Name", "SecurityGroupIds", "SubnetIds", "Tags"],
    )
}

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let input: CreateVpcLinkInput = said(&wanted.properties).input()?;
    let id = step.call(input).await?.vpc_link_id;
    Ok(Made::named(id.as_str()).with("VpcLinkId", id.as_str()))
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<(), Failure> {
    let request = said(&wanted.properties).text("VpcLinkId", &old.made.reference);
    let input: UpdateVpcLinkInput = request.input()?;
    step.call(input).await?;
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteVpcLinkInput {
        vpc_link_id: old.made.reference.clone(),
    })
    .await
}
