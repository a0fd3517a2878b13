//! What the codecs see of an HTTP request.

use crate::decode::Malformed;
use crate::operation::{OperationInfo, Protocol, ServiceInfo};
use crate::{Node, json, query, rest};
use bytes::Bytes;
use http::HeaderMap;

/// The parts of a request that an input is read from.
#[derive(Clone, Copy, Debug)]
pub struct RequestParts<'a> {
    pub method: &'a str,
    /// As it came, still percent-encoded.
    pub path: &'a str,
    /// Without the question mark, still percent-encoded; empty if there is none.
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a Bytes,
}

/// A label of a path template with what stands there in a path, decoded.
pub type UriParameter = (&'static str, String);

impl<'a> RequestParts<'a> {
    /// The untyped tree of the operation's input.
    ///
    /// # Errors
    /// [`Malformed`] when the request is no document of its protocol.
    pub fn node(
        &self,
        service: &ServiceInfo,
        operation: &'static OperationInfo,
    ) -> Result<Node<'a>, Malformed> {
        match service.protocol {
            Protocol::Json { .. } => json::parse(self.body).map_err(|_| Malformed::Body),
            Protocol::Rest => rest::node(operation, self),
            Protocol::Query { .. } => {
                let pairs = query::pairs(self.body).map_err(|_| Malformed::Body)?;
                let input = pairs
                    .into_iter()
                    .filter(|(k, _)| k != "Action" && k != "Version");
                query::tree(input.collect()).map_err(|_| Malformed::Body)
            }
        }
    }
}
