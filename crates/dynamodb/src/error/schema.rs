//! Refusals of the definition of a table or its indexes.

use crate::table::BillingMode;

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
        "One or more parameter values were invalid: ProvisionedThroughput is not specified for index: {0}"
    )]
    NoIndexThroughput(String),
    /// Of an index that a table gets later.
    #[error(
        "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {0} when BillingMode is PAY_PER_REQUEST"
    )]
    NewIndexThroughputOnDemand(String),
    /// Of an index that a table gets later.
    #[error(
        "One or more parameter values were invalid: Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: {0}"
    )]
    NoNewIndexThroughput(String),
    /// Of an index whose table is to be provisioned from now on.
    #[error(
        "One or more parameter values were invalid: ProvisionedThroughput must be specified for index: {0}"
    )]
    NoSwitchedIndexThroughput(String),
    #[error(
        "One or more parameter values were invalid: The only Updates for index: {0} when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput"
    )]
    IndexUpdateOnDemand(String),
    #[error(
        "One or more parameter values were invalid: WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: {0}"
    )]
    EmptyIndexWarm(String),
    #[error("One or more parameter values were invalid: {member} for OnDemandThroughput {of}cannot be specified when {}table BillingMode is PROVISIONED{}", if *.is_update { "the " } else { "" }, if *.is_update { "" } else { "." })]
    OnDemandProvisioned {
        member: &'static str,
        /// Nothing, or an index with a space behind it.
        of: String,
        is_update: bool,
    },
    #[error(
        "One or more parameter values were invalid: Requested {member} for OnDemandThroughput for {of} is outside of valid range"
    )]
    OnDemandRange {
        member: &'static str,
        /// `table`, or an index.
        of: String,
    },
    #[error(
        "One or more parameter values were invalid: Requested {kind}UnitsPerSecond for WarmThroughput for {of} is lower than {}",
        initial_throughput(kind, *mode)
    )]
    Warm {
        /// `Read` or `Write`.
        kind: &'static str,
        /// `table`, or an index.
        of: String,
        mode: BillingMode,
    },
    #[error(
        "One or more parameter values were invalid: Requested {kind}UnitsPerSecond for WarmThroughput for {of} is lower than current WarmThroughput, decreasing WarmThroughput is not supported"
    )]
    LessWarm {
        /// `Read` or `Write`.
        kind: &'static str,
        /// `table`, or an index.
        of: String,
    },
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
    #[error(
        "One or more parameter values were invalid: Duplicate element in NonKeyAttributes: {0}"
    )]
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
        "One or more parameter values were invalid: Table is being created with a stream enabled, UpdateViewType is required"
    )]
    StreamWithoutViewType,
    #[error(
        "One or more parameter values were invalid: If stream is being enabled then UpdateViewType is required"
    )]
    EnabledWithoutViewType,
    #[error("Table already has an enabled stream: TableName: {0}")]
    StreamEnabled(String),
    #[error("Table has no stream to disable: TableName: {0}")]
    StreamDisabled(String),
    #[error(
        "One or more parameter values were invalid: If stream is being disabled, then UpdateViewType must not be specified"
    )]
    ViewTypeOfDisabled,
    #[error(
        "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required"
    )]
    NothingToUpdate,
    #[error(
        "One or more parameter values were invalid: {0} must be the only operation in the request"
    )]
    NotTheOnlyOperation(&'static str),
    #[error(
        "One or more parameter values were invalid: OnDemandThroughput can only be combined with BillingMode in an UpdateTable request"
    )]
    OnDemandCombined,
    #[error(
        "One or more parameter values were invalid: You cannot modify stream status while updating table IOPS"
    )]
    StreamWithThroughput,
    #[error(
        "One or more parameter values were invalid: You cannot create or delete index while updating table IOPS"
    )]
    IndexWithThroughput,
    #[error(
        "One or more parameter values were invalid: You cannot create or delete index while changing stream status"
    )]
    IndexWithStream,
    #[error(
        "One or more parameter values were invalid: Create global secondary index cannot be specified when updating WarmThroughput"
    )]
    IndexWithWarm,
    #[error(
        "The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: {read}. Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for the table: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )]
    SameThroughput { read: i64, write: i64 },
    #[error(
        "The provisioned throughput for the index {index} will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for index {index}: {read}. Requested ReadCapacityUnits: {read}. Current WriteCapacityUnits provisioned for index {index}: {write}. Requested WriteCapacityUnits: {write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
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
        "One or more parameter values were invalid: Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object"
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
        "One or more parameter values were invalid: AttributeDefinitions is not specified for index: {0}"
    )]
    NoDefinitions(String),
    /// `update` or `delete`.
    #[error("Cannot {action} an index that is not a GlobalSecondaryIndex: {index}")]
    LocalIndex { action: &'static str, index: String },
    #[error("Attempting to create an index which already exists")]
    IndexExists,
    #[error(
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    )]
    DeletionProtected,
    #[error(
        "One or more parameter values were invalid: {0} can not be specified if Enabled is false"
    )]
    KeyOfDisabled(&'static str),
    #[error("One or more parameter values were invalid: SSEType AES256 is not supported")]
    EncryptionType,
    #[error(
        "One or more parameter values were invalid: SSEType KMS is required if KMSMasterKeyId is specified"
    )]
    KeyWithoutType,
    #[error("One or more parameter values were invalid: Table is already encrypted by default")]
    NotEncrypted,
    #[error(
        "One or more parameter values were invalid: Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key"
    )]
    SameEncryption,
}

/// What a table or index has from the beginning, by the members that say so.
fn initial_throughput(kind: &str, mode: BillingMode) -> String {
    match mode {
        BillingMode::Provisioned => format!("{kind}CapacityUnits of ProvisionedThroughput"),
        BillingMode::PayPerRequest => "initial throughput for OnDemand".to_owned(),
    }
}
