//! Signing: what a client does.

use crate::ALGORITHM;
use crate::canonical::{Canonical, SignedHeaders, string_to_sign};
use crate::credential::scope_text;
use crate::keys::SigningKey;
use crate::query::Query;
use crate::{Head, PayloadHash, date};
use base::{Region, Secret, Timestamp, hex};
use http::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue};
use http::request;
use std::borrow::Cow;

/// What a client signs with.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub access_key_id: String,
    pub secret: Secret,
    /// For temporary credentials only.
    pub session_token: Option<Secret>,
}

/// The request cannot be signed as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnsignableRequest {
    #[error("the request names no host")]
    NoHost,
    #[error("the query string has a malformed escape")]
    MalformedQuery,
    #[error("a credential has characters that no header can carry")]
    UnprintableCredential,
}

/// Headers that intermediaries change, or that are written after signing.
const NEVER_SIGNED: [&str; 8] = [
    "authorization",
    "connection",
    "content-length",
    "expect",
    "te",
    "transfer-encoding",
    "user-agent",
    "x-amzn-trace-id",
];

/// Signs a request: adds `x-amz-date`, `x-amz-security-token` if there is one, `host` if it stands
/// in the URI only, and `authorization`. Everything else must be as it will be sent.
///
/// # Errors
/// When the request or the credentials cannot be put in canonical form; the request then has some
/// of the headers, but no `authorization`.
pub fn sign(
    request: &mut request::Parts,
    payload: &PayloadHash,
    credentials: &Credentials,
    region: &Region,
    service: &str,
    now: Timestamp,
) -> Result<(), UnsignableRequest> {
    let signed_at = now.compact();
    add_headers(request, payload, credentials, service, &signed_at)?;
    let signed_headers = signed_headers(request);
    let scope = scope_text(&signed_at, region, service);
    let query = Query::parse(request.uri.query()).map_err(|_| UnsignableRequest::MalformedQuery)?;
    let canonical = Canonical {
        head: Head::from(&*request),
        query: &query,
        signed_headers: &signed_headers,
        payload: &payload.hex(),
        service,
    };
    let canonical = canonical.write().ok_or(UnsignableRequest::NoHost)?;
    let key = SigningKey::derive(
        &credentials.secret,
        date::day_of(&signed_at),
        region.as_str(),
        service,
    );
    let signature = hex::encode(&key.sign(&string_to_sign(&signed_at, &scope, &canonical)));
    let authorization = format!(
        "{ALGORITHM} Credential={}/{scope}, SignedHeaders={}, Signature={signature}",
        credentials.access_key_id,
        signed_headers.as_str(),
    );
    let authorization = hidden(&authorization)?;
    request.headers.insert(AUTHORIZATION, authorization);
    Ok(())
}

fn add_headers(
    request: &mut request::Parts,
    payload: &PayloadHash,
    credentials: &Credentials,
    service: &str,
    signed_at: &str,
) -> Result<(), UnsignableRequest> {
    const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");
    const X_AMZ_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
    const X_AMZ_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");
    if !request.headers.contains_key(HOST) {
        let authority = request.uri.authority().ok_or(UnsignableRequest::NoHost)?;
        let host = HeaderValue::from_str(authority.as_str());
        let host = host.map_err(|_| UnsignableRequest::NoHost)?;
        request.headers.insert(HOST, host);
    }
    request.headers.insert(X_AMZ_DATE, shown(signed_at)?);
    if let Some(token) = &credentials.session_token {
        request.headers.insert(X_AMZ_TOKEN, hidden(token.expose())?);
    }
    if service == "s3" {
        request.headers.insert(X_AMZ_SHA256, shown(&payload.hex())?);
    }
    Ok(())
}

fn signed_headers(request: &request::Parts) -> SignedHeaders<'static> {
    let names = request.headers.keys().map(HeaderName::as_str);
    let mut names: Vec<&str> = names.filter(|name| !NEVER_SIGNED.contains(name)).collect();
    names.sort_unstable();
    SignedHeaders::new(Cow::Owned(names.join(";")))
}

fn shown(text: &str) -> Result<HeaderValue, UnsignableRequest> {
    HeaderValue::from_str(text).map_err(|_| UnsignableRequest::UnprintableCredential)
}

/// A header value that `Debug` does not show.
fn hidden(text: &str) -> Result<HeaderValue, UnsignableRequest> {
    let mut value = shown(text)?;
    value.set_sensitive(true);
    Ok(value)
}
