//! From a request to the operation it names.

use crate::answer::Answer;
use crate::error::Failure;
use crate::plain::{Attributes, attributes, some_attributes, to_attribute};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValueUpdate, ReturnConsumedCapacity, ReturnValue, Select};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Answers one request.
pub async fn handle(client: &Client, mut event: Value) -> Result<Value, Failure> {
    let mut take = |name: &str| event.get_mut(name).map(Value::take).unwrap_or_default();
    let payload = take("payload");
    let operation = match take("operation") {
        Value::String(name) => name,
        other => other.to_string(),
    };
    let table = take("tableName");
    let table = || match table {
        Value::String(name) => Ok(name),
        _ => Err(Failure::MissingTableName),
    };
    match operation.as_str() {
        "create" => create(client, table()?, arguments(payload)?).await,
        "read" => read(client, table()?, arguments(payload)?).await,
        "update" => update(client, table()?, arguments(payload)?).await,
        "delete" => delete(client, table()?, arguments(payload)?).await,
        "list" => list(client, table()?, arguments(payload)?).await,
        "echo" => Ok(payload),
        "ping" => Ok(Value::from("pong")),
        _ => Err(Failure::UnrecognizedOperation(operation)),
    }
}

/// The payload as an operation's arguments; no payload is no arguments.
fn arguments<T: DeserializeOwned>(payload: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(match payload {
        Value::Null => Value::Object(Map::new()),
        payload => payload,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Create {
    #[serde(deserialize_with = "attributes")]
    item: Attributes,
    condition_expression: Option<String>,
    expression_attribute_names: Option<HashMap<String, String>>,
    #[serde(default, deserialize_with = "some_attributes")]
    expression_attribute_values: Option<Attributes>,
    return_values: Option<String>,
    return_consumed_capacity: Option<String>,
}

async fn create(client: &Client, table: String, given: Create) -> Result<Value, Failure> {
    let call = client
        .put_item()
        .table_name(table)
        .set_item(Some(given.item))
        .set_condition_expression(given.condition_expression)
        .set_expression_attribute_names(given.expression_attribute_names)
        .set_expression_attribute_values(given.expression_attribute_values)
        .set_return_values(given.return_values.as_deref().map(ReturnValue::from))
        .set_return_consumed_capacity(capacity(given.return_consumed_capacity));
    let output = call.send().await.map_err(|e| Failure::of("PutItem", e))?;
    Answer::default()
        .attributes("Attributes", output.attributes)?
        .capacity(output.consumed_capacity)
        .done()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Read {
    #[serde(deserialize_with = "attributes")]
    key: Attributes,
    attributes_to_get: Option<Vec<String>>,
    consistent_read: Option<bool>,
    projection_expression: Option<String>,
    expression_attribute_names: Option<HashMap<String, String>>,
    return_consumed_capacity: Option<String>,
}

async fn read(client: &Client, table: String, given: Read) -> Result<Value, Failure> {
    let call = client
        .get_item()
        .table_name(table)
        .set_key(Some(given.key))
        .set_attributes_to_get(given.attributes_to_get)
        .set_consistent_read(given.consistent_read)
        .set_projection_expression(given.projection_expression)
        .set_expression_attribute_names(given.expression_attribute_names)
        .set_return_consumed_capacity(capacity(given.return_consumed_capacity));
    let output = call.send().await.map_err(|e| Failure::of("GetItem", e))?;
    Answer::default()
        .attributes("Item", output.item)?
        .capacity(output.consumed_capacity)
        .done()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Update {
    #[serde(deserialize_with = "attributes")]
    key: Attributes,
    attribute_updates: Option<HashMap<String, AttributeUpdate>>,
    update_expression: Option<String>,
    condition_expression: Option<String>,
    expression_attribute_names: Option<HashMap<String, String>>,
    #[serde(default, deserialize_with = "some_attributes")]
    expression_attribute_values: Option<Attributes>,
    return_values: Option<String>,
    return_consumed_capacity: Option<String>,
}

/// `{"Value": 6, "Action": "PUT"}`
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AttributeUpdate {
    value: Option<Value>,
    action: Option<String>,
}

impl From<AttributeUpdate> for AttributeValueUpdate {
    fn from(given: AttributeUpdate) -> AttributeValueUpdate {
        AttributeValueUpdate::builder()
            .set_value(given.value.map(to_attribute))
            .set_action(given.action.as_deref().map(Into::into))
            .build()
    }
}

async fn update(client: &Client, table: String, given: Update) -> Result<Value, Failure> {
    let updates = given.attribute_updates.map(|updates| {
        let updates = updates.into_iter();
        updates
            .map(|(name, update)| (name, update.into()))
            .collect()
    });
    let call = client
        .update_item()
        .table_name(table)
        .set_key(Some(given.key))
        .set_attribute_updates(updates)
        .set_update_expression(given.update_expression)
        .set_condition_expression(given.condition_expression)
        .set_expression_attribute_names(given.expression_attribute_names)
        .set_expression_attribute_values(given.expression_attribute_values)
        .set_return_values(given.return_values.as_deref().map(ReturnValue::from))
        .set_return_consumed_capacity(capacity(given.return_consumed_capacity));
    let output = call
        .send()
        .await
        .map_err(|e| Failure::of("UpdateItem", e))?;
    Answer::default()
        .attributes("Attributes", output.attributes)?
        .capacity(output.consumed_capacity)
        .done()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Delete {
    #[serde(deserialize_with = "attributes")]
    key: Attributes,
    condition_expression: Option<String>,
    expression_attribute_names: Option<HashMap<String, String>>,
    #[serde(default, deserialize_with = "some_attributes")]
    expression_attribute_values: Option<Attributes>,
    return_values: Option<String>,
    return_consumed_capacity: Option<String>,
}

async fn delete(client: &Client, table: String, given: Delete) -> Result<Value, Failure> {
    let call = client
        .delete_item()
        .table_name(table)
        .set_key(Some(given.key))
        .set_condition_expression(given.condition_expression)
        .set_expression_attribute_names(given.expression_attribute_names)
        .set_expression_attribute_values(given.expression_attribute_values)
        .set_return_values(given.return_values.as_deref().map(ReturnValue::from))
        .set_return_consumed_capacity(capacity(given.return_consumed_capacity));
    let output = call
        .send()
        .await
        .map_err(|e| Failure::of("DeleteItem", e))?;
    Answer::default()
        .attributes("Attributes", output.attributes)?
        .capacity(output.consumed_capacity)
        .done()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct List {
    index_name: Option<String>,
    attributes_to_get: Option<Vec<String>>,
    consistent_read: Option<bool>,
    limit: Option<i32>,
    select: Option<String>,
    segment: Option<i32>,
    total_segments: Option<i32>,
    filter_expression: Option<String>,
    projection_expression: Option<String>,
    expression_attribute_names: Option<HashMap<String, String>>,
    #[serde(default, deserialize_with = "some_attributes")]
    expression_attribute_values: Option<Attributes>,
    #[serde(default, deserialize_with = "some_attributes")]
    exclusive_start_key: Option<Attributes>,
    return_consumed_capacity: Option<String>,
}

async fn list(client: &Client, table: String, given: List) -> Result<Value, Failure> {
    let call = client
        .scan()
        .table_name(table)
        .set_index_name(given.index_name)
        .set_attributes_to_get(given.attributes_to_get)
        .set_consistent_read(given.consistent_read)
        .set_limit(given.limit)
        .set_select(given.select.as_deref().map(Select::from))
        .set_segment(given.segment)
        .set_total_segments(given.total_segments)
        .set_filter_expression(given.filter_expression)
        .set_projection_expression(given.projection_expression)
        .set_expression_attribute_names(given.expression_attribute_names)
        .set_expression_attribute_values(given.expression_attribute_values)
        .set_exclusive_start_key(given.exclusive_start_key)
        .set_return_consumed_capacity(capacity(given.return_consumed_capacity));
    let output = call.send().await.map_err(|e| Failure::of("Scan", e))?;
    Answer::default()
        .items("Items", output.items)?
        .count("Count", output.count)
        .count("ScannedCount", output.scanned_count)
        .attributes("LastEvaluatedKey", output.last_evaluated_key)?
        .capacity(output.consumed_capacity)
        .done()
}

fn capacity(given: Option<String>) -> Option<ReturnConsumedCapacity> {
    given.as_deref().map(ReturnConsumedCapacity::from)
}
