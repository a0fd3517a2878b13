//! Who calls: the signature of a request, checked against the stored secret.

use crate::Front;
use crate::admission::Entrance;
use crate::pipeline::Accepted;
use crate::{identify, origin};
use base::{AccountId, Region, RequestId};
use service::{AccessKey, Caller, Principal, Source};
use sigv4::{Error, Head, Kind, Known, Presented, Session};
use wire::{Common, Fault, Identified, Protocol, ServiceInfo};

/// Why nobody is known to have signed a request.
pub(crate) enum Refusal {
    Signature(sigv4::Error),
    /// Keys could not be looked up.
    Fault(Fault),
}

impl From<sigv4::Error> for Refusal {
    fn from(error: sigv4::Error) -> Refusal {
        Refusal::Signature(error)
    }
}

/// Operations that carry their proof in their input and are not signed, as AWS's models mark
/// them.
const UNSIGNED: [(&str, &str); 2] = [
    ("sts", "AssumeRoleWithSAML"),
    ("sts", "AssumeRoleWithWebIdentity"),
];

/// The caller who signed `request` for `service`; nobody, for operations that take unsigned
/// requests.
///
/// # Errors
/// AWS's error for whatever is wrong with the signature, in the service's words.
pub(crate) async fn authenticate(
    front: &Front,
    request: &Accepted,
    Identified { service, operation }: Identified,
    request_id: &RequestId,
) -> Result<Caller, Fault> {
    if UNSIGNED.contains(&(service.name, operation.name)) {
        return Ok(Caller {
            account: AccountId::DEFAULT,
            region: Region::default_region(),
            principal: Principal::Anonymous,
            request_id: request_id.clone(),
            time: request.time,
            source: source(request),
        });
    }
    let caller = caller(front, request, service.signing_name, request_id).await;
    caller.map_err(|refusal| match refusal {
        Refusal::Signature(error) => fault(&error, service),
        Refusal::Fault(fault) => fault,
    })
}

/// The caller who signed `request` in the scope of `signing_name`.
///
/// # Errors
/// What is wrong with the signature, or what kept it from being checked.
pub(crate) async fn caller(
    front: &Front,
    request: &Accepted,
    signing_name: &str,
    request_id: &RequestId,
) -> Result<Caller, Refusal> {
    let now = request.time;
    let presented = Presented::parse(Head::from(&request.head), now)?;
    presented.require_service(signing_name)?;
    if front.services.keys.is_public(presented.access_key_id()) {
        check_public_key(front, request)?;
    }
    let found = front.services.keys.find(presented.access_key_id()).await;
    let key = found.map_err(Refusal::Fault)?;
    let key = key.ok_or(Error::UnknownAccessKey)?;
    presented.verify(
        &known(&key),
        &request.payload.hash,
        now,
        &front.signing_keys,
    )?;
    Ok(Caller {
        account: key.account,
        region: presented.region().clone(),
        principal: key.principal,
        request_id: request_id.clone(),
        time: now,
        source: source(request),
    })
}

/// Keys that everybody knows are for whoever sits at this machine: not for functions, which know
/// them too, and not for web pages, whose names may be made to lead here.
///
/// # Errors
/// To functions the key is none; others learn how to go about it.
fn check_public_key(front: &Front, request: &Accepted) -> Result<(), Refusal> {
    if request.entrance == Entrance::Functions {
        return Err(Error::UnknownAccessKey.into());
    }
    let host = identify::host(&request.head).unwrap_or_default();
    match origin::is_trustworthy(host) || front.origins.allows_host(host) {
        true => Ok(()),
        false => Err(Refusal::Fault(origin::foreign_host(host))),
    }
}

/// Where the request came from.
fn source(request: &Accepted) -> Source {
    let header = |name: &str| {
        let value = request.head.headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    Source {
        ip: Some(request.peer),
        user_agent: header("user-agent"),
        referer: header("referer"),
        trace: header("x-amzn-trace-id"),
        secure: false,
        via: Vec::new(),
    }
}

fn known(key: &AccessKey) -> Known<'_> {
    Known {
        secret: &key.secret,
        session: key.session.as_ref().map(|session| Session {
            token: &session.token,
            expires_at: session.expires_at,
        }),
    }
}

fn fault(error: &Error, service: &ServiceInfo) -> Fault {
    let common = match error.kind() {
        // REST services leave out the first two words.
        Kind::Missing if service.protocol == Protocol::Rest => {
            let message = "Missing Authentication Token";
            return Fault::common(Common::MissingAuthenticationToken, message);
        }
        Kind::MalformedQuery => {
            return Fault::new(400, "MalformedQueryString", error.to_string());
        }
        Kind::Missing => Common::MissingAuthenticationToken,
        Kind::Incomplete => Common::IncompleteSignature,
        Kind::UnknownClient => Common::UnrecognizedClient,
        Kind::ExpiredToken => Common::ExpiredToken,
        Kind::Invalid => Common::InvalidSignature,
    };
    Fault::common(common, error.to_string())
}
