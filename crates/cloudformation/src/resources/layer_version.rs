//! `AWS::Lambda::LayerVersion`: one version of a layer; every change makes a new one.

use super::request::Request;
use super::{Birth, Existing, Failure, Step, Wanted};
use crate::api::Api;
use crate::catalog::{Kind, TypeInfo};
use crate::schema::{Property, S3_BUCKET, S3_KEY, S3_VERSION, Schema};
use crate::scope::Made;
use wire::lambda::{DeleteLayerVersionInput, PublishLayerVersionInput};

/// The attributes by which a version is found again when it is removed.
const LAYER: &str = "LayerArn";
const VERSION: &str = "Version";

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::LayerVersion,
    name: "AWS::Lambda::LayerVersion",
    properties: &[
        Property::optional("CompatibleArchitectures", Schema::List(&Schema::Text)).replaces(),
        Property::optional("CompatibleRuntimes", Schema::List(&Schema::Text)).replaces(),
        Property::required("Content", Schema::Content).replaces(),
        Property::optional("Description", Schema::Text).replaces(),
        Property::optional("LayerName", Schema::Text).replaces(),
        Property::optional("LicenseInfo", Schema::Text).replaces(),
    ],
    attributes: &["LayerVersionArn"],
    // Versions of one name stand beside each other.
    naming: None,
};

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let request = match properties.get("LayerName") {
        Some(_) => Request::new().copy(properties, &["LayerName"]),
        None => Request::new().text("LayerName", &wanted.name),
    };
    let mut input: PublishLayerVersionInput = request
        .object("Content", Request::new())
        .copy(
            properties,
            &[
                "CompatibleArchitectures",
                "CompatibleRuntimes",
                "Description",
                "LicenseInfo",
            ],
        )
        .input()?;
    input.content.zip_file.clone_from(&wanted.package);
    let of_content = |name| {
        let node = properties.get("Content")?.as_map()?.get(name)?;
        node.as_text().map(str::to_owned)
    };
    input.content.s3_bucket = of_content(S3_BUCKET);
    input.content.s3_key = of_content(S3_KEY);
    input.content.s3_object_version = of_content(S3_VERSION);
    let layer = step.call(input).await?;
    let arn = layer.layer_version_arn.unwrap_or_default();
    let made = Made::named(arn.as_str())
        .with("LayerVersionArn", arn)
        .with(LAYER, layer.layer_arn.unwrap_or_default())
        .with(VERSION, layer.version.unwrap_or_default().to_string());
    birth.exists(&made).await?;
    Ok(made)
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let attribute = |name| old.made.attributes.get(name).cloned().unwrap_or_default();
    let input = DeleteLayerVersionInput {
        layer_name: attribute(LAYER),
        version_number: attribute(VERSION).parse().unwrap_or_default(),
    };
    step.remove(input).await
}
