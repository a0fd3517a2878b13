//! Refusals of exports and imports.

use wire::ErrorInfo;
use wire::dynamodb::errors;

/// What is wrong with an export or import, or with what is to be exported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    #[error("Export not found: {0}")]
    NotFound(String),
    #[error("Import not found: {0}")]
    ImportNotFound(String),
    #[error("Table not found: {0}")]
    NoTable(String),
    #[error("Point in time recovery is not enabled for table '{0}'")]
    NoRecovery(String),
    #[error("{0} is not within the times that the table can be exported at")]
    Time(&'static str),
    #[error("ExportFromTime must be before ExportToTime")]
    Span,
    #[error(
        "One or more parameter values were invalid: IncrementalExportSpecification must be specified if and only if ExportType is INCREMENTAL_EXPORT"
    )]
    Specification,
    #[error("One or more parameter values were invalid: ExportFromTime must be specified")]
    NoFromTime,
    #[error(
        "One or more parameter values were invalid: S3 key prefix {0} has an empty part, `.` or `..`"
    )]
    Prefix(String),
    #[error("The request uses the same client token as a previous, but non-identical request")]
    Token,
    #[error("The request uses the same client token as a previous, but non-identical request")]
    ImportToken,
    #[error(
        "One or more parameter values were invalid: CSV options can only be specified when InputFormat is CSV"
    )]
    CsvOptions,
    #[error("One or more parameter values were invalid: NextToken is not valid")]
    NextToken,
}

impl ExportError {
    /// The error of the model; nothing for those of validation.
    pub(super) fn info(&self) -> Option<&'static ErrorInfo> {
        use ExportError as E;
        match self {
            E::NotFound(_) => Some(&errors::EXPORT_NOT_FOUND),
            E::ImportNotFound(_) => Some(&errors::IMPORT_NOT_FOUND),
            E::NoTable(_) => Some(&errors::TABLE_NOT_FOUND),
            E::NoRecovery(_) => Some(&errors::POINT_IN_TIME_RECOVERY_UNAVAILABLE),
            E::Time(_) | E::Span => Some(&errors::INVALID_EXPORT_TIME),
            E::Token => Some(&errors::EXPORT_CONFLICT),
            E::ImportToken => Some(&errors::IMPORT_CONFLICT),
            E::Specification | E::NoFromTime | E::Prefix(_) | E::CsvOptions | E::NextToken => None,
        }
    }
}
