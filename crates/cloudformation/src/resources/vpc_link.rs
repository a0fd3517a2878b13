//! `AWS::ApiGateway::VpcLink`: a way of REST APIs into a virtual network; kept, and refused when it
//! is used.

use super::request::Request;
use super::{Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, Schema, TAGS};
use crate::scope::Made;
use wire::apigateway::{CreateVpcLinkInput, DeleteVpcLinkInput};

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::VpcLink,
    name: "AWS::ApiGateway::VpcLink",
    properties: &[
        Property::optional("Description", Schema::Text).fixed(),
        Property::required("Name", Schema::Text).fixed(),
        Property::optional("Tags", TAGS).fixed(),
        Property::required("TargetArns", Schema::List(&Schema::Text)).replaces(),
    ],
    attributes: &["VpcLinkId"],
    naming: None,
};

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let names = ["Description", "Name", "TargetArns"];
    let request = Request::new().copy_small(&wanted.properties, &names);
    let request = request.tag_map(&wanted.properties, "tags");
    let input: CreateVpcLinkInput = request.input()?;
    let id = step.call(input).await?.id.unwrap_or_default();
    Ok(Made::named(id.as_str()).with("VpcLinkId", id))
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    step.remove(DeleteVpcLinkInput {
        vpc_link_id: old.made.reference.clone(),
    })
    .await
}
