//! What an operation refuses with, before a protocol gives it its envelope.

use std::fmt;

/// An error of a service's model.
pub struct ErrorInfo {
    /// The shape's name, as JSON protocols name the error.
    pub shape: &'static str,
    /// The code, as the query protocol names the error.
    pub code: &'static str,
    pub status: u16,
    /// The member that holds the message: `message` or `Message`.
    pub message_member: &'static str,
    /// Whether its document says `Type`, `User` or `Server`.
    pub typed: bool,
    /// Whether the caller is to blame.
    pub sender: bool,
}

/// Errors that every service has; each protocol has its own names and statuses for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Common {
    /// The body or a value in it cannot be read.
    Serialization,
    /// The model's constraints are broken.
    Validation,
    UnknownOperation,
    AccessDenied,
    MissingAuthenticationToken,
    /// The signature's parts are incomplete.
    IncompleteSignature,
    /// The access key or session token is unknown.
    UnrecognizedClient,
    /// The signature is wrong, or its time is.
    InvalidSignature,
    ExpiredToken,
    /// The body is larger than the operation takes.
    RequestTooLarge,
    /// Known, and not built.
    NotImplemented,
    /// The server refuses for now: the disk is full, it is stopping, too many requests.
    ServiceUnavailable,
    /// Our fault; the message says nothing of what went wrong.
    Internal,
}

#[derive(Clone)]
pub(crate) enum Kind {
    Modelled(&'static ErrorInfo),
    Common(Common),
    Other { status: u16, code: &'static str },
}

/// A refusal: what kind it is, its message, and further members of its shape.
#[derive(Clone)]
pub struct Fault {
    pub(crate) kind: Kind,
    pub(crate) message: String,
    /// Member names with their values as JSON text.
    pub(crate) members: Vec<(&'static str, String)>,
    /// Headers of our own that go with it.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Whether its document says `Type` where the model has it.
    pub(crate) typed: bool,
}

impl Fault {
    /// An error that the model does not list.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Fault {
        Fault::of(Kind::Other { status, code }, message)
    }

    /// An error of the service's model.
    pub fn modelled(error: &'static ErrorInfo, message: impl Into<String>) -> Fault {
        Fault::of(Kind::Modelled(error), message)
    }

    /// An error that every service has.
    pub fn common(common: Common, message: impl Into<String>) -> Fault {
        Fault::of(Kind::Common(common), message)
    }

    /// Our fault. What went wrong is logged here, not told to the caller.
    pub fn internal() -> Fault {
        Fault::common(
            Common::Internal,
            "The request processing has failed because of an unknown error.",
        )
    }

    /// Adds a member to the error's document; `json` is its value as JSON.
    #[must_use]
    pub fn with(mut self, member: &'static str, json: String) -> Fault {
        self.members.push((member, json));
        self
    }

    /// Adds a header to the answer, whatever the protocol.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: String) -> Fault {
        self.headers.push((name, value));
        self
    }

    /// Leaves `Type` out of the document, as parts of a service do.
    #[must_use]
    pub fn untyped(mut self) -> Fault {
        self.typed = false;
        self
    }

    pub fn message(&self) -> &str {
        &self.message
    }

    /// The error's name, for logs and metrics and for those who call in process.
    pub fn code(&self) -> &'static str {
        match &self.kind {
            Kind::Modelled(error) => error.shape,
            Kind::Common(common) => common.json_code(),
            Kind::Other { code, .. } => code,
        }
    }

    /// Whether this is that error of the model.
    pub fn is(&self, error: &'static ErrorInfo) -> bool {
        matches!(&self.kind, Kind::Modelled(mine) if mine.shape == error.shape)
    }

    /// Whether this is that common error.
    pub fn is_common(&self, common: Common) -> bool {
        matches!(&self.kind, Kind::Common(mine) if *mine == common)
    }

    fn of(kind: Kind, message: impl Into<String>) -> Fault {
        Fault {
            kind,
            message: message.into(),
            members: Vec::new(),
            headers: Vec::new(),
            typed: true,
        }
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl std::error::Error for Fault {}

impl Common {
    /// The name in JSON protocols.
    pub(crate) fn json_code(self) -> &'static str {
        match self {
            Common::Serialization => "SerializationException",
            Common::Validation => "ValidationException",
            Common::UnknownOperation => "UnknownOperationException",
            Common::AccessDenied => "AccessDeniedException",
            Common::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Common::IncompleteSignature => "IncompleteSignatureException",
            Common::UnrecognizedClient => "UnrecognizedClientException",
            Common::InvalidSignature => "InvalidSignatureException",
            Common::ExpiredToken => "ExpiredTokenException",
            Common::RequestTooLarge => "RequestEntityTooLargeException",
            Common::NotImplemented => "NotImplemented",
            Common::ServiceUnavailable => "ServiceUnavailableException",
            Common::Internal => "InternalFailure",
        }
    }

    /// The name in the query protocol.
    pub(crate) fn query_code(self) -> &'static str {
        match self {
            Common::Serialization => "MalformedInput",
            Common::Validation => "ValidationError",
            Common::UnknownOperation => "InvalidAction",
            Common::AccessDenied => "AccessDenied",
            Common::MissingAuthenticationToken => "MissingAuthenticationToken",
            Common::IncompleteSignature => "IncompleteSignature",
            Common::UnrecognizedClient => "InvalidClientTokenId",
            Common::InvalidSignature => "SignatureDoesNotMatch",
            Common::ExpiredToken => "ExpiredToken",
            Common::RequestTooLarge => "RequestEntityTooLarge",
            Common::NotImplemented => "NotImplemented",
            Common::ServiceUnavailable => "ServiceUnavailable",
            Common::Internal => "InternalFailure",
        }
    }

    /// The status in awsJson: nearly everything the caller does wrong is 400.
    pub(crate) fn json_status(self) -> u16 {
        match self {
            Common::RequestTooLarge => 413,
            Common::NotImplemented => 501,
            Common::ServiceUnavailable => 503,
            Common::Internal => 500,
            _ => 400,
        }
    }

    /// The status in restJson1 and the query protocol.
    pub(crate) fn http_status(self) -> u16 {
        match self {
            Common::AccessDenied
            | Common::MissingAuthenticationToken
            | Common::UnrecognizedClient
            | Common::InvalidSignature
            | Common::ExpiredToken => 403,
            other => other.json_status(),
        }
    }
}
