//! Verification: the claim a request makes, and whether it holds.

use crate::canonical::{self, Canonical, SignedHeaders};
use crate::claim::{Claim, Place};
use crate::credential::Credential;
use crate::payload::UNSIGNED;
use crate::query::Query;
use crate::{ALGORITHM, Error, MAX_EXPIRES_SECS, PayloadHash, SKEW, SigningKeys, date};
use base::{Region, Secret, Timestamp, hex};
use http::{HeaderMap, Method, Uri, request};
use std::borrow::Cow;
use std::time::Duration;

/// The parts of a request that a signature covers, besides its body. It has no `Debug`: headers
/// carry tokens.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    pub method: &'a Method,
    /// As it was sent: the path must not have been normalised.
    pub uri: &'a Uri,
    pub headers: &'a HeaderMap,
}

impl<'a> From<&'a request::Parts> for Head<'a> {
    fn from(parts: &'a request::Parts) -> Head<'a> {
        Head {
            method: &parts.method,
            uri: &parts.uri,
            headers: &parts.headers,
        }
    }
}

/// What is known of an access key.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub secret: &'a Secret,
    /// For temporary credentials only.
    pub session: Option<Session<'a>>,
}

/// What makes credentials temporary.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    pub token: &'a Secret,
    /// The first moment at which the token is no longer good.
    pub expires_at: Timestamp,
}

/// A claim to have signed a request: well-formed and current, but not yet believed.
pub struct Presented<'a> {
    head: Head<'a>,
    query: Query<'a>,
    place: Place<'a>,
    credential: Credential<'a>,
    signed_headers: SignedHeaders<'a>,
    signed_at: String,
    token: Option<Cow<'a, str>>,
    /// Nothing when it is not 64 lower-case hexadecimal digits, which matches no signature.
    signature: Option<[u8; 32]>,
}

impl<'a> Presented<'a> {
    /// Reads the signature of a request and refuses whatever needs no secret to be refused, in
    /// the order in which AWS does.
    ///
    /// # Errors
    /// [`Error::Unsigned`] when there is no signature; any other but those about tokens, unknown
    /// keys and a mismatch.
    pub fn parse(head: Head<'a>, now: Timestamp) -> Result<Presented<'a>, Error> {
        let query = Query::parse(head.uri.query())?;
        let claim = Claim::read(head.headers, &query)?;
        let signed_at = date::parse(&claim.date).ok_or_else(|| Error::Date {
            got: claim.date.clone().into_owned(),
        })?;
        check_current(signed_at, now, &claim.place)?;
        let signed_headers = SignedHeaders::new(claim.signed_headers);
        if !signed_headers.contains("host") {
            return Err(Error::HostNotSigned);
        }
        if let Some(name) = canonical::unsigned_amz_header(head.headers, &signed_headers) {
            let name = name.to_owned();
            return Err(Error::HeaderNotSigned { name });
        }
        if claim.algorithm != ALGORITHM {
            let got = claim.algorithm.into_owned();
            return Err(Error::Algorithm { got });
        }
        let signed_at = signed_at.compact();
        Ok(Presented {
            head,
            query,
            place: claim.place,
            credential: Credential::parse(claim.credential, &signed_at)?,
            signed_headers,
            signed_at,
            token: claim.token,
            signature: hex::decode(&claim.signature).and_then(|bytes| bytes.try_into().ok()),
        })
    }

    /// Who claims to have signed.
    pub fn access_key_id(&self) -> &str {
        self.credential.access_key_id()
    }

    /// The region the signature is for.
    pub fn region(&self) -> &Region {
        self.credential.region()
    }

    /// The service the signature is for, by its signing name (`lambda`, `execute-api`).
    pub fn service(&self) -> &str {
        self.credential.service()
    }

    /// # Errors
    /// [`Error::WrongService`] unless the signature is for `service`.
    pub fn require_service(&self, service: &str) -> Result<(), Error> {
        if self.service() == service {
            return Ok(());
        }
        Err(Error::WrongService {
            expected: service.to_owned(),
        })
    }

    /// Whether the holder of `known.secret` signed this request with this body.
    ///
    /// # Errors
    /// [`Error::InvalidToken`], [`Error::ExpiredToken`] or [`Error::Mismatch`], in this order.
    pub fn verify(
        &self,
        known: &Known<'_>,
        payload: &PayloadHash,
        now: Timestamp,
        keys: &SigningKeys,
    ) -> Result<(), Error> {
        self.check_token(known.session, now)?;
        let payload = self.signed_payload(payload)?;
        let canonical = Canonical {
            head: self.head,
            query: &self.query,
            signed_headers: &self.signed_headers,
            payload: &payload,
            service: self.service(),
        };
        let request = canonical.write().ok_or(Error::Mismatch)?;
        let text = canonical::string_to_sign(&self.signed_at, self.credential.scope(), &request);
        let signature = self.signature.ok_or(Error::Mismatch)?;
        let key = keys.key(&self.credential, known.secret);
        if key.verifies(&text, &signature) {
            Ok(())
        } else {
            Err(Error::Mismatch)
        }
    }

    fn check_token(&self, session: Option<Session<'_>>, now: Timestamp) -> Result<(), Error> {
        match (&self.token, session) {
            (None, None) => Ok(()),
            (Some(token), Some(session)) if Secret::new(token.as_ref()) == *session.token => {
                if now < session.expires_at {
                    Ok(())
                } else {
                    Err(Error::ExpiredToken)
                }
            }
            _ => Err(Error::InvalidToken),
        }
    }

    /// The last line of the canonical request: the hash of the body that came. A client that
    /// states a hash must state that one; only S3 lets it state that there is none.
    fn signed_payload(&self, actual: &PayloadHash) -> Result<Cow<'static, str>, Error> {
        let stated = self.head.headers.get("x-amz-content-sha256");
        if self.service() == "s3" {
            let presigned = self.place != Place::Header;
            if stated.map_or(presigned, |stated| stated == UNSIGNED) {
                return Ok(Cow::Borrowed(UNSIGNED));
            }
        }
        let actual = actual.hex();
        match stated {
            Some(stated) if *stated != *actual => Err(Error::Mismatch),
            _ => Ok(Cow::Owned(actual)),
        }
    }
}

/// A header's signature is good for 15 minutes, a presigned URL's for as long as it says.
fn check_current(signed_at: Timestamp, now: Timestamp, place: &Place<'_>) -> Result<(), Error> {
    let valid_for = match place {
        Place::Query {
            expires: Some(text),
        } => parse_expires(text)?,
        Place::Query { expires: None } | Place::Header => SKEW,
    };
    if signed_at < now.saturating_sub(valid_for) {
        return Err(Error::SignatureExpired {
            signed_at,
            now,
            valid_for,
        });
    }
    if signed_at > now.saturating_add(SKEW) {
        return Err(Error::NotYetCurrent { signed_at, now });
    }
    Ok(())
}

fn parse_expires(text: &str) -> Result<Duration, Error> {
    let secs = text.parse::<u64>().ok();
    secs.filter(|secs| (1..=MAX_EXPIRES_SECS).contains(secs))
        .map(Duration::from_secs)
        .ok_or_else(|| Error::Expires {
            got: text.to_owned(),
        })
}

#[cfg(test)]
mod tests;
