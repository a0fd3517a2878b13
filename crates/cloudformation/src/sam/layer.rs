//! `AWS::Serverless::LayerVersion`: a version of a layer, kept when another takes its place.

use super::LAYER;
use super::function::in_bucket;
use crate::document::{Map, Node};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::template::{Removal, Resource, text, wrong_value};

const COPIED: [&str; 4] = [
    "CompatibleArchitectures",
    "CompatibleRuntimes",
    "Description",
    "LicenseInfo",
];

pub(super) fn transform(mut resource: Resource) -> Result<Resource, TemplateError> {
    let mark = resource.mark;
    let mut fields = Fields::new(LAYER, mark, &resource.properties);
    fields.refuse(&["PublishLambdaVersion"])?;
    let mut properties = Map::default();
    properties.set(mark, "Content", in_bucket(fields.required("ContentUri")?)?);
    let name = fields.node("LayerName").cloned();
    let name = name.unwrap_or_else(|| Node::text(mark, resource.logical_id.as_str()));
    properties.set(mark, "LayerName", name);
    for name in COPIED {
        if let Some(node) = fields.node(name) {
            properties.set(node.mark, name, node.clone());
        }
    }
    let kept = match fields.node("RetentionPolicy") {
        None => Removal::Retain,
        Some(node) => match text(node, "RetentionPolicy")? {
            "Retain" => Removal::Retain,
            "Delete" => Removal::Delete,
            other => {
                let expected = "Retain or Delete";
                let what = "RetentionPolicy";
                return Err(wrong_value(node.mark, what, expected, other));
            }
        },
    };
    fields.finish()?;
    (resource.on_delete, resource.on_replace) = (kept, kept);
    resource.type_name = "AWS::Lambda::LayerVersion".to_owned();
    resource.properties = properties;
    Ok(resource)
}
