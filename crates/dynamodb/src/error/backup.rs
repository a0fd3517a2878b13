//! Refusals of operations on backups and restores.

use wire::ErrorInfo;
use wire::dynamodb::errors;

/// What is wrong with a backup, or with what is restored from one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    #[error("Backup not found: {0}")]
    NotFound(String),
    #[error("Invalid Backup ARN")]
    Arn,
    /// It is being made, or a table is being restored from it.
    #[error("Backup is in use: {0}")]
    InUse(String),
    #[error("Table already exists: {0}")]
    TargetExists(String),
    #[error("Table is being created: {0}")]
    TargetBusy(String),
    #[error("Table not found: {0}")]
    NoSource(String),
    #[error("Point in time recovery is not enabled for table '{0}'")]
    NoRecovery(String),
    #[error("The parameter 'TableName' is required but was not present in the request")]
    SourceNotNamed,
    #[error("Must provide exactly one of: sourceTableArn, sourceTableName")]
    SourceNamedTwice,
    #[error(
        "Invalid Request: Either one of RestoreDateTime or UseLatestRestorableTime must be specified, but not both"
    )]
    NoTime,
    #[error(
        "Invalid Request: Both RestoreDateTime and UseLatestRestorableTime cannot be set for point-in-time restore request. Please specify either RestoreDateTime time or UseLatestRestorableTime"
    )]
    TwoTimes,
    #[error(
        "RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime"
    )]
    Time,
    #[error(
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time recovery."
    )]
    PeriodWithoutRecovery,
    #[error(
        "Invalid Request: Index {0} does not match a secondary index that existed in the source table and cannot be created during the restore operation"
    )]
    Index(String),
    #[error(
        "Invalid Request: Must override ProvisionedThroughput if BillingMode is overridden to PROVISIONED"
    )]
    NoThroughput,
    #[error("Invalid Request: Must specify provisioned throughput for index {0}")]
    NoIndexThroughput(String),
    #[error("Invalid Request: Cannot override ProvisionedThroughput {}{of}", if *.is_overridden { "if BillingMode is overridden to PAY_PER_REQUEST" } else { "unless BillingMode is PROVISIONED" })]
    ThroughputOnDemand {
        /// Whether the restore makes the table an on-demand one.
        is_overridden: bool,
        /// Nothing, or an index with its words before it.
        of: String,
    },
    #[error(
        "One or more parameter values were invalid: WarmThroughput is not supported in GlobalSecondaryIndexOverride"
    )]
    WarmIndex,
    #[error(
        "One or more parameter values were invalid: Time range lower bound must be less than or equal to upper bound"
    )]
    TimeRange,
}

impl BackupError {
    /// The error of the model; nothing for those of validation.
    pub(super) fn info(&self) -> Option<&'static ErrorInfo> {
        use BackupError as E;
        match self {
            E::NotFound(_) => Some(&errors::BACKUP_NOT_FOUND),
            E::InUse(_) => Some(&errors::BACKUP_IN_USE),
            E::TargetExists(_) => Some(&errors::TABLE_ALREADY_EXISTS),
            E::TargetBusy(_) => Some(&errors::TABLE_IN_USE),
            E::NoSource(_) => Some(&errors::TABLE_NOT_FOUND),
            E::NoRecovery(_) => Some(&errors::POINT_IN_TIME_RECOVERY_UNAVAILABLE),
            E::Time => Some(&errors::INVALID_RESTORE_TIME),
            E::Arn
            | E::SourceNotNamed
            | E::SourceNamedTwice
            | E::NoTime
            | E::TwoTimes
            | E::PeriodWithoutRecovery
            | E::Index(_)
            | E::NoThroughput
            | E::NoIndexThroughput(_)
            | E::ThroughputOnDemand { .. }
            | E::WarmIndex
            | E::TimeRange => None,
        }
    }
}
