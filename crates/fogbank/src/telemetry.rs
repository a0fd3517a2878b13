//! Logging: one line per request and whatever is worth saying, to standard error.

use crate::cli::{LogFormat, ServerArgs};
use crate::error::CliError;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// Sets up logging for the life of the process, by `default` unless the user says otherwise.
///
/// # Errors
/// When the filter cannot be read.
pub fn init(arguments: &ServerArgs, default: &str) -> Result<(), CliError> {
    let filter = arguments.log.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(filter).map_err(|_| CliError::LogFilter(filter.to_owned()))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match arguments.log_format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}
