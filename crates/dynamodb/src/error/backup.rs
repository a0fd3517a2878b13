//! Refusals of operations on backups and restores.

use wire::ErrorInfo;
use wire::dynamodb::errors;

/// What is wrong with a backup, or with what is restored from one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    #[error("Backup not found: {0}")]
    NotFound(String),
    #[error("Invalid backup ARN: {0}")]
    Arn(String),
    /// It is being made, or a table is being restored from it.
    #[error("Backup is in use: {0}")]
    InUse(String),
    #[error("Table already exists: {0}")]
    TargetExists(String),
    #[error("Table is being created: {0}")]
    TargetBusy(String),
    #[error("Source table not found: {0}")]
    NoSource(String),
    #[error("Point in time recovery is not enabled for table '{0}'")]
    NoRecovery(String),
    #[error(
        "One or more parameter values were invalid: Either SourceTableArn or SourceTableName must be specified"
    )]
    SourceNotNamed,
    #[error(
        "One or more parameter values were invalid: SourceTableArn and SourceTableName cannot be specified together"
    )]
    SourceNamedTwice,
    #[error(
        "One or more parameter values were invalid: Either UseLatestRestorableTime or RestoreDateTime must be specified"
    )]
    NoTime,
    #[error(
        "One or more parameter values were invalid: UseLatestRestorableTime and RestoreDateTime cannot be specified together"
    )]
    TwoTimes,
    #[error(
        "RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime"
    )]
    Time,
    #[error(
        "One or more parameter values were invalid: RecoveryPeriodInDays cannot be specified when PointInTimeRecoveryEnabled is false"
    )]
    PeriodWithoutRecovery,
    #[error(
        "One or more parameter values were invalid: Index {0} does not match an index of the source table"
    )]
    Index(String),
    #[error(
        "One or more parameter values were invalid: ProvisionedThroughputOverride must be specified when BillingModeOverride is PROVISIONED"
    )]
    NoThroughput,
    #[error(
        "One or more parameter values were invalid: WarmThroughput is not supported in GlobalSecondaryIndexOverride"
    )]
    WarmIndex,
    #[error(
        "One or more parameter values were invalid: TimeRangeLowerBound must be before TimeRangeUpperBound"
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
            E::Arn(_)
            | E::SourceNotNamed
            | E::SourceNamedTwice
            | E::NoTime
            | E::TwoTimes
            | E::PeriodWithoutRecovery
            | E::Index(_)
            | E::NoThroughput
            | E::WarmIndex
            | E::TimeRange => None,
        }
    }
}
