//! Errors in the protocol's envelope.

use crate::encode::{Body, Reply};
use crate::fault::{Common, Fault, Kind};
use crate::operation::{Protocol, ServiceInfo};
use crate::{JsonWriter, XmlWriter};
use base::RequestId;

/// The answer that tells a client of `service` about `fault`.
pub fn error_reply(service: &ServiceInfo, fault: &Fault, request_id: &RequestId) -> Reply {
    let mut reply = match service.protocol {
        Protocol::Json { version, .. } => json(service, fault, version),
        Protocol::Rest => rest(service, fault),
        Protocol::Query { namespace, .. } => query(fault, namespace, request_id),
    };
    let headers = fault.headers.iter();
    reply
        .headers
        .extend(headers.map(|(name, value)| ((*name).to_owned(), value.clone())));
    reply
}

pub(crate) fn json_content_type(version: &str) -> &'static str {
    if version == "1.0" {
        "application/x-amz-json-1.0"
    } else {
        "application/x-amz-json-1.1"
    }
}

fn json(service: &ServiceInfo, fault: &Fault, version: &str) -> Reply {
    let kind = match (&fault.kind, service.internal_error) {
        (Kind::Common(Common::Internal), Some(error)) => &Kind::Modelled(error),
        (kind, _) => kind,
    };
    let (status, namespace, code) = match kind {
        Kind::Modelled(error) => (error.status, service.error_namespace, error.shape),
        Kind::Other { status, code } => (*status, service.error_namespace, *code),
        Kind::Common(Common::Validation) => (
            400,
            coral(service, Common::Validation),
            service.validation_code,
        ),
        Kind::Common(common) => (
            common.json_status(),
            coral(service, *common),
            common.json_code(),
        ),
    };
    let message_member = match kind {
        Kind::Modelled(error) => error.message_member,
        Kind::Common(Common::Serialization) => "Message",
        _ => "message",
    };
    let mut out = JsonWriter::new();
    out.object(|out| {
        out.key("__type");
        if namespace.is_empty() {
            out.string(code);
        } else {
            out.string(&format!("{namespace}#{code}"));
        }
        rest_of_document(out, fault, message_member);
    });
    Reply::json(status, json_content_type(version), out)
}

/// The namespaces of errors that are not the service's own; services without namespaces in
/// their errors have none here either.
fn coral(service: &ServiceInfo, common: Common) -> &'static str {
    match common {
        _ if service.error_namespace.is_empty() => "",
        Common::Validation => "com.amazon.coral.validate",
        _ => "com.amazon.coral.service",
    }
}

fn rest(service: &ServiceInfo, fault: &Fault) -> Reply {
    let (status, code, message_member, sender) = match &fault.kind {
        Kind::Modelled(e) => (e.status, e.shape, e.message_member, e.sender),
        Kind::Other { status, code } => (*status, *code, "message", *status < 500),
        Kind::Common(Common::Validation) => (400, service.validation_code, "message", true),
        // Both REST services spell this one's member with a capital.
        Kind::Common(common @ Common::AccessDenied) => (403, common.json_code(), "Message", true),
        Kind::Common(common) => {
            let status = common.http_status();
            (status, common.json_code(), "message", status < 500)
        }
    };
    let mut out = JsonWriter::new();
    out.object(|out| {
        if fault.typed && matches!(fault.kind, Kind::Modelled(error) if error.typed) {
            out.key("Type");
            out.string(if sender { "User" } else { "Server" });
        }
        rest_of_document(out, fault, message_member);
    });
    let mut reply = Reply::json(status, "application/json", out);
    reply
        .headers
        .push(("x-amzn-ErrorType".to_owned(), code.to_owned()));
    reply
}

fn rest_of_document(out: &mut JsonWriter, fault: &Fault, message_member: &str) {
    if !fault.message.is_empty() {
        out.key(message_member);
        out.string(&fault.message);
    }
    for (member, value) in &fault.members {
        out.key(member);
        out.raw(value);
    }
}

fn query(fault: &Fault, namespace: &'static str, request_id: &RequestId) -> Reply {
    let (status, code, sender) = match &fault.kind {
        Kind::Modelled(error) => (error.status, error.code, error.sender),
        Kind::Other { status, code } => (*status, *code, *status < 500),
        Kind::Common(common) => {
            let status = common.http_status();
            (status, common.query_code(), status < 500)
        }
    };
    let mut xml = XmlWriter::new();
    xml.root("ErrorResponse", namespace, |xml| {
        xml.element("Error", |xml| {
            xml.element("Type", |xml| {
                xml.text(if sender { "Sender" } else { "Receiver" })
            });
            xml.element("Code", |xml| xml.text(code));
            xml.element("Message", |xml| xml.text(&fault.message));
        });
        xml.element("RequestId", |xml| xml.text(request_id.as_str()));
    });
    let body = Body {
        content_type: Some("text/xml"),
        bytes: xml.finish(),
        stream: None,
    };
    Reply {
        status,
        headers: Vec::new(),
        body,
    }
}
