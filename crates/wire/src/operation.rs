//! What is known of services and operations before any request: the tables that codegen fills.

use crate::decode::Decode;
use crate::encode::Reply;
use crate::fault::ErrorInfo;
use base::RequestId;
use std::fmt;

/// How a service's requests and answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// awsJson 1.0 or 1.1: POST to `/`, the operation in `X-Amz-Target`.
    Json {
        version: &'static str,
        target_prefix: &'static str,
    },
    /// restJson1: the operation is told by method and path.
    Rest,
    /// awsQuery: a form with `Action`, answered in XML.
    Query {
        version: &'static str,
        namespace: &'static str,
    },
}

/// A service: its names, its protocol, how it words errors, all its operations.
pub struct ServiceInfo {
    /// Our name, such as `dynamodb`.
    pub name: &'static str,
    /// The name in a signature's scope; services may share one.
    pub signing_name: &'static str,
    pub protocol: Protocol,
    /// What stands before `#` in an error's `__type`, if anything.
    pub error_namespace: &'static str,
    /// The code of an error for broken model constraints.
    pub validation_code: &'static str,
    /// The model's own error for what is our fault, if it has one.
    pub internal_error: Option<&'static ErrorInfo>,
    pub wording: Wording,
    /// Every operation of the model, in its order.
    pub operations: &'static [OperationInfo],
}

/// How a service words violated constraints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wording {
    /// `Value 'x' at 'tableName' failed ...`
    Classic,
    /// As classic, with members of the body under `createRestApiInput.`.
    BodyUnderInput,
    /// `Value at 'userName' failed ...`, with what IAM says of names and paths; see the module
    /// `named`.
    Named,
    /// As classic, with what Lambda says of runtimes and of what lists and maps hold; see the
    /// module `strict`.
    Strict,
    /// As classic, but for what a newer layer of validation answers; see the module `layered`.
    Layered,
}

/// One operation of the model, built or not.
pub struct OperationInfo {
    /// As AWS spells it.
    pub name: &'static str,
    /// Position in [`ServiceInfo::operations`].
    pub index: usize,
    pub method: &'static str,
    /// The path template, such as `/restapis/{restapi_id}`; `/` outside restJson1.
    pub uri: &'static str,
    /// Status of a success.
    pub status: u16,
    /// Whether we have its shapes, and so a handler.
    pub built: bool,
    /// Members of the input that do not travel in the body's document.
    pub bindings: &'static [Binding],
}

/// Where one member of an input travels.
pub struct Binding {
    /// The member's name in the model.
    pub member: &'static str,
    pub location: Location,
}

/// A place in an HTTP request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// A label of the path template.
    Uri(&'static str),
    Query(&'static str),
    /// All query parameters that no other member takes, as a map.
    QueryMap,
    Header(&'static str),
    /// All headers with a prefix, as a map.
    HeaderPrefix(&'static str),
    /// The whole body as it stands.
    RawBody,
    /// The body's document, under a name that another, bound member has in the model.
    Body(&'static str),
    /// The whole body is this member's document.
    DocumentBody,
}

/// The input of an operation.
pub trait Input: Decode + Send + Sync + 'static {
    type Output: Output + 'static;

    const OPERATION: &'static OperationInfo;
    const SERVICE: &'static ServiceInfo;
}

/// The output of an operation.
pub trait Output: Send {
    /// The answer as its service's protocol writes it.
    fn reply(
        self,
        service: &ServiceInfo,
        operation: &OperationInfo,
        request_id: &RequestId,
    ) -> Reply;
}

/// The output of an operation that has none.
impl Output for () {
    fn reply(
        self,
        service: &ServiceInfo,
        operation: &OperationInfo,
        request_id: &RequestId,
    ) -> Reply {
        match service.protocol {
            Protocol::Json { .. } | Protocol::Rest => Reply::empty(operation.status),
            Protocol::Query { .. } => {
                Reply::query(operation.name, service.protocol, request_id, None)
            }
        }
    }
}

impl fmt::Debug for ServiceInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for OperationInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl ServiceInfo {
    /// The operation of this exact name.
    pub fn operation(&self, name: &str) -> Option<&'static OperationInfo> {
        self.operations
            .iter()
            .find(|operation| operation.name == name)
    }
}

impl OperationInfo {
    /// Whether the member travels outside the body's document.
    pub fn is_bound(&self, member: &str) -> bool {
        let outside = |binding: &&Binding| !matches!(binding.location, Location::Body(_));
        self.bindings
            .iter()
            .filter(outside)
            .any(|binding| binding.member == member)
    }
}
