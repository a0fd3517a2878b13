//! Which operation a request asks for. Never a guess: what matches nothing is said so.

use crate::operation::{OperationInfo, Protocol, ServiceInfo};
use crate::{query, rest};

/// A request's service and operation.
#[derive(Clone, Copy, Debug)]
pub struct Identified {
    pub service: &'static ServiceInfo,
    pub operation: &'static OperationInfo,
}

/// Why a request names no operation.
#[derive(Clone, Copy, Debug)]
pub enum Unidentified {
    /// No service is meant at all.
    NoService,
    /// The service is known, its operation is not.
    NoOperation(&'static ServiceInfo),
}

/// awsJson: by the value of `X-Amz-Target`, such as `DynamoDB_20120810.PutItem`.
///
/// # Errors
/// [`Unidentified`] when there is no such service or operation.
pub fn identify_json(
    services: &[&'static ServiceInfo],
    target: &str,
) -> Result<Identified, Unidentified> {
    let (prefix, name) = target.rsplit_once('.').ok_or(Unidentified::NoService)?;
    let by_prefix = |service: &&&'static ServiceInfo| matches!(service.protocol, Protocol::Json { target_prefix, .. } if target_prefix == prefix);
    let service = services
        .iter()
        .find(by_prefix)
        .ok_or(Unidentified::NoService)?;
    let operation = service
        .operation(name)
        .ok_or(Unidentified::NoOperation(service))?;
    Ok(Identified { service, operation })
}

/// restJson1: by method and path, among the services that the signature's scope may mean (all,
/// where there is none). Of several templates that match, the most specific one counts.
///
/// # Errors
/// [`Unidentified`] when no template matches.
pub fn identify_rest(
    services: &[&'static ServiceInfo],
    signing_name: Option<&str>,
    method: &str,
    path: &str,
    query: &str,
) -> Result<Identified, Unidentified> {
    let candidates = services.iter().filter(|service| {
        service.protocol == Protocol::Rest && signing_name.is_none_or(|n| n == service.signing_name)
    });
    let mut best: Option<(usize, Identified)> = None;
    let mut meant = None;
    for service in candidates {
        meant = meant.or(Some(*service));
        for operation in service.operations.iter().filter(|o| o.method == method) {
            if rest::match_uri(operation.uri, path, query).is_none() {
                continue;
            }
            let literal = rest::literal_parts(operation.uri);
            if best.as_ref().is_none_or(|(most, _)| literal > *most) {
                best = Some((literal, Identified { service, operation }));
            }
        }
    }
    match (best, meant, signing_name) {
        (Some((_, found)), ..) => Ok(found),
        (None, Some(service), Some(_)) => Err(Unidentified::NoOperation(service)),
        _ => Err(Unidentified::NoService),
    }
}

/// The query protocol: by the form's `Action` and `Version`.
///
/// # Errors
/// [`Unidentified`] when the form names no action, or one that no service has.
pub fn identify_query(
    services: &[&'static ServiceInfo],
    signing_name: Option<&str>,
    body: &[u8],
) -> Result<Identified, Unidentified> {
    let pairs = query::pairs(body).map_err(|_| Unidentified::NoService)?;
    let field = |name: &str| {
        pairs
            .iter()
            .find(|(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    };
    let action = field("Action").ok_or(Unidentified::NoService)?;
    let version = field("Version");
    let candidates = services.iter().filter(|service| {
        let Protocol::Query { version: own, .. } = service.protocol else {
            return false;
        };
        signing_name.is_none_or(|name| name == service.signing_name)
            && version.is_none_or(|version| version == own)
    });
    let mut meant = None;
    for service in candidates {
        if let Some(operation) = service.operation(action) {
            return Ok(Identified { service, operation });
        }
        meant = meant.or(Some(*service));
    }
    Err(meant.map_or(Unidentified::NoService, Unidentified::NoOperation))
}
