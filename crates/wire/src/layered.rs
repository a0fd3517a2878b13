//! DynamoDB's two layers of validation.
//!
//! A newer layer answers first, for a few members of a few operations, without values and with
//! names as in the model. The older one has the classic words, but for some members that it
//! speaks of in words of their own. Which is which was observed on the service by others, in 2026.

use crate::decode::{Segment, Violation, lower_first};

const ITEM_OPERATIONS: [&str; 6] = [
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
];
/// The members of [`ITEM_OPERATIONS`] that the newer layer checks, in its order.
const NEWER_MEMBERS: [&str; 4] = ["Limit", "Segment", "TotalSegments", "TableName"];
const TABLE_OPERATIONS: [&str; 6] = [
    "CreateTable",
    "DeleteTable",
    "DescribeTable",
    "DescribeTimeToLive",
    "UpdateTable",
    "UpdateTimeToLive",
];
/// How many broken constraints a message tells of, at most.
const MAX_TOLD: usize = 10;
/// What is said of a ReturnValues that is none, a slip of AWS's included.
const RETURN_VALUES: &str = "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]";

/// The whole message.
pub(crate) fn message(operation: &str, violations: &[Violation]) -> String {
    let told = of_table_name(operation, violations)
        .or_else(|| of_newer_layer(operation, violations))
        .or_else(|| of_batch_write(operation, violations))
        .or_else(|| of_return_values(operation, violations));
    told.unwrap_or_else(|| enveloped(violations.iter().map(Violation::classic).collect()))
}

/// Operations on tables speak of their names alone.
fn of_table_name(operation: &str, violations: &[Violation]) -> Option<String> {
    if !TABLE_OPERATIONS.contains(&operation) {
        return None;
    }
    let violation = violations
        .iter()
        .find(|violation| violation.member() == Some("TableName"))?;
    let message = match &violation.value {
        None => "The parameter 'TableName' is required but was not present in the request",
        Some(_) if operation == "CreateTable" => {
            "1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"
        }
        Some(_) => "TableName must be at least 3 characters long and at most 255 characters long",
    };
    Some(message.to_owned())
}

fn of_newer_layer(operation: &str, violations: &[Violation]) -> Option<String> {
    let mut newer: Vec<(usize, &Violation)> = violations
        .iter()
        .filter(|violation| violation.value.is_some())
        .filter_map(|violation| Some((rank(operation, violation)?, violation)))
        .collect();
    newer.sort_by_key(|(rank, _)| *rank);
    let told = newer.iter().map(|(_, violation)| {
        let (path, words) = (violation.model_path(), &violation.words);
        format!("Value at '{path}' failed to satisfy constraint: {words}")
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| enveloped(told))
}

/// The place among what the newer layer reports, for what it does.
fn rank(operation: &str, violation: &Violation) -> Option<usize> {
    match violation.path.as_slice() {
        [Segment::Member(name)] if ITEM_OPERATIONS.contains(&operation) => {
            NEWER_MEMBERS.iter().position(|newer| newer == name)
        }
        [Segment::Member("RequestItems")] if operation == "BatchGetItem" => violation
            .words
            .starts_with("Member must have length")
            .then_some(0),
        [
            Segment::Member("RequestItems"),
            Segment::Entry(_),
            Segment::Member("Keys"),
        ] if operation == "BatchGetItem" => Some(0),
        _ => None,
    }
}

fn of_batch_write(operation: &str, violations: &[Violation]) -> Option<String> {
    let is_empty_batch = violations.iter().any(|violation| {
        let is_empty = violation.value.as_deref() == Some("{}");
        violation.member() == Some("RequestItems") && is_empty
    });
    (operation == "BatchWriteItem" && is_empty_batch)
        .then(|| "The requestItems parameter is required for BatchWriteItem".to_owned())
}

/// A ReturnValues that is none is told of in words of its own, beside the classic ones.
fn of_return_values(operation: &str, violations: &[Violation]) -> Option<String> {
    let is_write = ["DeleteItem", "PutItem", "UpdateItem"].contains(&operation);
    let is_told = |violation: &Violation| violation.member() == Some("ReturnValues");
    if !is_write || !violations.iter().any(is_told) {
        return None;
    }
    let told = violations.iter().map(|violation| match is_told(violation) {
        true => RETURN_VALUES.to_owned(),
        false => violation.classic(),
    });
    // UpdateItem stops at the first.
    let told: Vec<String> = match operation {
        "UpdateItem" => vec![RETURN_VALUES.to_owned()],
        _ => told.collect(),
    };
    Some(enveloped(told))
}

fn enveloped(mut told: Vec<String>) -> String {
    told.truncate(MAX_TOLD);
    let noun = if told.len() == 1 { "error" } else { "errors" };
    format!(
        "{} validation {noun} detected: {}",
        told.len(),
        told.join("; ")
    )
}

impl Violation {
    /// The top-level member that is wrong as a whole.
    pub(crate) fn member(&self) -> Option<&'static str> {
        match self.path.as_slice() {
            [Segment::Member(name)] => Some(*name),
            _ => None,
        }
    }

    /// The path with names as in the model.
    fn model_path(&self) -> String {
        self.path_with(str::to_owned)
    }

    fn path_with(&self, shown: impl Fn(&str) -> String) -> String {
        let parts = self.path.iter().map(|segment| match segment {
            Segment::Member(name) => shown(name),
            Segment::Item(index) => format!("{}.member", index + 1),
            Segment::Entry(key) => format!("{key}.member"),
        });
        parts.collect::<Vec<String>>().join(".")
    }

    fn classic(&self) -> String {
        let path = self.path_with(lower_first);
        let value = self
            .value
            .as_ref()
            .map_or("null".to_owned(), |value| format!("'{value}'"));
        format!(
            "Value {value} at '{path}' failed to satisfy constraint: {}",
            self.words
        )
    }
}

#[cfg(test)]
mod tests {

    use crate::{Rejection, RequestParts, decode_input, dynamodb};
    use bytes::Bytes;

    fn check<I: crate::Input + std::fmt::Debug>(input: &str, message: &str) {
        let body = Bytes::copy_from_slice(input.as_bytes());
        let headers = http::HeaderMap::new();
        let parts = RequestParts {
            method: "POST",
            path: "/",
            query: "",
            headers: &headers,
            body: &body,
        };
        let node = parts.node(I::SERVICE, I::OPERATION).unwrap();
        match decode_input::<I>(node) {
            Err(Rejection::Invalid(told)) => assert_eq!(told, message, "{input}"),
            other => panic!("{input}: {other:?}"),
        }
    }

    #[test]
    fn the_newer_layer_speaks_first() {
        check::<dynamodb::ScanInput>(
            r#"{"TableName": "", "Limit": 0, "Select": "x"}"#,
            "2 validation errors detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1; Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1",
        );
        check::<dynamodb::BatchGetItemInput>(
            r#"{"RequestItems": {"abc": {"Keys": []}}, "ReturnConsumedCapacity": "x"}"#,
            "1 validation error detected: Value at 'RequestItems.abc.member.Keys' failed to satisfy constraint: Member must have length greater than or equal to 1",
        );
    }

    #[test]
    fn the_older_layer_has_classic_words() {
        check::<dynamodb::ScanInput>(
            r#"{"TableName": "abc", "Select": "x"}"#,
            "1 validation error detected: Value 'x' at 'select' failed to satisfy constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]",
        );
        check::<dynamodb::GetItemInput>(
            r#"{"TableName": "abc"}"#,
            "1 validation error detected: Value null at 'key' failed to satisfy constraint: Member must not be null",
        );
        check::<dynamodb::CreateTableInput>(
            r#"{"TableName": "abc", "KeySchema": [{"AttributeName": "a", "KeyType": "x"}]}"#,
            "1 validation error detected: Value 'x' at 'keySchema.1.member.keyType' failed to satisfy constraint: Member must satisfy enum value set: [HASH, RANGE]",
        );
        check::<dynamodb::TransactGetItemsInput>(
            r#"{"TransactItems": []}"#,
            "1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
        );
    }

    #[test]
    fn members_with_words_of_their_own() {
        let return_values = "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]";
        check::<dynamodb::UpdateItemInput>(
            r#"{"TableName": "abc", "Key": {}, "ReturnValues": "x", "ReturnConsumedCapacity": "x"}"#,
            &format!("1 validation error detected: {return_values}"),
        );
        check::<dynamodb::DeleteItemInput>(
            r#"{"TableName": "abc", "Key": {}, "ReturnValues": "x", "ReturnConsumedCapacity": "x"}"#,
            &format!(
                "2 validation errors detected: {return_values}; Value 'x' at 'returnConsumedCapacity' failed to satisfy constraint: Member must satisfy enum value set: [INDEXES, TOTAL, NONE]"
            ),
        );
        check::<dynamodb::BatchWriteItemInput>(
            r#"{"RequestItems": {}}"#,
            "The requestItems parameter is required for BatchWriteItem",
        );
        check::<dynamodb::DescribeTableInput>(
            "{}",
            "The parameter 'TableName' is required but was not present in the request",
        );
    }
}
