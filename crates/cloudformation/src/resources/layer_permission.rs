//! `AWS::Lambda::LayerVersionPermission`: who else may use a version of a layer.

use super::{Existing, Failure, Step, Wanted, text_of};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::document::{Map, Node};
use crate::schema::{Property, Schema};
use crate::scope::Made;
use wire::lambda::{AddLayerVersionPermissionInput, RemoveLayerVersionPermissionInput};

const VERSION_ARN: &str = "LayerVersionArn";

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::LayerPermission,
    name: "AWS::Lambda::LayerVersionPermission",
    properties: &[
        Property::required("Action", Schema::Text).replaces(),
        Property::required(VERSION_ARN, Schema::Text).replaces(),
        Property::optional("OrganizationId", Schema::Text).replaces(),
        Property::required("Principal", Schema::Text).replaces(),
    ],
    attributes: &["Id"],
    naming: None,
};

pub(super) async fn create<A: Api>(step: &Step<'_, A>, wanted: &Wanted) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let (layer_name, version_number) = layer(properties);
    let organization = properties.get("OrganizationId").and_then(Node::as_text);
    let input = AddLayerVersionPermissionInput {
        layer_name,
        version_number,
        statement_id: wanted.name.clone(),
        action: text_of(properties, "Action"),
        principal: text_of(properties, "Principal"),
        organization_id: organization.map(str::to_owned),
        revision_id: None,
    };
    step.call(input).await?;
    Ok(Made::named(wanted.name.as_str()).with("Id", wanted.name.as_str()))
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let (layer_name, version_number) = layer(&old.properties);
    let input = RemoveLayerVersionPermissionInput {
        layer_name,
        version_number,
        statement_id: old.made.reference.clone(),
        ..RemoveLayerVersionPermissionInput::default()
    };
    step.remove(input).await
}

/// The ARN of the layer and the number of its version. What is no such ARN is left to the service
/// to refuse.
fn layer(properties: &Map) -> (String, i64) {
    let arn = text_of(properties, VERSION_ARN);
    let parts = arn.rsplit_once(':');
    match parts.and_then(|(layer, version)| Some((layer, version.parse().ok()?))) {
        Some((layer, version)) => (layer.to_owned(), version),
        None => (arn, 0),
    }
}
