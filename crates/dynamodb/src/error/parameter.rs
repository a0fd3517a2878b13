//! Refusals of a request's parameters.

use super::SchemaError;
use crate::expression::Bound;
use crate::item::Type;
use crate::key::emptiness;

/// The pattern of tables' names.
pub const TABLE_NAME: &str = "[a-zA-Z0-9_.-]+";

/// Why a request's parameters are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    // Names of tables.
    #[error(
        "1 validation error detected: Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1"
    )]
    EmptyTableName,
    #[error(
        "1 validation error detected: Value '{0}' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3"
    )]
    ShortTableName(String),
    #[error(
        "1 validation error detected: Value '{0}' at 'tableName' failed to satisfy constraint: Member must have length less than or equal to 255"
    )]
    LongTableName(String),
    #[error(
        "1 validation error detected: Value '{0}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: {TABLE_NAME}"
    )]
    TableNamePattern(String),
    #[error(
        "1 validation error detected: Value '{name}' at '{path}' failed to satisfy constraint: {constraint}"
    )]
    NameAt {
        name: String,
        path: String,
        constraint: String,
    },
    #[error("1 validation error detected: Invalid AWS region in '{0}'")]
    OtherRegion(String),
    #[error("TableName must be at least 3 characters long and at most 255 characters long")]
    TableNameLength,

    // Expressions and the legacy parameters.
    #[error(
        "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {{{}}} Expression parameters: {{{}}}",
        legacy.join(", "),
        expressions.join(", ")
    )]
    Mixed {
        legacy: Vec<&'static str>,
        expressions: Vec<&'static str>,
    },
    #[error("ExpressionAttributeNames can only be specified when using expressions")]
    NamesWithoutExpression,
    #[error("ExpressionAttributeValues can only be specified when using expressions{}", null_suffix(.0))]
    ValuesWithoutExpression(&'static [&'static str]),
    #[error("ExpressionAttributeNames contains invalid value: Empty attribute name for key {0}")]
    EmptyNameBehind(String),
    #[error("Empty attribute name")]
    EmptyAttributeName,
    #[error("ReturnValues can only be ALL_OLD or NONE")]
    ReturnValues,
    #[error("ConditionalOperator cannot be used without Filter or Expected")]
    OperatorWithoutConditions,
    #[error(
        "ConditionalOperator can only be used when Filter or Expected has two or more elements"
    )]
    OperatorWithOneCondition,
    #[error("One or more parameter values were invalid: {0}")]
    Legacy(LegacyError),
    #[error(
        "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
    )]
    LegacyBounds,
    #[error("Type mismatch for attribute to update")]
    LegacyUpdateType,

    // Items.
    #[error("Item size has exceeded the maximum allowed size")]
    ItemSize,
    #[error("Item size to update has exceeded the maximum allowed size")]
    UpdatedItemSize,
    #[error("Nesting Levels have exceeded supported limits")]
    UpdatedDepth,
    #[error(
        "One or more parameter values were invalid: Cannot update attribute {0}. This attribute is part of the key"
    )]
    KeyUpdate(String),
    #[error("Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: {}: {name}", if *.is_index { "IndexKey" } else { "Key" })]
    KeyPath { name: String, is_index: bool },
    #[error(
        "One or more parameter values were invalid: Type mismatch for Index Key {name} Expected: {expected} Actual: {actual} IndexName: {index}"
    )]
    IndexKeyType {
        name: String,
        expected: Type,
        actual: Type,
        index: String,
    },
    #[error("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty {} value. IndexName: {index}, IndexKey: {name}", emptiness(*.kind))]
    IndexKeyEmpty {
        name: String,
        kind: Type,
        index: String,
    },
    #[error(
        "The update expression attempted to update the secondary index key to unsupported type"
    )]
    UpdatedIndexKeyType,
    #[error(
        "The update expression attempted to update the secondary index key beyond allowed size limits"
    )]
    UpdatedIndexKeySize,
    #[error("One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty {} value.", emptiness(*.0))]
    UpdatedIndexKeyEmpty(Type),

    // Reads.
    #[error(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
    )]
    NoKeyCondition,
    #[error("The table does not have the specified index: {0}")]
    UnknownIndex(String),
    #[error("Cannot read from backfilling global secondary index: {0}")]
    BackfillingIndex(String),
    #[error("Consistent reads are not supported on global secondary indexes")]
    ConsistentIndexRead,
    #[error("The provided starting key is invalid")]
    StartKey,
    #[error(
        "The provided starting key is invalid: The provided key element does not match the schema"
    )]
    StartKeySchema,
    #[error("The provided starting key is outside query boundaries based on provided conditions")]
    StartKeyOutside,
    #[error("The provided starting key does not match the range key predicate")]
    StartKeyPredicate,
    #[error("The query can return at most one row and cannot be restarted")]
    StartKeyOneRow,
    /// Of a query that finds at most one item.
    #[error("The provided exclusive start key is invalid: ExclusiveStartKey: {{{name}={value}}}")]
    StartKeyOfOne { name: String, value: Bound },
    #[error(
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: {total} Segment: {segment}"
    )]
    StartKeySegment { segment: i32, total: i32 },
    #[error("{} can only contain non-primary key attributes: Primary key attribute: {name}", if *.is_legacy { "QueryFilter" } else { "Filter Expression" })]
    FilterKey { name: String, is_legacy: bool },
    #[error("1 validation error detected: {0}")]
    QuerySelect(SelectError),
    #[error("{0}")]
    ScanSelect(SelectError),
    #[error(
        "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index {0} because its projection type is not ALL"
    )]
    SelectAll(String),
    #[error("One or more parameter values were invalid: Global secondary index {index} does not project [{}]", names.join(", "))]
    NotProjected { index: String, names: Vec<String> },
    #[error("One or more parameter values were invalid: Secondary index {index} does not project one or more filter attributes: [{}]", names.join(", "))]
    FilterNotProjected { index: String, names: Vec<String> },
    #[error("One or more parameter values were invalid: Duplicate value in attribute name: {0}")]
    RepeatedAttribute(String),
    #[error(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present"
    )]
    NoTotalSegments,
    #[error(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present"
    )]
    NoSegment,
    #[error(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {segment} is not less than TotalSegments: {total}"
    )]
    SegmentRange { segment: i32, total: i32 },

    // Batches.
    #[error(
        "1 validation error detected: Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1"
    )]
    EmptyBatchGet,
    #[error("The requestItems parameter is required for BatchWriteItem")]
    EmptyBatchWrite,
    #[error("1 validation error detected: Value at 'RequestItems.{table}.member.Keys' failed to satisfy constraint: Member must have length {}", if *.is_empty { "greater than or equal to 1" } else { "less than or equal to 100" })]
    BatchKeys { table: String, is_empty: bool },
    #[error(
        "1 validation error detected: Value '{{{table}=[{shown}]}}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 25, Member must have length greater than or equal to 1]"
    )]
    BatchRequests { table: String, shown: String },
    #[error(
        "1 validation error detected: Value '{0}' at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: {TABLE_NAME}]"
    )]
    BatchTableName(String),
    /// Of several tables together.
    #[error("Too many items requested for the {0} call")]
    BatchItems(&'static str),
    #[error("Provided list of item keys contains duplicates")]
    RepeatedKeys,
    #[error(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
    )]
    EmptyWriteRequest,
    #[error(
        "Item collection too large: aggregate size of items in BatchWriteItem exceeds 16MB limit"
    )]
    BatchSize,

    // Transactions.
    #[error("Invalid Request: TransactWriteRequest should contain Delete or Put or Update request")]
    NoAction,
    #[error("TransactItems can only contain one of Check, Put, Update or Delete")]
    SeveralActions,
    #[error("Transaction request cannot include multiple operations on one item")]
    RepeatedItem,
    #[error(
        "Transaction payload size cannot exceed 4MB. Payload Size: : Transaction payload size cannot exceed 4MB. Payload Size: {0}"
    )]
    TransactionSize(usize),
    #[error(
        "The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical"
    )]
    TokenMismatch,

    // Tables.
    #[error("{0}")]
    Schema(SchemaError),
    #[error(
        "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
    )]
    IndexesAtOnce,
    #[error(
        "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20"
    )]
    TooManyIndexes,
    #[error("Subscriber limit exceeded: There is a limit of {0} tables per subscriber")]
    TooManyTables(usize),
    #[error("Invalid TableArn")]
    NoTableArn,
    #[error("One or more parameter values were invalid: ARNs must start with 'arn:': {0}")]
    NotAnArn(String),
    #[error("Invalid TableArn: Invalid ResourceArn provided as input {0}")]
    TableArn(String),
    /// Of an index.
    #[error(
        "One or more parameter values were invalid: Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {0}"
    )]
    IndexArn(String),
    /// Of a backup or the like.
    #[error(
        "One or more parameter values were invalid: Provided Arn is not a DynamoDB resource arn: {0}"
    )]
    OtherArn(String),
    #[error("Atleast one Tag needs to be provided as Input.")]
    NoTags,
    #[error("Atleast one Tag Key needs to be provided as Input.")]
    NoTagKeys,
    #[error("Number of Tags exceed the current limit for the provided ResourceArn")]
    TooManyTags,
    #[error("Duplicate Tag Keys provided as input: Duplicate Tag Key found {0}")]
    RepeatedTag(String),
    #[error("Tag Key cannot be prefixed with aws:, Key: {0}")]
    ReservedTag(String),
    #[error("The Tag Key provided is invalid, Key: {0}")]
    TagKey(String),
    #[error("The Tag Value provided is invalid, Value: {0}")]
    TagValue(String),
    #[error(
        "Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
    )]
    KinesisEnabled,
    #[error(
        "Table is not in a valid state to disable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."
    )]
    KinesisDisabled,
    #[error(
        "Table is not in a valid state to update Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE to perform UPDATE operation."
    )]
    KinesisNotActive,
    #[error("TimeToLive is already enabled")]
    TtlEnabled,
    #[error("TimeToLive is already disabled")]
    TtlDisabled,
    #[error("TimeToLive is active on a different AttributeName: current AttributeName is {0}")]
    TtlAttribute(String),
}

/// What does not go with a Select.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    #[error("Cannot specify the {member} when choosing to get {target}")]
    WithProjection {
        member: &'static str,
        target: &'static str,
    },
    #[error("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")]
    Projected,
    #[error(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
    )]
    Specific,
}

/// What is wrong with a legacy condition or update, after `One or more parameter values were
/// invalid: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LegacyError {
    #[error("Value and AttributeValueList cannot be used together for Attribute: {0}")]
    ValueAndList(String),
    #[error("Exists and ComparisonOperator cannot be used together for Attribute: {0}")]
    ExistsAndOperator(String),
    #[error(
        "Value or AttributeValueList must be used with ComparisonOperator: {operator} for Attribute: {name}"
    )]
    NoOperand {
        operator: &'static str,
        name: String,
    },
    #[error("AttributeValueList can only be used with a ComparisonOperator for Attribute: {0}")]
    ListWithoutOperator(String),
    #[error("Value must be provided when Exists is {exists} for Attribute: {name}")]
    NoValue { exists: &'static str, name: String },
    #[error("Value cannot be used when Exists is false for Attribute: {0}")]
    ValueWithoutExists(String),
    #[error("Invalid number of argument(s) for the {0} ComparisonOperator")]
    ArgumentCount(&'static str),
    #[error("AttributeValues inside AttributeValueList must be of same type")]
    ArgumentTypes,
    #[error("ComparisonOperator {operator} is not valid for {given} AttributeValue type")]
    ArgumentType { operator: &'static str, given: Type },
    #[error("Only DELETE action is allowed when no attribute value is specified")]
    UpdateWithoutValue,
    #[error("{action} action {} for the type {given}", if *.action == "DELETE" { "with value is not supported" } else { "is not supported" })]
    UpdateType { action: &'static str, given: Type },
}

impl ParameterError {
    /// Whether AWS reports this while it reads the request; see
    /// [`super::Wording::Enveloped`].
    pub(super) fn is_of_the_request(&self) -> bool {
        use ParameterError as E;
        matches!(
            self,
            E::Mixed { .. }
                | E::NamesWithoutExpression
                | E::ValuesWithoutExpression(_)
                | E::EmptyAttributeName
                | E::EmptyNameBehind(_)
                | E::ReturnValues
                | E::OperatorWithoutConditions
                | E::OperatorWithOneCondition
                | E::Legacy(_)
                | E::LegacyBounds
        )
    }
}

fn null_suffix(expressions: &[&str]) -> String {
    match expressions {
        [] => String::new(),
        [one] => format!(": {one} is null"),
        several => format!(": {} are null", several.join(" and ")),
    }
}
