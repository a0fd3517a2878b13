//! `AWS::DynamoDB::Table`.

use super::request::Request;
use super::{
    Birth, Existing, Failure, MAX_POLLS, POLL_INTERVAL, Step, Wanted, json_of, text_of, untagged,
};
use crate::api::Api;
use crate::catalog::{Kind, Naming, TypeInfo};
use crate::document::{Map, Node, Value};
use crate::schema::{OnChange, Property, Schema, TAGS};
use crate::scope::Made;
use std::collections::{BTreeMap, BTreeSet};
use wire::dynamodb::{
    CreateTableInput, DeleteResourcePolicyInput, DeleteTableInput, DescribeTableInput, IndexStatus,
    PutResourcePolicyInput, TableStatus, TagResourceInput, UntagResourceInput,
    UpdateContinuousBackupsInput, UpdateTableInput, UpdateTimeToLiveInput,
};

const KEY_SCHEMA: Schema = Schema::List(&Schema::Object(&[
    Property::required("AttributeName", Schema::Text),
    Property::required("KeyType", Schema::Text),
]));
const PROJECTION: Schema = Schema::Object(&[
    Property::optional("NonKeyAttributes", Schema::List(&Schema::Text)),
    Property::optional("ProjectionType", Schema::Text),
]);
const THROUGHPUT: Schema = Schema::Object(&[
    Property::required("ReadCapacityUnits", Schema::Integer),
    Property::required("WriteCapacityUnits", Schema::Integer),
]);

const ON_DEMAND: Schema = Schema::Object(&[
    Property::optional("MaxReadRequestUnits", Schema::Integer),
    Property::optional("MaxWriteRequestUnits", Schema::Integer),
]);
const WARM: Schema = Schema::Object(&[
    Property::optional("ReadUnitsPerSecond", Schema::Integer),
    Property::optional("WriteUnitsPerSecond", Schema::Integer),
]);

pub(crate) static TYPE: TypeInfo = TypeInfo {
    kind: Kind::Table,
    name: "AWS::DynamoDB::Table",
    properties: &[
        Property::optional("TableName", Schema::Text).replaces(),
        Property::required("KeySchema", KEY_SCHEMA).replaces(),
        Property::required(
            "AttributeDefinitions",
            Schema::List(&Schema::Object(&[
                Property::required("AttributeName", Schema::Text),
                Property::required("AttributeType", Schema::Text),
            ])),
        )
        .decided_by(on_definitions),
        Property::optional("BillingMode", Schema::Text),
        Property::optional("ProvisionedThroughput", THROUGHPUT),
        Property::optional(
            "LocalSecondaryIndexes",
            Schema::List(&Schema::Object(&[
                Property::required("IndexName", Schema::Text),
                Property::required("KeySchema", KEY_SCHEMA),
                Property::required("Projection", PROJECTION),
            ])),
        )
        .replaces(),
        Property::optional(
            "GlobalSecondaryIndexes",
            Schema::List(&Schema::Object(&[
                Property::required("IndexName", Schema::Text),
                Property::required("KeySchema", KEY_SCHEMA),
                Property::required("Projection", PROJECTION),
                Property::optional("ProvisionedThroughput", THROUGHPUT),
                Property::optional("OnDemandThroughput", ON_DEMAND),
                Property::optional("WarmThroughput", WARM),
            ])),
        ),
        Property::optional(
            "StreamSpecification",
            Schema::Object(&[Property::required("StreamViewType", Schema::Text)]),
        ),
        Property::optional(
            "SSESpecification",
            Schema::Object(&[
                Property::required("SSEEnabled", Schema::Flag),
                Property::optional("SSEType", Schema::Text),
            ]),
        )
        .fixed(),
        Property::optional("TableClass", Schema::Text),
        Property::optional("DeletionProtectionEnabled", Schema::Flag),
        Property::optional(
            "PointInTimeRecoverySpecification",
            Schema::Object(&[
                Property::optional("PointInTimeRecoveryEnabled", Schema::Flag),
                Property::optional("RecoveryPeriodInDays", Schema::Integer),
            ]),
        ),
        Property::optional("Tags", TAGS),
        Property::optional(
            "TimeToLiveSpecification",
            Schema::Object(&[
                Property::optional("AttributeName", Schema::Text),
                Property::required("Enabled", Schema::Flag),
            ]),
        ),
        Property::refused("ContributorInsightsSpecification"),
        Property::refused("ImportSourceSpecification"),
        Property::refused("KinesisStreamSpecification"),
        Property::optional("OnDemandThroughput", ON_DEMAND),
        Property::optional(
            "ResourcePolicy",
            Schema::Object(&[Property::required("PolicyDocument", Schema::Json)]),
        ),
        Property::optional("WarmThroughput", WARM),
    ],
    attributes: &["Arn", "StreamArn", "TableId"],
    naming: Some(Naming {
        property: "TableName",
        max_length: 255,
    }),
};

/// A changed type of a key changes the key; other definitions belong to global indexes, which come
/// and go. Their order says nothing.
fn on_definitions(old: &Map, new: &Map) -> OnChange {
    match key_types(old) == key_types(new) {
        true => OnChange::Update,
        false => OnChange::Replace,
    }
}

/// The types of the attributes in the keys of the table and of its local indexes.
fn key_types(properties: &Map) -> BTreeMap<String, String> {
    let locals = maps(properties, "LocalSecondaryIndexes");
    let schemas = std::iter::once(properties).chain(locals);
    let keys: BTreeSet<String> = schemas
        .flat_map(|schema| maps(schema, "KeySchema"))
        .map(|key| text_of(key, "AttributeName"))
        .collect();
    maps(properties, "AttributeDefinitions")
        .map(|defined| {
            (
                text_of(defined, "AttributeName"),
                text_of(defined, "AttributeType"),
            )
        })
        .filter(|(name, _)| keys.contains(name))
        .collect()
}

/// The objects in a list.
fn maps<'m>(properties: &'m Map, name: &str) -> impl Iterator<Item = &'m Map> {
    let list = properties.get(name).and_then(Node::as_list);
    list.unwrap_or_default().iter().filter_map(Node::as_map)
}

pub(super) async fn create<A: Api>(
    step: &Step<'_, A>,
    wanted: &Wanted,
    birth: &impl Birth,
) -> Result<Made, Failure> {
    let properties = &wanted.properties;
    let input: CreateTableInput = Request::new()
        .text("TableName", &wanted.name)
        .copy(
            properties,
            &[
                "AttributeDefinitions",
                "KeySchema",
                "BillingMode",
                "ProvisionedThroughput",
                "OnDemandThroughput",
                "WarmThroughput",
                "LocalSecondaryIndexes",
                "GlobalSecondaryIndexes",
                "TableClass",
                "DeletionProtectionEnabled",
                "Tags",
            ],
        )
        .object("StreamSpecification", stream(properties))
        .object("SSESpecification", encryption(properties))
        .input()?;
    let table = step
        .call(input)
        .await?
        .table_description
        .unwrap_or_default();
    let mut made = Made::named(wanted.name.as_str())
        .with("Arn", table.table_arn.unwrap_or_default())
        .with("TableId", table.table_id.unwrap_or_default());
    if let Some(arn) = table.latest_stream_arn {
        made = made.with("StreamArn", arn);
    }
    birth.exists(&made).await?;
    settle(step, &wanted.name).await?;
    recover(step, &wanted.name, &Map::default(), properties).await?;
    expire(step, &wanted.name, &Map::default(), properties).await?;
    guard(step, &made, &Map::default(), properties).await?;
    Ok(made)
}

pub(super) async fn update<A: Api>(
    step: &Step<'_, A>,
    old: &Existing,
    wanted: &Wanted,
) -> Result<Made, Failure> {
    let changed = |name: &str| old.properties.get(name) != wanted.properties.get(name);
    let name = old.made.reference.as_str();
    // The protection wants a request of its own.
    for names in [
        &["DeletionProtectionEnabled"][..],
        &["BillingMode", "ProvisionedThroughput"],
        &["OnDemandThroughput"],
        &["WarmThroughput"],
        &["TableClass"],
    ] {
        let names = names.iter().copied().filter(|name| changed(name));
        let names: Vec<&'static str> = names.collect();
        if names.is_empty() {
            continue;
        }
        let mut input: UpdateTableInput = Request::new()
            .text("TableName", name)
            .copy(&wanted.properties, &names)
            .input()?;
        if names.contains(&"DeletionProtectionEnabled") {
            input.deletion_protection_enabled.get_or_insert(false);
        }
        step.call(input).await?;
        settle(step, name).await?;
    }
    index(step, name, &old.properties, &wanted.properties).await?;
    let made = follow(step, old, &wanted.properties).await?;
    recover(step, name, &old.properties, &wanted.properties).await?;
    expire(step, name, &old.properties, &wanted.properties).await?;
    guard(step, &made, &old.properties, &wanted.properties).await?;
    tag(step, old, &wanted.properties).await?;
    Ok(made)
}

/// Brings the global indexes from what they were to what they shall be: one at a time, as the
/// operation takes them.
async fn index<A: Api>(
    step: &Step<'_, A>,
    name: &str,
    old: &Map,
    new: &Map,
) -> Result<(), Failure> {
    let (before, after) = (indexes(old), indexes(new));
    for (index, properties) in &before {
        match after.get(index) {
            Some(wanted) if shape_of(wanted) != shape_of(properties) => {
                return Err(Failure::Unsettled(format!(
                    "the index {index} of the table {name} cannot change but for its throughput: \
                     give it another name"
                )));
            }
            Some(_) => {}
            None => {
                let gone = Request::new().text("IndexName", index);
                change_index(step, name, new, "Delete", gone).await?;
            }
        }
    }
    for (index, properties) in &after {
        let throughput = "ProvisionedThroughput";
        match before.get(index) {
            None => {
                let (demand, warm) = ("OnDemandThroughput", "WarmThroughput");
                let names = [
                    "IndexName",
                    "KeySchema",
                    "Projection",
                    throughput,
                    demand,
                    warm,
                ];
                let made = Request::new().copy(properties, &names);
                change_index(step, name, new, "Create", made).await?;
            }
            Some(was)
                if was.get(throughput) != properties.get(throughput)
                    && properties.get(throughput).is_some() =>
            {
                let changed = Request::new().copy(properties, &["IndexName", throughput]);
                change_index(step, name, new, "Update", changed).await?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

async fn change_index<A: Api>(
    step: &Step<'_, A>,
    name: &str,
    properties: &Map,
    action: &'static str,
    index: Request<'_>,
) -> Result<(), Failure> {
    let change = Request::new().object(action, index);
    let input: UpdateTableInput = Request::new()
        .text("TableName", name)
        .copy(properties, &["AttributeDefinitions"])
        .list("GlobalSecondaryIndexUpdates", [change])
        .input()?;
    step.call(input).await?;
    settle(step, name).await
}

/// Global indexes by their names.
fn indexes(properties: &Map) -> BTreeMap<String, &Map> {
    let indexes = maps(properties, "GlobalSecondaryIndexes");
    indexes
        .map(|index| (text_of(index, "IndexName"), index))
        .collect()
}

/// What of an index cannot change.
fn shape_of(index: &Map) -> [Option<&Node>; 2] {
    [index.get("KeySchema"), index.get("Projection")]
}

/// Begins or ends the stream, or begins another one with another view.
async fn follow<A: Api>(step: &Step<'_, A>, old: &Existing, new: &Map) -> Result<Made, Failure> {
    const STREAM: &str = "StreamSpecification";
    let mut made = old.made.clone();
    let (before, after) = (stream(&old.properties), stream(new));
    if old.properties.get(STREAM) == new.get(STREAM) {
        return Ok(made);
    }
    let name = old.made.reference.as_str();
    let off = before.map(|_| Request::new().flag("StreamEnabled", false));
    for specification in [off, after].into_iter().flatten() {
        let input: UpdateTableInput = Request::new()
            .text("TableName", name)
            .object(STREAM, specification)
            .input()?;
        let table = step
            .call(input)
            .await?
            .table_description
            .unwrap_or_default();
        made.attributes.remove("StreamArn");
        if let Some(arn) = table
            .latest_stream_arn
            .filter(|_| new.get(STREAM).is_some())
        {
            made = made.with("StreamArn", arn);
        }
        settle(step, name).await?;
    }
    Ok(made)
}

/// Switches point-in-time recovery on or off.
async fn recover<A: Api>(
    step: &Step<'_, A>,
    name: &str,
    old: &Map,
    new: &Map,
) -> Result<(), Failure> {
    const RECOVERY: &str = "PointInTimeRecoverySpecification";
    if old.get(RECOVERY) == new.get(RECOVERY) {
        return Ok(());
    }
    let given = new.get(RECOVERY).and_then(Node::as_map);
    let enabled = given.and_then(|given| given.get("PointInTimeRecoveryEnabled"));
    let off = Request::new().flag("PointInTimeRecoveryEnabled", false);
    let specification = match (given, enabled) {
        (Some(given), Some(_)) => Request::new().copy(
            given,
            &["PointInTimeRecoveryEnabled", "RecoveryPeriodInDays"],
        ),
        _ => off,
    };
    let input: UpdateContinuousBackupsInput = Request::new()
        .text("TableName", name)
        .object(RECOVERY, specification)
        .input()?;
    step.call(input).await?;
    Ok(())
}

/// Puts the table's own policy, or takes it away.
async fn guard<A: Api>(
    step: &Step<'_, A>,
    made: &Made,
    old: &Map,
    new: &Map,
) -> Result<(), Failure> {
    let document = |properties: &Map| {
        let policy = properties.get("ResourcePolicy")?.as_map()?;
        Some(json_of(policy, "PolicyDocument"))
    };
    let (before, after) = (document(old), document(new));
    if before == after {
        return Ok(());
    }
    let arn = made.attributes.get("Arn").cloned().unwrap_or_default();
    let Some(policy) = after else {
        let input: DeleteResourcePolicyInput = Request::new().text("ResourceArn", &arn).input()?;
        return step.remove(input).await;
    };
    let input: PutResourcePolicyInput = Request::new()
        .text("ResourceArn", &arn)
        .own_text("Policy", policy)
        .input()?;
    step.call(input).await?;
    Ok(())
}

/// Lets items expire by an attribute, or no longer. The operation refuses what is so already.
async fn expire<A: Api>(
    step: &Step<'_, A>,
    name: &str,
    old: &Map,
    new: &Map,
) -> Result<(), Failure> {
    let (before, after) = (expiry(old), expiry(new));
    if before == after {
        return Ok(());
    }
    let changes = [(before, false), (after, true)];
    for (attribute, enabled) in changes {
        if let Some(attribute) = attribute {
            let specification = Request::new()
                .text("AttributeName", &attribute)
                .flag("Enabled", enabled);
            let input: UpdateTimeToLiveInput = Request::new()
                .text("TableName", name)
                .object("TimeToLiveSpecification", specification)
                .input()?;
            step.call(input).await?;
        }
    }
    Ok(())
}

/// The attribute by which items expire, if they do.
fn expiry(properties: &Map) -> Option<String> {
    let given = properties.get("TimeToLiveSpecification")?.as_map()?;
    let enabled = given.get("Enabled").map(|node| &node.value);
    (enabled == Some(&Value::Bool(true))).then(|| text_of(given, "AttributeName"))
}

/// Brings the tags from what they were to what they shall be.
async fn tag<A: Api>(step: &Step<'_, A>, old: &Existing, new: &Map) -> Result<(), Failure> {
    let arn = old.made.attributes.get("Arn").cloned().unwrap_or_default();
    let tag_keys = untagged(&old.properties, new);
    if !tag_keys.is_empty() {
        let resource_arn = arn.clone();
        let input = UntagResourceInput {
            resource_arn,
            tag_keys,
        };
        step.call(input).await?;
    }
    if old.properties.get("Tags") != new.get("Tags") && new.get("Tags").is_some() {
        let input: TagResourceInput = Request::new()
            .text("ResourceArn", &arn)
            .copy(new, &["Tags"])
            .input()?;
        step.call(input).await?;
    }
    Ok(())
}

pub(super) async fn delete<A: Api>(step: &Step<'_, A>, old: &Existing) -> Result<(), Failure> {
    let table_name = old.made.reference.clone();
    step.remove(DeleteTableInput { table_name }).await
}

/// Waits until the table is active.
async fn settle<A: Api>(step: &Step<'_, A>, name: &str) -> Result<(), Failure> {
    for _ in 0..MAX_POLLS {
        let table_name = name.to_owned();
        let table = step.call(DescribeTableInput { table_name }).await?.table;
        let table = table.unwrap_or_default();
        let status = table.table_status;
        let mut indexes = table.global_secondary_indexes.into_iter().flatten();
        let changes = matches!(status, Some(TableStatus::Creating | TableStatus::Updating))
            || indexes.any(|index| index.index_status != Some(IndexStatus::Active));
        if !changes {
            return Ok(());
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
    Err(Failure::Unsettled(format!(
        "the table {name} does not become active"
    )))
}

/// A template that gives a view type says by that that there is a stream.
fn stream(properties: &Map) -> Option<Request<'_>> {
    let given = properties.get("StreamSpecification")?.as_map()?;
    Some(
        Request::new()
            .flag("StreamEnabled", true)
            .copy(given, &["StreamViewType"]),
    )
}

/// What the operation calls `Enabled`, the template calls `SSEEnabled`.
fn encryption(properties: &Map) -> Option<Request<'_>> {
    let given = properties.get("SSESpecification")?.as_map()?;
    let request = Request::new().copy_as(given, "SSEEnabled", "Enabled");
    Some(request.copy(given, &["SSEType"]))
}
