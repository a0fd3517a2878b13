//! The small traits by which services meet. Who implements them is the front's business.

use crate::{BoxFuture, Caller};
use base::{Secret, Timestamp};
use bytes::Bytes;
use wire::{ByteStream, Fault};

/// Invokes functions. Implemented by Lambda.
pub trait Invoker: Send + Sync {
    /// Authorises `lambda:InvokeFunction` for the caller, the function's own policy included,
    /// and invokes.
    fn invoke<'a>(
        &'a self,
        caller: Caller,
        request: InvokeRequest,
    ) -> BoxFuture<'a, Result<Invocation, InvokeError>>;

    /// As [`Invoker::invoke`], without waiting for the end of the answer. The kind of invocation is
    /// not looked at.
    fn invoke_streaming<'a>(
        &'a self,
        caller: Caller,
        request: InvokeRequest,
    ) -> BoxFuture<'a, Result<InvocationStream, InvokeError>>;
}

/// What to invoke, and how.
#[derive(Clone, Debug)]
pub struct InvokeRequest {
    /// The function's ARN, with a qualifier or without.
    pub function_arn: String,
    pub payload: Bytes,
    pub kind: InvocationKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvocationKind {
    /// Waits for the answer.
    RequestResponse,
    /// Accepts durably and answers at once.
    Event,
    /// Finds out whether it could be invoked.
    DryRun,
}

/// A function's answer.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// The function's JSON; empty for events.
    pub payload: Bytes,
    /// `Unhandled` or `Handled` when the function failed.
    pub function_error: Option<String>,
    pub executed_version: String,
}

/// A function's answer while it is being made.
#[derive(Clone, Debug)]
pub struct InvocationStream {
    /// What the function writes; an error where it fails. A function that does not stream writes
    /// its JSON at once.
    pub parts: ByteStream,
    pub executed_version: String,
}

/// Why a function was not invoked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InvokeError {
    #[error("{0}")]
    AccessDenied(String),
    #[error("function not found: {0}")]
    NotFound(String),
    #[error("{0}")]
    Throttled(String),
    /// Any other refusal, as the Invoke operation would have answered it.
    #[error("{0}")]
    Refused(Fault),
}

/// Temporary credentials of a role.
#[derive(Clone, Debug)]
pub struct SessionCredentials {
    pub access_key_id: String,
    pub secret_access_key: Secret,
    pub session_token: Secret,
    pub expires_at: Timestamp,
}

/// The session of a role that a service asks for.
#[derive(Clone, Copy, Debug)]
pub struct ServiceSession<'a> {
    /// The service's principal: `lambda.amazonaws.com`.
    pub service: &'static str,
    pub name: &'a str,
    /// It lasts no longer.
    pub duration_s: u32,
    /// The ARN of the function whose code has the session: `lambda:SourceFunctionArn`.
    pub source_function: Option<&'a str>,
}

/// Lets a service act as a role that trusts it. Implemented by IAM.
pub trait RoleSessions: Send + Sync {
    /// Assumes `role_arn` as a service. The credentials work at the front door, for as long as this
    /// server runs. The caller is that session, for calls in process.
    fn assume<'a>(
        &'a self,
        role_arn: &'a str,
        session: ServiceSession<'a>,
    ) -> BoxFuture<'a, Result<(SessionCredentials, Caller), AssumeError>>;

    /// Whether the role exists and trusts the service, without assuming it.
    fn may_assume<'a>(
        &'a self,
        role_arn: &'a str,
        service: &'static str,
    ) -> BoxFuture<'a, Result<(), AssumeError>>;
}

/// Why a role cannot be assumed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AssumeError {
    #[error("there is no such role: {0}")]
    NoSuchRole(String),
    #[error("the role does not trust {0}")]
    NotTrusted(&'static str),
    #[error("{0}")]
    Unavailable(Fault),
}

/// What the one who runs the server may ask it, outside of AWS's protocols. Implemented by IAM.
pub trait Reports: Send + Sync {
    /// The JSON document at `path`, what follows `/_fogbank/iam/`, such as `decisions/last`.
    /// `None` if there is nothing there.
    fn report<'a>(
        &'a self,
        path: &'a str,
        query: &'a str,
    ) -> BoxFuture<'a, Result<Option<String>, Fault>>;
}

/// One line of a function's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub time: Timestamp,
    pub message: String,
}

/// Takes log lines. Implemented by CloudWatch Logs.
pub trait LogSink: Send + Sync {
    /// Appends lines to a stream as the caller, who must be allowed `logs:CreateLogGroup` (only
    /// when the group does not exist), `logs:CreateLogStream` (only when the stream does not)
    /// and `logs:PutLogEvents`. Durable when it returns.
    fn append<'a>(
        &'a self,
        caller: &'a Caller,
        group: &'a str,
        stream: &'a str,
        lines: Vec<LogLine>,
    ) -> BoxFuture<'a, Result<(), LogSinkError>>;
}

/// Why lines were not taken.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LogSinkError {
    #[error("{0}")]
    Denied(String),
    #[error("{0}")]
    Refused(Fault),
}

/// Which hosts are this server's, by whatever names clients written for AWS know them. Implemented
/// where the services are put together.
pub trait OwnHosts: std::fmt::Debug + Send + Sync {
    /// `host` is in lower case, and has no port.
    fn is_own<'a>(&'a self, host: &'a str) -> BoxFuture<'a, bool>;
}
