//! The parameters of a signature as they were sent, in the `Authorization` header or in the query
//! string; nothing about them is checked yet beyond their being there.

use crate::query::Query;
use crate::{ALGORITHM, Error, Head, Missing};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::{AUTHORIZATION, DATE, HeaderValue};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// Where the signature stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    Header,
    /// A presigned URL, with `X-Amz-Expires` as it was sent.
    Query {
        expires: Option<Cow<'a, str>>,
    },
}

/// A signature's parameters. It has no `Debug`: a token is a secret.
pub(crate) struct Claim<'a> {
    pub(crate) place: Place<'a>,
    pub(crate) algorithm: Cow<'a, str>,
    pub(crate) credential: Cow<'a, str>,
    pub(crate) signed_headers: Cow<'a, str>,
    pub(crate) signature: Cow<'a, str>,
    pub(crate) date: Cow<'a, str>,
    pub(crate) token: Option<Cow<'a, str>>,
}

impl<'a> Claim<'a> {
    /// # Errors
    /// [`Error::Unsigned`] when neither place has a signature, [`Error::SignedTwice`] when both
    /// have, and whatever makes the parameters unreadable.
    pub(crate) fn read(headers: &'a HeaderMap, query: &Query<'a>) -> Result<Claim<'a>, Error> {
        let mut sent = headers.get_all(AUTHORIZATION).iter();
        let (first, second) = (sent.next(), sent.next());
        match (first, query.get("X-Amz-Algorithm")) {
            (Some(_), Some(_)) => Err(Error::SignedTwice),
            (Some(_), None) if second.is_some() => Err(joined(headers)),
            (Some(value), None) => from_header(value, headers),
            (None, Some(algorithm)) if algorithm == ALGORITHM => from_query(algorithm, query),
            (None, _) => Err(Error::Unsigned),
        }
    }
}

/// Why several headers are no signature: HTTP reads them as one, with commas, and then the second
/// algorithm is a parameter without a value. Nobody may choose which of them counts.
fn joined(headers: &HeaderMap) -> Error {
    let values = headers.get_all(AUTHORIZATION).iter();
    let values: Vec<&[u8]> = values.map(HeaderValue::as_bytes).collect();
    Error::NotKeyValue {
        header_hash: STANDARD.encode(Sha256::digest(values.join(&b','))),
    }
}

/// The service that a request's signature claims to be for, before anything about it is checked:
/// enough to tell what a request is about, not to let it do anything.
pub fn claimed_service(head: Head<'_>) -> Option<Cow<'_, str>> {
    let query = Query::parse(head.uri.query()).ok()?;
    let claim = Claim::read(head.headers, &query).ok()?;
    match claim.credential {
        Cow::Borrowed(text) => text.split('/').nth(3).map(Cow::Borrowed),
        Cow::Owned(text) => text
            .split('/')
            .nth(3)
            .map(|part| Cow::Owned(part.to_owned())),
    }
}

/// `AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...`, separated by commas,
/// spaces or both; of a repeated parameter the last counts.
fn from_header<'a>(value: &'a HeaderValue, headers: &'a HeaderMap) -> Result<Claim<'a>, Error> {
    let header_hash = || STANDARD.encode(Sha256::digest(value.as_bytes()));
    let text = value.to_str().map_err(|_| Error::NotKeyValue {
        header_hash: header_hash(),
    })?;
    if !text.starts_with("AWS4-") {
        return Err(Error::Unsigned);
    }
    let words = text.split(',').flat_map(|part| part.split(' '));
    let mut words = words.filter(|word| !word.is_empty());
    let algorithm = words.next().unwrap_or_default();
    let (mut credential, mut signature, mut signed_headers) = (None, None, None);
    for word in words {
        let Some((name, value)) = word.split_once('=') else {
            return Err(Error::NotKeyValue {
                header_hash: header_hash(),
            });
        };
        match name {
            "Credential" => credential = Some(Cow::Borrowed(value)),
            "Signature" => signature = Some(Cow::Borrowed(value)),
            "SignedHeaders" => signed_headers = Some(Cow::Borrowed(value)),
            _ => {}
        }
    }
    let date = headers.get("x-amz-date").or_else(|| headers.get(DATE));
    let date = date.map(lossy);
    let token = headers.get("x-amz-security-token").map(lossy);
    match (credential, signature, signed_headers, date) {
        (Some(credential), Some(signature), Some(signed_headers), Some(date)) => Ok(Claim {
            place: Place::Header,
            algorithm: Cow::Borrowed(algorithm),
            credential,
            signed_headers,
            signature,
            date,
            token,
        }),
        (credential, signature, signed_headers, date) => Err(Error::IncompleteHeader {
            missing: missing([&credential, &signature, &signed_headers, &date]),
            header_hash: header_hash(),
        }),
    }
}

fn from_query<'a>(algorithm: Cow<'a, str>, query: &Query<'a>) -> Result<Claim<'a>, Error> {
    let parts = (
        query.get("X-Amz-Credential"),
        query.get("X-Amz-Signature"),
        query.get("X-Amz-SignedHeaders"),
        query.get("X-Amz-Date"),
    );
    match parts {
        (Some(credential), Some(signature), Some(signed_headers), Some(date)) => Ok(Claim {
            place: Place::Query {
                expires: query.get("X-Amz-Expires"),
            },
            algorithm,
            credential,
            signed_headers,
            signature,
            date,
            token: query.get("X-Amz-Security-Token"),
        }),
        (credential, signature, signed_headers, date) => Err(Error::IncompleteQuery {
            missing: missing([&credential, &signature, &signed_headers, &date]),
        }),
    }
}

fn missing(parts: [&Option<Cow<'_, str>>; 4]) -> Vec<Missing> {
    const PARTS: [Missing; 4] = [
        Missing::Credential,
        Missing::Signature,
        Missing::SignedHeaders,
        Missing::Date,
    ];
    let absent = PARTS.iter().zip(parts).filter(|(_, part)| part.is_none());
    absent.map(|(name, _)| *name).collect()
}

/// Bytes that are not UTF-8 become replacement characters, which no valid date or token has.
fn lossy(value: &HeaderValue) -> Cow<'_, str> {
    String::from_utf8_lossy(value.as_bytes())
}
