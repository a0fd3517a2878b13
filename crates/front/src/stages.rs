//! The first and the fourth stage: taking a request in whole, and reading its input.

use crate::Front;
use crate::body::BodyError;
use crate::coding::{self, CodingError};
use crate::connection::Arrival;
use crate::identify::Asked;
use crate::pipeline::Accepted;
use crate::reply;
use bytes::Bytes;
use http::{Method, request};
use service::{AnyService, PreparedCall};
use wire::{Common, Fault, Identified, Malformed, Protocol, Rejection, RequestParts};

/// Reads the body, as large as what is asked may be.
///
/// # Errors
/// The body is too large, too slow, or broken off.
pub(crate) async fn accept(
    front: &Front,
    arrival: Arrival<'_>,
    asked: Asked,
) -> Result<Accepted, Fault> {
    let Arrival {
        head,
        body,
        connection,
    } = arrival;
    let read = front.bodies.read(body, asked.body_limit()).await;
    connection.tap.rearm();
    let mut payload = read.map_err(|error| body_fault(&error, asked))?;
    if reply::is_coded(asked.service()) {
        let decoded = coding::decode(&head.headers, payload.bytes, asked.body_limit());
        payload.bytes = decoded.map_err(|error| coding_fault(error, asked))?;
    }
    Ok(Accepted {
        head,
        payload,
        peer: connection.peer.ip(),
        entrance: connection.entrance,
        admission: connection.admission,
        time: front.clock.now(),
    })
}

/// The service, if it has the operation. This is asked before who is calling: some of AWS's
/// operations take unsigned requests, and what is missing here is no secret.
///
/// # Errors
/// The operation is not built.
pub(crate) fn built(front: &Front, operation: Identified) -> Result<&dyn AnyService, Fault> {
    let Identified { service, operation } = operation;
    let built = front.services.get(service);
    built
        .filter(|service| service.is_built(operation))
        .ok_or_else(|| not_implemented(service.name, operation.name))
}

/// Reads the operation's input.
///
/// # Errors
/// The input is malformed or breaks constraints of the model.
pub(crate) fn decode(
    built: &dyn AnyService,
    request: &Accepted,
    operation: Identified,
) -> Result<Box<dyn PreparedCall>, Fault> {
    let Identified { service, operation } = operation;
    let body = request.input(service.protocol);
    let parts = RequestParts {
        method: request.head.method.as_str(),
        path: request.head.uri.path(),
        query: request.head.uri.query().unwrap_or_default(),
        headers: &request.head.headers,
        body: &body,
    };
    let node = parts
        .node(service, operation)
        .map_err(|malformed| Rejection::Malformed(malformed).fault(service))?;
    match built.prepare(operation, node) {
        Some(prepared) => prepared.map_err(|rejection| rejection.fault(service)),
        None => Err(not_implemented(service.name, operation.name)),
    }
}

impl Accepted {
    /// The form of a request in the query protocol: its body, or with GET its query string.
    pub(crate) fn form(&self) -> &[u8] {
        if self.is_query_form() {
            query(&self.head).as_bytes()
        } else {
            &self.payload.bytes
        }
    }

    /// The bytes that the input is read from.
    fn input(&self, protocol: Protocol) -> Bytes {
        match protocol {
            Protocol::Query { .. } if self.is_query_form() => {
                Bytes::copy_from_slice(query(&self.head).as_bytes())
            }
            _ => self.payload.bytes.clone(),
        }
    }

    fn is_query_form(&self) -> bool {
        self.head.method == Method::GET || self.payload.bytes.is_empty()
    }
}

fn query(head: &request::Parts) -> &str {
    head.uri.query().unwrap_or_default()
}

fn not_implemented(service: &str, operation: &str) -> Fault {
    let message = format!("The operation {operation} of {service} is not implemented by Fogbank.");
    Fault::common(Common::NotImplemented, message)
}

fn coding_fault(error: CodingError, asked: Asked) -> Fault {
    match error {
        CodingError::TooLarge => {
            let limit = asked.body_limit();
            body_fault(&BodyError::TooLarge { limit }, asked)
        }
        // However little it is our fault, this is what DynamoDB answers.
        CodingError::Malformed | CodingError::Unknown if reply::is_dynamodb(asked.service()) => {
            Fault::internal()
        }
        CodingError::Malformed => Rejection::Malformed(Malformed::Body).fault(asked.service()),
        CodingError::Unknown => Fault::new(
            415,
            "UnsupportedMediaTypeException",
            "The content encoding of the request is none of gzip and deflate",
        ),
    }
}

fn body_fault(error: &BodyError, asked: Asked) -> Fault {
    match error {
        BodyError::TooLarge { limit } => {
            let name = match asked {
                Asked::Operation(operation) => operation.operation.name,
                Asked::Form(_) | Asked::Unknown(_) => "requested",
            };
            let message =
                format!("Request must be smaller than {limit} bytes for the {name} operation");
            Fault::common(Common::RequestTooLarge, message)
        }
        BodyError::TimedOut => Fault::new(408, "RequestTimeout", error.to_string()),
        BodyError::Broken => Fault::new(400, "RequestAborted", error.to_string()),
    }
}
