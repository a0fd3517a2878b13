//! What can keep a command from doing its work, in words for whoever typed it.

use std::io;
use std::path::PathBuf;

/// A command's failure.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error("{0} is not an endpoint: it must be http://HOST:PORT")]
    Endpoint(String),
    #[error("no server answers at {endpoint} ({source}); is `fogbank serve` running there?")]
    Unreachable { endpoint: String, source: io::Error },
    #[error("{code}: {message} (HTTP {status})")]
    Refused {
        status: u16,
        code: String,
        message: String,
    },
    #[error("the server answered something that this command does not understand")]
    Unexpected,
    #[error("the request cannot be signed: {0}")]
    Unsignable(sigv4::UnsignableRequest),
    #[error("the connection to the server broke: {0}")]
    Connection(#[from] hyper::Error),
    #[error("unknown environment variable{} {}; known are {known}", if names.len() > 1 { "s" } else { "" }, names.join(", "))]
    UnknownVariables { names: Vec<String>, known: String },
    #[error("cannot listen on {address}: {source}")]
    Listen {
        address: std::net::SocketAddr,
        source: io::Error,
    },
    #[error("{0}")]
    Open(#[from] kv::OpenError),
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("the log filter `{0}` cannot be read")]
    LogFilter(String),
    #[error(
        "{address} can be reached by others, so the key test/test will not do: \
         run `fogbank init --data {}` first", data.display()
    )]
    NoKeys {
        address: std::net::SocketAddr,
        data: PathBuf,
    },
    #[error("{}: {source}", path.display())]
    ServiceControl {
        path: PathBuf,
        source: iam::ServiceControlError,
    },
    #[error(
        "--iam off lets everybody do everything, and {address} can be reached by others: \
         listen on loopback, or leave IAM on"
    )]
    IamOff { address: std::net::SocketAddr },
    #[error("there is no report of {0}")]
    NoReport(String),
    #[error("{0} is not a duration or a date: give `24h` or `2026-01-31T00:00:00Z`")]
    Since(String),
    #[error("{0}")]
    Fault(#[from] wire::Fault),
    #[error("the store failed: {0}")]
    Store(String),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("functions cannot be run here: {0}")]
    Sandbox(sandbox::Error),
    #[error(
        "this machine isolates functions at level {given}, less than --min-isolation {at_least}; \
         `fogbank doctor` says what is missing"
    )]
    Isolation {
        given: sandbox::Level,
        at_least: sandbox::Level,
    },
    #[error("{0}")]
    Deploy(#[from] cloudformation::DeployError),
    #[error("{0} is not a parameter: it must be NAME=VALUE")]
    Parameter(String),
}
