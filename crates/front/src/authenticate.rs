//! Who calls: the signature of a request, checked against the stored secret.

use crate::Front;
use crate::pipeline::Accepted;
use base::RequestId;
use http::header::USER_AGENT;
use service::{AccessKey, Caller, Source};
use sigv4::{Error, Head, Kind, Known, Presented, Session};
use wire::{Common, Fault, Protocol, ServiceInfo};

/// The caller who signed `request` for `service`.
///
/// # Errors
/// AWS's error for whatever is wrong with the signature, in the service's words.
pub(crate) async fn authenticate(
    front: &Front,
    request: &Accepted,
    service: &ServiceInfo,
    request_id: &RequestId,
) -> Result<Caller, Fault> {
    let refused = |error| fault(&error, service);
    let now = request.time;
    let presented = Presented::parse(Head::from(&request.head), now).map_err(refused)?;
    presented
        .require_service(service.signing_name)
        .map_err(refused)?;
    let found = front.services.keys.find(presented.access_key_id()).await?;
    let key = found.ok_or_else(|| refused(Error::UnknownAccessKey))?;
    presented
        .verify(
            &known(&key),
            &request.payload.hash,
            now,
            &front.signing_keys,
        )
        .map_err(refused)?;
    let user_agent = request.head.headers.get(USER_AGENT);
    let user_agent = user_agent.and_then(|value| value.to_str().ok());
    Ok(Caller {
        account: key.account,
        region: presented.region().clone(),
        principal: key.principal,
        request_id: request_id.clone(),
        time: now,
        source: Source {
            ip: Some(request.peer),
            user_agent: user_agent.map(str::to_owned),
            secure: false,
            via: Vec::new(),
        },
    })
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
