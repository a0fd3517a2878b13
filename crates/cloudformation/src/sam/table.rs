//! `AWS::Serverless::SimpleTable`: a table with one key.

use super::tag_list;
use crate::document::{Map, Node};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::template::{Resource, map, text, wrong_value};

pub(super) fn transform(mut resource: Resource) -> Result<Resource, TemplateError> {
    let mark = resource.mark;
    let mut fields = Fields::new(resource.type_name.as_str(), mark, &resource.properties);
    let mut properties = Map::default();
    let (name, kind) = key(&mut fields)?;
    let value = |text: &str| Node::text(mark, text);
    let schema = [("AttributeName", value(&name)), ("KeyType", value("HASH"))];
    let definition = [
        ("AttributeName", value(&name)),
        ("AttributeType", value(kind)),
    ];
    let definitions = Node::list(mark, [Node::map(mark, definition)]);
    properties.set(mark, "AttributeDefinitions", definitions);
    properties.set(
        mark,
        "KeySchema",
        Node::list(mark, [Node::map(mark, schema)]),
    );
    match fields.node("ProvisionedThroughput") {
        Some(throughput) => properties.set(mark, "ProvisionedThroughput", throughput.clone()),
        None => properties.set(mark, "BillingMode", value("PAY_PER_REQUEST")),
    }
    for name in [
        "TableName",
        "SSESpecification",
        "PointInTimeRecoverySpecification",
    ] {
        if let Some(node) = fields.node(name) {
            properties.set(mark, name, node.clone());
        }
    }
    if let Some(tags) = fields.node("Tags") {
        properties.set(mark, "Tags", tag_list(mark, map(tags, "Tags")?));
    }
    fields.finish()?;
    resource.type_name = "AWS::DynamoDB::Table".to_owned();
    resource.properties = properties;
    Ok(resource)
}

fn key(fields: &mut Fields<'_>) -> Result<(String, &'static str), TemplateError> {
    let Some(mut key) = fields.object("PrimaryKey")? else {
        return Ok(("id".to_owned(), "S"));
    };
    let name = key.required_text("Name")?;
    let node = key.required("Type")?;
    let kind = match text(node, "Type of PrimaryKey")? {
        "String" => "S",
        "Number" => "N",
        "Binary" => "B",
        other => {
            let expected = "String, Number or Binary";
            return Err(wrong_value(
                node.mark,
                "Type of PrimaryKey",
                expected,
                other,
            ));
        }
    };
    key.finish()?;
    Ok((name, kind))
}
