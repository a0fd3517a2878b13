//! AWS's wire protocols: shapes generated from the API models, and the codecs between them and
//! bytes.
//!
//! Every request body, query string or form becomes a [`Node`], an untyped tree; the generated
//! [`Decode`] implementations turn nodes into typed inputs and check the model's constraints on
//! the way; [`Output`] implementations write answers without a tree in between.
//!
//! This crate knows shapes and protocols. It knows nothing of what an operation does, of
//! identities, of stores or of connections.

mod attribute_value;
mod constraint;
mod decode;
mod encode;
mod envelope;
mod event_stream;
mod fault;
mod hidden;
mod identify;
mod iso_timestamp;
mod json;
mod layered;
mod malformed;
mod named;
mod node;
mod nullable_texts;
mod operation;
mod query;
mod request;
mod rest;
mod strict;
mod xml;

mod generated;

pub use attribute_value::{AttributeValue, Attributes};
pub use constraint::{Bounds, Pattern};
pub use decode::{Decode, Decoder, Enumeration, Malformed, Rejection, decode_input};
pub use encode::{Body, EncodeJson, EncodeXml, HeaderText, Reply};
pub use envelope::error_reply;
pub use event_stream::{ByteStream, EVENT_STREAM, event};
pub use fault::{Common, ErrorInfo, Fault};
pub use generated::{
    SERVICES, apigateway, apigatewayv2, dynamodb, dynamodbstreams, iam, lambda, logs, sts,
};
pub use identify::{Identified, Unidentified, identify_json, identify_query, identify_rest};
pub use iso_timestamp::IsoTimestamp;
pub use json::JsonWriter;
pub use node::Node;
pub use nullable_texts::NullableTexts;
pub use operation::{
    Binding, Input, Location, OperationInfo, Output, Protocol, ServiceInfo, Wording,
};
pub use request::{RequestParts, UriParameter};
pub use strict::CREATABLE_RUNTIMES;
pub use xml::XmlWriter;

#[cfg(test)]
mod tests;
