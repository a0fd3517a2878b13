//! Refusals of a request's parameters, and of what is asked of a table.

use crate::expression::Bound;
use crate::item::Type;
use crate::key::emptiness;
use wire::ErrorInfo;
use wire::dynamodb::errors;

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
    #[error("Attempted conditional constraint is not an indexable operation")]
    NotIndexable,
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
    #[error("The provided exclusive start key is invalid")]
    StartKeyPartition,
    /// Of a query that finds at most one item.
    #[error("The provided exclusive start key is invalid: ExclusiveStartKey: {{{name}={value}}}")]
    StartKeyOfOne { name: String, value: Bound },
    #[error(
        "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment. TotalSegments: {total} Segment: {segment}"
    )]
    StartKeySegment { segment: i32, total: i32 },
    #[error("{} can only contain non-primary key attributes: Primary key attribute: {name}", if *.is_legacy { "QueryFilter" } else { "Filter Expression" })]
    FilterKey { name: String, is_legacy: bool },
    #[error(
        "1 validation error detected: Cannot specify the {member} when choosing to get {target}"
    )]
    SelectWithProjection {
        member: &'static str,
        target: &'static str,
    },
    #[error(
        "1 validation error detected: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
    )]
    SelectProjected,
    #[error(
        "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
    )]
    SelectSpecific,
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
    LimitExceeded,
    #[error("Invalid TableArn")]
    NoTableArn,
    #[error("One or more parameter values were invalid: ARNs must start with 'arn:': {0}")]
    NotAnArn(String),
    #[error("Invalid TableArn: Invalid ResourceArn provided as input {0}")]
    TableArn(String),
    #[error("Atleast one Tag needs to be provided as Input.")]
    NoTags,
    #[error("Atleast one Tag Key needs to be provided as Input.")]
    NoTagKeys,
    #[error("Tag limit exceeded: Maximum number of tags is 50")]
    TooManyTags,
    #[error("One or more parameter values were invalid: Repeated keys in Tags list: {0}")]
    RepeatedTag(String),
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
    #[error(
        "One or more parameter values were invalid: Tag keys and values may only contain unicode letters, digits, whitespace, or these symbols: _ . : / = + - @: {0}"
    )]
    TagCharacters(String),
    #[error("TimeToLive is already enabled")]
    TtlEnabled,
    #[error("TimeToLive is already disabled")]
    TtlDisabled,
    #[error("TimeToLive is active on a different AttributeName: current AttributeName is {0}")]
    TtlAttribute(String),
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

/// What is wrong with the definition of a table or its indexes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    #[error(
        "1 validation error detected: Value null at '{0}' failed to satisfy constraint: Member must not be null"
    )]
    Null(&'static str),
    #[error("Attribute Name is duplicated: {0}")]
    RepeatedDefinition(String),
    #[error("Invalid KeySchema: Some index key attribute have no definition")]
    Undefined,
    #[error("One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], AttributeDefinitions: [{}]", keys.join(", "), defined.join(", "))]
    UndefinedKeys {
        keys: Vec<String>,
        defined: Vec<String>,
    },
    #[error(
        "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
    )]
    DefinitionCount,
    #[error("One or more parameter values were invalid: Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]", defined.join(", "), used.join(", "))]
    UnusedDefinitions {
        defined: Vec<String>,
        used: Vec<String>,
    },
    #[error("Both the Hash Key and the Range Key element in the KeySchema have the same name")]
    SameName,
    #[error("The KeySchema contains multiple key attributes with the same name")]
    RepeatedName,
    #[error("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")]
    FirstIsNotHash,
    #[error("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")]
    SecondIsNotRange,
    #[error(
        "One or more parameter values were invalid: All HASH key attributes must precede RANGE key attributes in the KeySchema"
    )]
    HashAfterRange,
    #[error(
        "One or more parameter values were invalid: The KeySchema exceeds the maximum allowed number of {0} key attributes"
    )]
    TooManyKeyAttributes(&'static str),
    #[error(
        "1 validation error detected: Value '{shown}' at 'keySchema' failed to satisfy constraint: Member must have length less than or equal to {max}"
    )]
    KeySchemaLength { shown: String, max: usize },
    #[error(
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
    )]
    ThroughputOnDemand,
    #[error(
        "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
    )]
    NoThroughput,
    #[error(
        "One or more parameter values were invalid: ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
    )]
    NoUpdatedThroughput,
    #[error("Given value {value} for {member} is out of bounds")]
    ThroughputRange { member: &'static str, value: i64 },
    #[error(
        "One or more parameter values were invalid: ProvisionedThroughput should not be specified for index: {0} when BillingMode is PAY_PER_REQUEST"
    )]
    IndexThroughputOnDemand(String),
    #[error(
        "One or more parameter values were invalid: ProvisionedThroughput must be specified for index: {0}"
    )]
    NoIndexThroughput(String),
    #[error("One or more parameter values were invalid: {member} for OnDemandThroughput cannot be specified when {}table BillingMode is PROVISIONED{}", if *.is_update { "the " } else { "" }, if *.is_update { "" } else { "." })]
    OnDemandProvisioned {
        member: &'static str,
        is_update: bool,
    },
    #[error(
        "One or more parameter values were invalid: Requested {0} for OnDemandThroughput for table is outside of valid range"
    )]
    OnDemandRange(&'static str),
    #[error("One or more parameter values were invalid: List of {0} is empty")]
    EmptyIndexes(&'static str),
    #[error(
        "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
    )]
    LocalWithoutRange,
    #[error(
        "One or more parameter values were invalid: Index KeySchema does not have a range key for index: {0}"
    )]
    IndexWithoutRange(String),
    #[error(
        "One or more parameter values were invalid: Index KeySchema does not have the same leading hash key as table KeySchema for index: {index}. index hash key: {hash}, table hash key: {table_hash}"
    )]
    IndexHash {
        index: String,
        hash: String,
        table_hash: String,
    },
    #[error("One or more parameter values were invalid: Unknown ProjectionType: null")]
    NoProjectionType,
    #[error(
        "One or more parameter values were invalid: ProjectionType is {0}, but NonKeyAttributes is specified"
    )]
    NonKeyAttributes(&'static str),
    #[error(
        "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified"
    )]
    NoNonKeyAttributes,
    #[error("One or more parameter values were invalid: Duplicate NonKeyAttributes projected: {0}")]
    RepeatedProjected(String),
    #[error("One or more parameter values were invalid: Duplicate index name: {0}")]
    RepeatedIndex(String),
    #[error(
        "One or more parameter values were invalid: Number of LocalSecondaryIndexes exceeds per-table limit of 5"
    )]
    TooManyLocal,
    #[error(
        "One or more parameter values were invalid: GlobalSecondaryIndex count exceeds the per-table limit of 20"
    )]
    TooManyGlobal,
    #[error(
        "One or more parameter values were invalid: Number of NonKeyAttributes projected exceeds the limit of 100"
    )]
    TooManyProjected,
    #[error(
        "One or more parameter values were invalid: Table is being created with a stream disabled, UpdateViewType should not be specified"
    )]
    ViewTypeWithoutStream,
    #[error(
        "One or more parameter values were invalid: Table is being created with a stream enabled, StreamViewType must be specified"
    )]
    StreamWithoutViewType,
    #[error("Table already has an enabled stream: TableName: {0}")]
    StreamEnabled(String),
    #[error("Table has no stream to disable: TableName: {0}")]
    StreamDisabled(String),
    #[error(
        "One or more parameter values were invalid: If stream is being disabled, then UpdateViewType must not be specified"
    )]
    ViewTypeOfDisabled,
    #[error(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required"
    )]
    NothingToUpdate,
    #[error(
        "The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: {read}. Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for the table: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )]
    SameThroughput { read: i64, write: i64 },
    #[error(
        "The provisioned throughput for the index {index} will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the index: {read}. Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for the index: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )]
    SameIndexThroughput {
        index: String,
        read: i64,
        write: i64,
    },
    #[error(
        "One or more parameter values were invalid: One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null"
    )]
    EmptyIndexUpdate,
    #[error(
        "One or more parameter values were invalid: Only one of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete can be specified"
    )]
    SeveralIndexUpdates,
    #[error(
        "One or more parameter values were invalid: Attributes cannot be redefined. Please check that your attribute has the same type as previously defined. Existing schema: Schema:[{existing}] New schema: Schema:[{new}]"
    )]
    Redefined { existing: String, new: String },
    #[error(
        "One or more parameter values were invalid: Only one global secondary index update per index is allowed simultaneously. Index: {0}"
    )]
    RepeatedIndexUpdate(String),
    #[error(
        "This operation cannot be performed with given input values. Please contact DynamoDB service team for more info: Action Blocked: IndexUpdate"
    )]
    IndexUpdateBlocked,
    #[error("Attempting to create an index which already exists")]
    IndexExists,
    #[error(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    )]
    DeletionProtected,
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

/// Why a stream cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    #[error("Requested resource not found: Stream: {0} not found")]
    NotFound(String),
    #[error("Invalid StreamArn")]
    Arn,
    #[error("Requested resource not found: Shard: {shard} in Stream: {stream} not found")]
    NoShard { shard: String, stream: String },
    #[error("Invalid ShardIterator")]
    Iterator,
    #[error("The shard iterator is expired. Shard iterators are only valid for 15 minutes")]
    Expired,
    #[error("The requested data is beyond the trim horizon")]
    Trimmed,
    #[error("One or more parameter values were invalid: SequenceNumber cannot be null")]
    NoSequence,
    #[error("Invalid SequenceNumber for the shard")]
    Sequence,
    #[error("One or more parameter values were invalid: Timestamp cannot be null")]
    NoTimestamp,
    #[error(
        "One or more parameter values were invalid: SequenceNumber must be null for ShardIteratorType {0}"
    )]
    NeedlessSequence(&'static str),
    #[error(
        "1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to {max}"
    )]
    Limit { limit: i32, max: i32 },
    #[error(
        "1 validation error detected: Value null at '{0}' failed to satisfy constraint: Member must not be null"
    )]
    Null(&'static str),
}

impl StreamError {
    /// The error of the model; nothing for those of validation.
    pub(super) fn info(&self) -> Option<&'static ErrorInfo> {
        use wire::dynamodbstreams::errors;
        match self {
            StreamError::NotFound(_) | StreamError::NoShard { .. } => {
                Some(&errors::RESOURCE_NOT_FOUND)
            }
            StreamError::Expired => Some(&errors::EXPIRED_ITERATOR),
            StreamError::Trimmed => Some(&errors::TRIMMED_DATA_ACCESS),
            StreamError::Arn
            | StreamError::Iterator
            | StreamError::NoSequence
            | StreamError::Sequence
            | StreamError::NoTimestamp
            | StreamError::NeedlessSequence(_)
            | StreamError::Limit { .. }
            | StreamError::Null(_) => None,
        }
    }
}

/// What is wrong with the table that a request names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// For operations on items.
    #[error("Requested resource not found")]
    NotFound,
    /// For operations on tables.
    #[error("Requested resource not found: Table: {0} not found")]
    NoSuchTable(String),
    #[error("Requested resource not found: ResourceArn: {0} not found")]
    NoSuchResource(String),
    #[error("Requested resource not found: Index: {index} for table: {table}")]
    NoSuchIndex { index: String, table: String },
    /// For operations on backups.
    #[error("Table not found: {0}")]
    NoTableToBackUp(String),
    #[error("Global table not found: {0}")]
    NoGlobalTable(String),
    #[error("Table already exists: {0}")]
    Exists(String),
    #[error("Attempt to change a resource which is still in use: Table is being created: {0}")]
    Busy(String),
    #[error(
        "Attempt to change a resource which is still in use: Cannot delete table while indexes are being created, updated, or deleted."
    )]
    IndexesBusy,
}

impl TableError {
    pub(super) fn info(&self) -> &'static ErrorInfo {
        match self {
            TableError::NotFound
            | TableError::NoSuchTable(_)
            | TableError::NoSuchResource(_)
            | TableError::NoSuchIndex { .. } => &errors::RESOURCE_NOT_FOUND,
            TableError::NoTableToBackUp(_) => &errors::TABLE_NOT_FOUND,
            TableError::NoGlobalTable(_) => &errors::GLOBAL_TABLE_NOT_FOUND,
            TableError::Exists(_) | TableError::Busy(_) | TableError::IndexesBusy => {
                &errors::RESOURCE_IN_USE
            }
        }
    }
}
