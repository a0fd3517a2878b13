//! What a request asks for: told by its head, for forms also by its body. Never a guess: whatever
//! names nothing is told so.

use crate::endpoints::Endpoint;
use crate::invoke_url::InvokeUrl;
use crate::limits::{DEFAULT_BODY, body_limit};
use crate::reports;
use http::header::{CONTENT_TYPE, HOST};
use http::{Method, request};
use percent_encoding::{percent_decode, percent_decode_str};
use sigv4::{Head, claimed_service};
use wire::{
    Common, Fault, Identified, Protocol, SERVICES, ServiceInfo, Unidentified, identify_json,
    identify_query, identify_rest,
};

/// What the head of a request asks for.
#[derive(Clone, Debug)]
pub(crate) enum Aim {
    /// Something of our own.
    Endpoint(Endpoint),
    /// A report for whoever runs the server.
    Report,
    /// Something that users deployed.
    Invoke(InvokeUrl),
    /// A service.
    Service(Asked),
    /// A service of AWS that is not here, by the name it was asked for.
    Absent(String),
    /// Nothing.
    Nothing,
}

/// What is asked of a service.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    Operation(Identified),
    /// A form names its operation itself. The service is that of the signature, if there is one.
    Form(Option<&'static ServiceInfo>),
    /// An operation that the service does not have.
    Unknown(&'static ServiceInfo),
}

impl Asked {
    /// The service as far as it is known, which words what goes wrong; an unsigned form could be
    /// for any service that takes forms, and these differ in nothing but a namespace.
    pub(crate) fn service(self) -> &'static ServiceInfo {
        match self {
            Asked::Operation(operation) => operation.service,
            Asked::Form(service) => service.unwrap_or(&wire::sts::SERVICE),
            Asked::Unknown(service) => service,
        }
    }

    pub(crate) fn body_limit(self) -> usize {
        match self {
            Asked::Operation(operation) => body_limit(operation),
            Asked::Form(_) | Asked::Unknown(_) => DEFAULT_BODY,
        }
    }
}

/// Reads the head. Hosts come first, as they leave paths to users.
pub(crate) fn by_head(head: &request::Parts) -> Aim {
    let path = head.uri.path();
    if let Some(url) = host(head).and_then(|host| InvokeUrl::of_host(host, path)) {
        return Aim::Invoke(url);
    }
    if let Some(endpoint) = Endpoint::of(&head.method, path) {
        return Aim::Endpoint(endpoint);
    }
    if reports::is_report(path) {
        return Aim::Report;
    }
    if let Some(url) = InvokeUrl::of_path(path) {
        return Aim::Invoke(url);
    }
    if let Some(target) = head.headers.get("x-amz-target") {
        return by_target(head, &String::from_utf8_lossy(target.as_bytes()));
    }
    match claimed_service(Head::from(head)) {
        Some(name) => by_signature(head, &name),
        None => by_shape(head),
    }
}

/// The operation, once the body is there too.
///
/// # Errors
/// The unknown-operation error of the service that was asked.
pub(crate) fn by_body(asked: Asked, form: &[u8]) -> Result<Identified, Fault> {
    match asked {
        Asked::Operation(operation) => Ok(operation),
        Asked::Unknown(service) => Err(unknown_operation(service)),
        Asked::Form(_) if percent_decode(form).decode_utf8().is_err() => Err(Fault::common(
            Common::Serialization,
            "The request is not a valid form",
        )),
        Asked::Form(service) => {
            let signing_name = service.map(|service| service.signing_name);
            identify_query(SERVICES, signing_name, form).map_err(|unidentified| {
                let service = match unidentified {
                    Unidentified::NoOperation(service) => Some(service),
                    Unidentified::NoService => service,
                };
                unknown_action(service, form)
            })
        }
    }
}

pub(crate) fn host(head: &request::Parts) -> Option<&str> {
    match head.headers.get(HOST) {
        Some(host) => host.to_str().ok(),
        None => head.uri.authority().map(http::uri::Authority::as_str),
    }
}

/// awsJson: the target says all.
fn by_target(head: &request::Parts, target: &str) -> Aim {
    if head.method != Method::POST || head.uri.path() != "/" {
        return Aim::Nothing;
    }
    match identify_json(SERVICES, target) {
        Ok(operation) => Aim::Service(Asked::Operation(operation)),
        Err(Unidentified::NoOperation(service)) => Aim::Service(Asked::Unknown(service)),
        Err(Unidentified::NoService) => match target.rsplit_once('.') {
            Some((service, _)) => match signed_for(head) {
                Some(signed) => Aim::Service(Asked::Unknown(signed)),
                None => Aim::Absent(service.to_owned()),
            },
            // A target that names no service is answered as DynamoDB answers it.
            None => Aim::Service(Asked::Unknown(&wire::dynamodb::SERVICE)),
        },
    }
}

/// The awsJson service that a request is signed for: with AWS it would have reached that one.
fn signed_for(head: &request::Parts) -> Option<&'static ServiceInfo> {
    let name = claimed_service(Head::from(head))?;
    let mut services = SERVICES.iter().copied();
    services.find(|s| s.signing_name == name && matches!(s.protocol, Protocol::Json { .. }))
}

/// Signed requests without a target: the signature names the service.
fn by_signature(head: &request::Parts, signing_name: &str) -> Aim {
    let mut meant = SERVICES.iter().filter(|s| s.signing_name == signing_name);
    let Some(service) = meant.next() else {
        return Aim::Absent(signing_name.to_owned());
    };
    Aim::Service(match service.protocol {
        Protocol::Query { .. } => Asked::Form(Some(service)),
        Protocol::Rest => by_path(head, Some(signing_name)).unwrap_or(Asked::Unknown(service)),
        Protocol::Json { .. } => Asked::Unknown(service),
    })
}

/// Unsigned requests without a target: whatever they are, they will be refused, but in the words
/// of what they look like.
fn by_shape(head: &request::Parts) -> Aim {
    let content_type = head.headers.get(CONTENT_TYPE).map(|v| v.as_bytes());
    let content_type = content_type.unwrap_or_default();
    let query = head.uri.query().unwrap_or_default();
    if content_type.starts_with(b"application/x-www-form-urlencoded")
        || field(query, "Action").is_some()
    {
        return Aim::Service(Asked::Form(None));
    }
    if content_type.starts_with(b"application/x-amz-json-") {
        return Aim::Service(Asked::Unknown(&wire::dynamodb::SERVICE));
    }
    by_path(head, None).map_or(Aim::Nothing, Aim::Service)
}

fn by_path(head: &request::Parts, signing_name: Option<&str>) -> Option<Asked> {
    let (method, path) = (head.method.as_str(), head.uri.path());
    let query = head.uri.query().unwrap_or_default();
    let operation = identify_rest(SERVICES, signing_name, method, path, query);
    operation.ok().map(Asked::Operation)
}

fn unknown_operation(service: &ServiceInfo) -> Fault {
    match service.protocol {
        Protocol::Rest => Fault::common(
            Common::AccessDenied,
            "Unable to determine service/operation name to be authorized",
        ),
        Protocol::Json { .. } | Protocol::Query { .. } => {
            Fault::common(Common::UnknownOperation, "")
        }
    }
}

fn unknown_action(service: Option<&ServiceInfo>, form: &[u8]) -> Fault {
    let form = String::from_utf8_lossy(form);
    let Some(action) = field(&form, "Action") else {
        let message = "The request must contain the parameter Action.";
        return Fault::new(400, "MissingAction", message);
    };
    let version = match service.map(|service| service.protocol) {
        Some(Protocol::Query { version, .. }) => version.to_owned(),
        _ => field(&form, "Version").unwrap_or_default(),
    };
    let message = format!("Could not find operation {action} for version {version}");
    Fault::common(Common::UnknownOperation, message)
}

/// The first value of a form's field, decoded.
fn field(form: &str, name: &str) -> Option<String> {
    let mut pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(given, _)| *given == name)?;
    let spaced = value.replace('+', " ");
    Some(percent_decode_str(&spaced).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests;
