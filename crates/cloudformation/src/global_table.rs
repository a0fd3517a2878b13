//! `AWS::DynamoDB::GlobalTable` with one replica, as the CDK makes it of every `TableV2`: a table
//! whose settings stand in two places.

use crate::document::{Map, Node, Value};
use crate::error::TemplateError;
use crate::fields::Fields;
use crate::template::{Resource, Template};

const TYPE: &str = "AWS::DynamoDB::GlobalTable";

/// What both kinds of table have under the same name.
const OF_TABLE: [&str; 8] = [
    "AttributeDefinitions",
    "BillingMode",
    "KeySchema",
    "LocalSecondaryIndexes",
    "StreamSpecification",
    "TableName",
    "TimeToLiveSpecification",
    "WarmThroughput",
];
/// What a replica says of the table.
const OF_REPLICA: [&str; 5] = [
    "DeletionProtectionEnabled",
    "PointInTimeRecoverySpecification",
    "ResourcePolicy",
    "TableClass",
    "Tags",
];
const OF_INDEX: [&str; 4] = ["IndexName", "KeySchema", "Projection", "WarmThroughput"];

/// Makes plain tables of the global tables of a template.
///
/// # Errors
/// Replicas in other regions, or what a plain table cannot do.
pub(crate) fn rewrite(template: &mut Template) -> Result<(), TemplateError> {
    let mut resources = template.resources.iter_mut();
    resources.try_for_each(|resource| match resource.type_name.as_str() {
        TYPE => plain(resource),
        _ => Ok(()),
    })
}

fn plain(resource: &mut Resource) -> Result<(), TemplateError> {
    let given = std::mem::take(&mut resource.properties);
    let mut fields = Fields::new(TYPE, resource.mark, &given);
    let mut properties = Map::default();
    copy(&mut fields, &OF_TABLE, &mut properties);
    // Encryption is always on; it is a replica that would name a key.
    fields.node("SSESpecification");
    fields.refuse(&[
        "GlobalTableSourceArn",
        "GlobalTableWitnesses",
        "MultiRegionConsistency",
        "ReadProvisionedThroughputSettings",
        "WriteProvisionedThroughputSettings",
    ])?;
    let mut on_demand = Map::default();
    let settings = "WriteOnDemandThroughputSettings";
    if let Some(mut writes) = fields.object(settings)? {
        copy(&mut writes, &["MaxWriteRequestUnits"], &mut on_demand);
        writes.finish()?;
    }
    let indexes = fields.items("GlobalSecondaryIndexes")?;
    if !indexes.is_empty() {
        let indexes = indexes.iter().map(index).collect::<Result<Vec<_>, _>>()?;
        let indexes = Node::list(resource.mark, indexes);
        properties.set(resource.mark, "GlobalSecondaryIndexes", indexes);
    }
    let replicas = fields.required("Replicas")?;
    let [replica] = replicas.as_list().unwrap_or_default() else {
        let what = "a global table of several replicas";
        return Err(TemplateError::not_supported(replicas.mark, what));
    };
    let mut replica = Fields::of("a replica", replica)?;
    replica.required("Region")?;
    copy(&mut replica, &OF_REPLICA, &mut properties);
    // What an index may be read with, and who counts its keys.
    for name in ["ContributorInsightsSpecification", "GlobalSecondaryIndexes"] {
        replica.node(name);
    }
    if let Some(mut reads) = replica.object("ReadOnDemandThroughputSettings")? {
        copy(&mut reads, &["MaxReadRequestUnits"], &mut on_demand);
        reads.finish()?;
    }
    replica.finish()?;
    fields.finish()?;
    if !on_demand.is_empty() {
        let on_demand = Node::new(resource.mark, Value::Map(on_demand));
        properties.set(resource.mark, "OnDemandThroughput", on_demand);
    }
    resource.type_name = "AWS::DynamoDB::Table".to_owned();
    resource.properties = properties;
    Ok(())
}

fn index(node: &Node) -> Result<Node, TemplateError> {
    let mut fields = Fields::of("a global secondary index", node)?;
    let mut index = Map::default();
    copy(&mut fields, &OF_INDEX, &mut index);
    fields.finish()?;
    Ok(Node::new(node.mark, Value::Map(index)))
}

fn copy(fields: &mut Fields<'_>, names: &[&str], to: &mut Map) {
    for name in names {
        if let Some(node) = fields.node(name) {
            to.set(node.mark, *name, node.clone());
        }
    }
}
